import { createServer } from 'node:http';
import { once } from 'node:events';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { soon, startProject, type FunctionsProject } from './functions-project.ts';
import { embeddedTest as test } from './local.ts';

let project: FunctionsProject;

/** Runs the expression the caller sends, and tells what came of it: the attacker has full say over his own function. */
const attacker = `
	const AsyncFunction = (async () => {}).constructor;
	Deno.serve(async (request) => {
		try {
			return Response.json({ got: String(await new AsyncFunction(await request.text())()).slice(0, 200) });
		} catch (error) {
			return Response.json({ refused: error.name + ': ' + error.message });
		}
	});`;

beforeAll(async () => {
	project = await startProject({
		'attacker/index.ts': attacker,
		'attacker/data.json': '{"own":"data"}',
		'_shared/shared.txt': 'of all',
		'victim/index.ts': `
			let calls = 0;
			Deno.serve(() => Response.json({ calls: ++calls, polluted: String(({}).polluted), token: Deno.env.get('TOKEN'), json: JSON.stringify({ a: 1 }) }));`,
		'victim/private.txt': 'of the victim only',
		'sneak/index.ts': `import text from '../victim/private.txt' with { type: 'text' }; Deno.serve(() => new Response(text));`,
		'.env': 'TOKEN=for-functions\n'
	});
});

afterAll(() => project.stop());

async function attack(code: string): Promise<{ got?: string; refused?: string }> {
	return (await project.call('/attacker', { method: 'POST', body: code })).json();
}

test('a function reads its own folder, what is shared, and packages', async () => {
	const base = join(project.root, 'supabase/functions');
	expect(await attack(`return Deno.readTextFile('${base}/attacker/data.json')`)).toEqual({ got: '{"own":"data"}' });
	expect(await attack(`return Deno.readTextFile('${base}/_shared/shared.txt')`)).toEqual({ got: 'of all' });
	expect((await attack(`return (await import('npm:zod')).z.string().parse('a')`)).got).toBe('a');
});

test.each([
	['the system’s files', () => `return Deno.readTextFile('/etc/passwd')`],
	['them with Node’s functions', () => `return (await import('node:fs')).readFileSync('/etc/passwd', 'utf8')`],
	['them by fetch', () => `return (await fetch('file:///etc/passwd')).text()`],
	['the platform’s keys', () => `return Deno.readTextFile('${project.root}/data/keys.json')`],
	['them as a module', () => `return JSON.stringify(await import('${project.root}/data/keys.json', { with: { type: 'json' } }))`],
	['the file of secrets', () => `return Deno.readTextFile('${project.root}/supabase/functions/.env')`],
	['another function', () => `return Deno.readTextFile('${project.root}/supabase/functions/victim/private.txt')`],
	['its code', () => `return import('${project.root}/supabase/functions/victim/index.ts')`],
	['its process', () => `return Deno.readTextFile('/proc/self/environ')`],
	['the list of its neighbours', () => `return [...Deno.readDirSync('${project.root}/supabase/functions')].length`]
])('a function does not read %s', async (_what, code) => {
	expect(await attack(code())).toEqual({ refused: expect.stringContaining('Requires read access to') });
});

test.each([
	['write a file', `return Deno.writeTextFile('/tmp/edge-function-was-here', 'x')`, 'Requires write access'],
	['make a temporary file', `return Deno.makeTempFile()`, 'Requires write access'],
	['run a program', `return new Deno.Command('/bin/sh', { args: ['-c', 'id'] }).output()`, 'Requires run access'],
	[
		'run one with Node’s functions',
		`const { spawn } = await import('node:child_process'); return new Promise((_, fail) => spawn('/bin/sh', ['-c', 'id']).on('error', fail))`,
		'Requires run access'
	],
	['call a library', `return Deno.dlopen('libc.so.6', {})`, 'Requires ffi access'],
	['end the platform', `return Deno.kill(Deno.ppid, 'SIGKILL')`, 'Requires run access'],
	['learn about the machine', `return Deno.osRelease()`, 'Requires sys access'],
	['leave the machine', `return fetch('http://192.0.2.1/')`, 'Requires net access to "192.0.2.1:80"'],
	['leave it by name', `return fetch('https://example.com/')`, 'Requires net access to "example.com:443"'],
	['leave it by a socket', `return Deno.connect({ hostname: '192.0.2.1', port: 25 })`, 'Requires net access'],
	['load code from elsewhere', `return import('https://example.com/x.ts')`, '--no-remote is specified'],
	['start a thread of its own', `return new Worker('data:,')`, 'Worker is not a constructor']
])('a function cannot %s', async (_what, code, reason) => {
	expect(await attack(code)).toEqual({ refused: expect.stringContaining(reason) });
});

