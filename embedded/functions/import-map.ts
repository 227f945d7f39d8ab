import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What a deno.json says about imports; the rest of the file is not read here. */
function importsIn(folder: string): Record<string, string> {
	for (const name of ['deno.json', 'deno.jsonc', 'import_map.json']) {
		const file = join(folder, name);
		if (!existsSync(file)) continue;
		const text = readFileSync(file, 'utf8');
		// jsonc allows whole-line comments; these files hold nothing else that JSON does not know.
		const parsed: { imports?: Record<string, string> } = JSON.parse(name.endsWith('c') ? text.replace(/^\s*\/\/.*$/gm, '') : text);
		// A relative target is meant from where the file is.
		const absolute = (target: string) => (/^\.{1,2}\//.test(target) ? new URL(target, pathToFileURL(file)).href : target);
		return Object.fromEntries(Object.entries(parsed.imports ?? {}).map(([from, to]) => [from, absolute(to)]));
	}
	return {};
}

/** What JSR has and npm has too: Supabase's own, and what Supabase's docs check tokens with. */
const jsrPackages = [
	{ name: '@supabase/supabase-js' },
	{ name: '@supabase/functions-js' },
	{ name: '@supabase/ssr' },
	{ name: '@panva/jose', npm: 'jose' }
];

/** `edge-runtime.d.ts` is types only: nothing is left of it when it runs. */
const nothing = 'data:application/javascript,';

function versionsOf(modules: string, name: string): string[] {
	const file = join(modules, name, 'package.json');
	if (!existsSync(file)) return [];
	const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'));
	const major = version.split('.')[0] ?? '';
	return ['', `@${major}`, `@^${major}`, `@${version}`, `@^${version}`];
}

/** `jsr:` names of these packages, in every way of writing a version that the installed one meets. */
function jsrImports(modules: string): Record<string, string> {
	const imports: Record<string, string> = {};
	for (const { name, npm = name } of jsrPackages) {
		for (const version of versionsOf(modules, npm)) {
			imports[`jsr:${name}${version}`] = `npm:${npm}`;
			if (name === '@supabase/functions-js') imports[`jsr:${name}${version}/edge-runtime.d.ts`] = nothing;
		}
	}
	return imports;
}

/**
 * The import map of one function: JSR's names of what is in node_modules, the project's deno.json, the function's own. What neither names nor
 * node_modules holds is refused when it is imported: nothing is fetched.
 */
export function importMapOf({ root, home, modules }: { root: string; home: string; modules: string }): { imports: Record<string, string> } {
	const jsr = jsrImports(modules);
	const named = { ...importsIn(root), ...(relative(root, home).split(sep).includes('..') ? {} : importsIn(home)) };
	// A map's targets are not mapped again, so the function's own `jsr:` targets are followed here.
	for (const [from, to] of Object.entries(named)) named[from] = jsr[to] ?? to;
	return { imports: { ...jsr, ...named } };
}
