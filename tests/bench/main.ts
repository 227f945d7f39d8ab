import type { Bench, Figure } from './measure.ts';

/** Each part measures in one process and one run; `npm run bench -- lists import` runs only the named ones. */
const parts: Record<string, () => Promise<{ run: (bench: Bench) => Promise<Record<string, Figure>> }>> = {
	lists: () => import('./lists.ts'),
	access: () => import('./access.ts'),
	weight: () => import('./weight.ts'),
	board: () => import('./board.ts'),
	live: () => import('./live.ts'),
	tabs: () => import('./tabs.ts'),
	import: () => import('./import.ts'),
	auth: () => import('./auth.ts'),
	rest: () => import('./rest.ts'),
	platform: () => import('./platform.ts')
};

const need = (name: string): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is missing: scripts/bench.mjs sets it`);
	return value;
};

const bench: Bench = {
	apiUrl: need('SUPABASE_URL'),
	publishableKey: need('SUPABASE_PUBLISHABLE_KEY'),
	secretKey: need('SUPABASE_SECRET_KEY'),
	dbUrl: need('SUPABASE_DB_URL'),
	baseUrl: need('BASE_URL'),
	chromium: need('CHROMIUM_PATH')
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length) throw new Error(`no such benchmark: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`);

const figures: Record<string, Figure> = {};
for (const [name, load] of Object.entries(parts)) {
	if (wanted.length && !wanted.includes(name)) continue;
	process.stderr.write(`measuring ${name} …\n`);
	const part = await load();
	for (const [key, figure] of Object.entries(await part.run(bench))) figures[`${name}.${key}`] = figure;
}
console.log(JSON.stringify(figures, null, 2));
const missed = Object.entries(figures).filter(([, figure]) => figure.met === false);
process.stderr.write(missed.length ? `goals missed: ${missed.map(([key]) => key).join(', ')}\n` : 'every goal is met\n');