test('a function writes nothing into its own folder, nor by a program', async () => {
	const own = join(project.root, 'supabase/functions/attacker/written');
	const byProgram = `return (await import('node:child_process')).execFileSync('/bin/sh', ['-c', 'echo x > ${own}'])`;
	expect(await attack(`return Deno.writeTextFile('${own}', 'x')`)).toEqual({ refused: expect.stringContaining('Requires write access') });
	expect(await attack(byProgram)).toEqual({ refused: expect.stringContaining('Command failed') });
	expect(existsSync(own)).toBe(false);
});

test('a function cannot ask for more rights than it has', async () => {
	const code = `return (await Promise.all(['read', 'write', 'run', 'net', 'ffi'].map(async (name) => (await Deno.permissions.request({ name })).state))).join()`;
	expect((await attack(code)).got ?? '').not.toContain('granted');
	expect((await attack(`return Deno.readTextFile('/etc/passwd')`)).refused).toContain('Requires read access');
});

test('another function’s file does not come in as a static import either', async () => {
	expect((await project.call('/sneak')).status).toBe(503);
	await expect.poll(() => project.lines.filter((line) => line.startsWith('[sneak]')).join('\n'), soon).toContain('Requires read access');
});

test('what one function does to the language is not felt by another', async () => {
	await project.call('/victim');
	await attack(`Object.prototype.polluted = 'yes'; JSON.stringify = () => 'stolen'; Deno.env.set('TOKEN', 'changed'); return 'done'`);
	expect((await attack(`return ({}).polluted`)).got).toBe('yes');
	expect(await (await project.call('/victim')).json()).toEqual({
		calls: 2,
		polluted: 'undefined',
		token: 'for-functions',
		json: '{"a":1}'
	});
});

test('a function cannot reach another past the platform: the sockets are not its to open, and there is no port', async () => {
	await project.call('/victim');
	const sockets = readFileSync('/proc/net/unix', 'utf8').match(/\/\S*edge-function-\S*\/socket/g) ?? [];
	expect(sockets.length).toBeGreaterThanOrEqual(2);
	const outcomes = await Promise.all(
		[...new Set(sockets)].map((path) => attack(`return (await Deno.connect({ transport: 'unix', path: '${path}' })).toString()`))
	);
	for (const outcome of outcomes) expect(outcome.refused).toMatch(/Requires (read|write|net) access/);
});

test('a function may call what listens on this machine', async () => {
	const server = createServer((_incoming, outgoing) => outgoing.end('from the platform')).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const port = address && typeof address === 'object' ? address.port : 0;
	expect(await attack(`return (await fetch('http://127.0.0.1:${port}/')).text()`)).toEqual({ got: 'from the platform' });
	server.closeAllConnections();
	server.close();
});

test('secrets are in no process’s environment or arguments', async () => {
	const pid = Number((await attack(`return Deno.pid`)).got);
	expect(existsSync(`/proc/${pid}`)).toBe(true);
	for (const file of ['environ', 'cmdline']) {
		const text = readFileSync(`/proc/${pid}/${file}`, 'utf8');
		expect(text.length).toBeGreaterThan(0);
		expect(text).not.toContain('for-functions');
		expect(text).not.toContain(project.secretKey);
	}
	expect(readdirSync(project.root)).toContain('data');
});
