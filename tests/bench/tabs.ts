import { registerHooks } from 'node:module';
import postgres from 'postgres';
import { addMember, must, type Person, type Workspace } from '../support/workspace.ts';
import { quantile, round, type Bench, type Figure } from './measure.ts';
import { workspaceWithDeals } from './world.ts';

const people = 20;
const tabsEach = 10;
const movesPerSecond = 20;
const seconds = 20;
const pageLoads = 40;

// The app's modules name each other without endings, as Vite lets them.
registerHooks({
	resolve: (specifier, context, next) =>
		next(
			specifier.startsWith('./') && context.parentURL?.includes('/src/lib/') && !specifier.endsWith('.ts') ? `${specifier}.ts` : specifier,
			context
		)
});

/** Signs in through the form as a browser would and returns the cookies. */
async function cookiesOf(bench: Bench, person: Person): Promise<string> {
	const answer = await fetch(`${bench.baseUrl}/sign-in`, {
		method: 'POST',
		redirect: 'manual',
		headers: { accept: 'text/html', origin: bench.baseUrl, 'content-type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ email: person.email, password: person.password })
	});
	const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
	if (answer.status !== 303 || cookies.length === 0) throw new Error(`sign-in answered ${answer.status}`);
	return cookies.join('; ');
}

/** The live layer of one open tab, as the browser runs it: its channel, and its feed of rows and totals through the app. */
async function openTab(bench: Bench, workspace: Workspace, cookie: string): Promise<{ refetches: () => number; close: () => void }> {
	const [{ Channel }, { Feed }, { Rows }, { Pace }, { Paced }, { readChange }] = await Promise.all([
		import('../../src/lib/live/channel.ts'),
		import('../../src/lib/live/feed.ts'),
		import('../../src/lib/live/rows.ts'),
		import('../../src/lib/live/pace.ts'),
		import('../../src/lib/live/paced.ts'),
		import('../../src/lib/live/change.ts')
	]);
	type Change = NonNullable<ReturnType<typeof readChange>>;
	let refetches = 0;
	const ask = async (path: string, init: RequestInit = {}) => {
		const answer = await fetch(`${bench.baseUrl}${path}`, { ...init, headers: { cookie, origin: bench.baseUrl, ...init.headers } });
		if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
		return answer.json();
	};
	const scope = `org=${workspace.id}&pipeline=${workspace.pipelineId}`;
	const audience = () => people * tabsEach - 1;
	const surroundings = { hidden: () => false, networked: () => true, watch: () => () => {} };
	const listeners: ((change: Change) => void)[] = [];
	// As src/lib/deals/board-live.ts paces its totals.
	const pace = new Pace();
	let totalsAskedAt = Number.NEGATIVE_INFINITY;
	const totals = new Paced(
		async () => {
			totalsAskedAt = performance.now();
			await ask(`/api/board/totals?${scope}`).catch(() => null);
			pace.answered(performance.now() - totalsAskedAt);
		},
		() => {
			const delay = pace.delayMs(audience()) * 3;
			const spacing = Math.max(2_000, delay) * (1 + Math.random() / 2);
			return Math.max(delay, totalsAskedAt + spacing - performance.now());
		},
		surroundings
	);
	const feed = new Feed(
		{
			onChange: (listener) => (listeners.push(listener), () => {}),
			onResync: () => () => {},
			audience,
			surroundings
		},
		new Rows<{ id: string; version: number }>(),
		{
			table: 'deals',
			fetchRows: async (ids) => {
				refetches++;
				return (await ask(`/api/board/deals?org=${workspace.id}&ids=${ids.join(',')}`)).deals;
			},
			fetchWindow: async () => void (await ask(`/api/board/window?${scope}&per_stage=25`)),
			onHeard: () => {
				pace.heard();
				totals.ask();
			}
		}
	);
	await new Promise<void>((joined) => {
		const channel = new Channel({
			url: bench.apiUrl,
			key: bench.publishableKey,
			topic: `org:${workspace.id}`,
			tab: crypto.randomUUID(),
			token: async () => (await ask('/auth/realtime-token', { method: 'POST' })).token,
			surroundings,
			onMessage: (payload) => {
				const change = readChange(payload);
				if (change) for (const listener of listeners) listener(change);
			},
			onPresence: () => {},
			onJoined: (track) => track && joined()
		});
		channel.start();
		closers.push(() => (channel.stop(), feed.stop(), totals.stop()));
	});
	return { refetches: () => refetches, close: closers.at(-1) ?? (() => {}) };
}

const closers: (() => void)[] = [];

/** Milliseconds that one load of the board's page takes, so many times, `everyMs` apart. */
async function pageTimes(bench: Bench, workspace: Workspace, cookie: string, everyMs: number): Promise<number[]> {
	const times: number[] = [];
	for (let n = 0; n < pageLoads; n++) {
		const began = performance.now();
		const answer = await fetch(`${bench.baseUrl}/${workspace.slug}/pipeline`, { headers: { cookie } });
		await answer.text();
		if (!answer.ok) throw new Error(`the board answered ${answer.status}`);
		times.push(performance.now() - began);
		await new Promise((next) => setTimeout(next, Math.max(0, everyMs - (performance.now() - began))));
	}
	return times;
}

/** 200 open tabs of 20 people while 20 deals a second move: what a move costs the database, and what a page load costs beside it. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const workspace = await workspaceWithDeals(bench, 5_000);
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	try {
		const crowd: string[] = [];
		for (let n = 0; n < people; n++) crowd.push(await cookiesOf(bench, await addMember(bench, workspace, 'sales')));
		const visitor = crowd[0] ?? '';
		const alone = await pageTimes(bench, workspace, visitor, 0);

		const tabs = [];
		for (const cookie of crowd)
			tabs.push(...(await Promise.all(Array.from({ length: tabsEach }, () => openTab(bench, workspace, cookie)))));
		const deals = must(await workspace.admin.client.from('deals').select('id').eq('org_id', workspace.id).limit(500));
		const open = workspace.stages.filter(({ kind }) => kind === 'open');
		const spent = async () => {
			const [row] = await sql<{ all: number; moves: number }[]>`
				select coalesce(sum(total_exec_time) filter (where toplevel), 0)::float8 as all,
					coalesce(sum(total_exec_time) filter (where toplevel and query ilike '%update%"deals"%'), 0)::float8 as moves
				from extensions.pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())`;
			return row ?? { all: 0, moves: 0 };
		};
		const before = await spent();
		const moves = movesPerSecond * seconds;
		const moving: Promise<unknown>[] = [];
		const beside = pageTimes(bench, workspace, visitor, (seconds * 1000) / pageLoads);
		const began = performance.now();
		for (let n = 0; n < moves; n++) {
			const deal = deals[n % deals.length];
			const stage = open[Math.floor(n / deals.length + n) % open.length];
			if (deal && stage)
				moving.push(Promise.resolve(workspace.admin.client.from('deals').update({ stage_id: stage.id }).eq('id', deal.id).throwOnError()));
			await new Promise((next) => setTimeout(next, Math.max(0, began + ((n + 1) * 1000) / movesPerSecond - performance.now())));
		}
		await Promise.all(moving);
		const loaded = await beside;
		const after = await spent();
		const refetches = tabs.reduce((sum, tab) => sum + tab.refetches(), 0);
		return {
			database_ms_per_move: {
				value: round((after.all - before.all) / moves),
				unit: 'ms of database time, refetches of all tabs included',
				detail: { moves, tabs: tabs.length, refetches, the_update_itself_ms: round((after.moves - before.moves) / moves) }
			},
			page_load_p95_ratio: {
				value: round(quantile(loaded, 0.95) / quantile(alone, 0.95)),
				unit: '× the same page on the idle server',
				detail: {
					idle_p50_ms: round(quantile(alone, 0.5)),
					idle_p95_ms: round(quantile(alone, 0.95)),
					beside_p50_ms: round(quantile(loaded, 0.5)),
					beside_p95_ms: round(quantile(loaded, 0.95))
				}
			}
		};
	} finally {
		for (const close of closers.splice(0)) close();
		await sql.end();
	}
}
