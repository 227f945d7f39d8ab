import { afterAll, beforeAll, expect } from 'vitest';
import { soon, startProject, type FunctionsProject } from './functions-project.ts';
import { embeddedTest as test } from './local.ts';

let project: FunctionsProject;

const importing = (specifier: string) => `import * as module from '${specifier}'; Deno.serve(() => Response.json(Object.keys(module)));`;

beforeAll(async () => {
	project = await startProject({
		'npm/index.ts': importing('npm:@supabase/supabase-js@2'),
		'jsr/index.ts': `import 'jsr:@supabase/functions-js/edge-runtime.d.ts'; ${importing('jsr:@supabase/supabase-js@^2')}`,
		'jose/index.ts': importing('jsr:@panva/jose@6'),
		'node/index.ts': importing('node:crypto'),
		'mapped/index.ts': importing('supabase'),
		'mapped/deno.json': `{ "imports": { "supabase": "jsr:@supabase/supabase-js@2", "local/": "./lib/" } }`,
		'relative/index.ts': importing('local/thing.ts'),
		'relative/lib/thing.ts': 'export const thing = 1;',
		'relative/deno.jsonc': `{\n  // its own names\n  "imports": { "local/": "./lib/" }\n}`,
		'absent/index.ts': importing('npm:left-pad-that-is-not-here'),
		'newer/index.ts': importing('npm:@supabase/supabase-js@99'),
		'remote/index.ts': importing('https://esm.sh/zod@3'),
		'strange/index.ts': importing('jsr:@std/assert@1'),
		'broken/index.ts': 'Deno.serve(() => new Response("x");',
		'badmap/index.ts': 'Deno.serve(() => new Response("x"));',
		'badmap/deno.json': '{ imports'
	});
});

afterAll(() => project.stop());

test.each([
	['npm', 'createClient'],
	['jsr', 'createClient'],
	['jose', 'jwtVerify'],
	['node', 'createHash'],
	['mapped', 'createClient'],
	['relative', 'thing']
])('%s imports come from this machine', async (name, exported) => {
	expect(await (await project.call(`/${name}`)).json()).toContain(exported);
});

test.each([
	['absent', /npm:left-pad-that-is-not-here.*node_modules/],
	['newer', /@supabase\/supabase-js@99/],
	['remote', /https:\/\/esm\.sh\/zod@3.*--no-remote/],
	['strange', /jsr:@std\/assert|jsr\.io|JSR/],
	['broken', /broken\/index\.ts:1:/],
	['badmap', /could not be started: .*JSON/]
])('%s: what cannot be loaded is hosted’s 503, and the log says what was missing', async (name, reason) => {
	const response = await project.call(`/${name}`);
	expect(response.status).toBe(503);
	expect(response.headers.get('sb-error-code')).toBe('BOOT_ERROR');
	expect(await response.json()).toEqual({ code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' });
	// What a process says of its end may come after the answer.
	await expect.poll(() => project.lines.filter((line) => line.startsWith(`[${name}]`)).join('\n'), soon).toMatch(reason);
});

test('a function that could not be loaded is loaded again once it is repaired', async () => {
	expect((await project.call('/broken')).status).toBe(503);
	await project.write('broken/index.ts', 'Deno.serve(() => new Response("repaired"));');
	expect(await (await project.call('/broken')).text()).toBe('repaired');
});

test('one broken function does not keep others from running', async () => {
	const [broken, fine] = await Promise.all([project.call('/absent'), project.call('/node')]);
	expect([broken.status, fine.status]).toEqual([503, 200]);
});
