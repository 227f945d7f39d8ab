import { afterAll, beforeAll, expect } from 'vitest';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { anyone, isRunning, soon, startProject, type FunctionsProject } from './functions-project.ts';
import { embeddedTest as test } from './local.ts';
import { sendResponse } from '../../embedded/gateway/exchange.ts';

let project: FunctionsProject;

beforeAll(async () => {
	project = await startProject(
		{
			'_shared/greeting.ts': `export const greet = (name: string) => \`Hello \${name}\`;`,
			'hello/index.ts': `
				import { greet } from '../_shared/greeting.ts';
				Deno.serve(async (request) => {
					const url = new URL(request.url);
					const body = request.body ? await request.text() : null;
					return Response.json(
						{ text: greet('you'), method: request.method, href: url.href, header: request.headers.get('x-mine'), body },
						{ status: 201, headers: [['x-answer', 'yes'], ['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }
					);
				});`,
			'exported/index.ts': `export default { fetch: () => new Response('from an export') };`,
			'cors/index.ts': `
				Deno.serve((request) => {
					const headers = { 'access-control-allow-origin': 'https://app.example', 'access-control-allow-headers': 'x-mine' };
					return request.method === 'OPTIONS' ? new Response('ok', { headers }) : new Response('called', { headers });
				});`,
			'page/index.ts': `Deno.serve(() => new Response('<h1>Hi</h1>', { headers: { 'content-type': 'text/html; charset=utf-8' } }));`,
			'stream/index.ts': `
				Deno.serve((request) => {
					const encoder = new TextEncoder();
					let count = 0;
					if (new URL(request.url).pathname === '/stream/echo') return new Response(request.body);
					const body = new ReadableStream({
						async pull(controller) {
							await new Promise((done) => setTimeout(done, 30));
							controller.enqueue(encoder.encode('data: ' + count++ + '\\n\\n'));
						},
						cancel() { console.log('reader left after ' + (count > 0)); }
					});
					return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
				});`,
			'moved/main.ts': `Deno.serve(() => new Response('from main.ts'));`,
			'off/index.ts': `Deno.serve(() => new Response('never'));`,
			'logs/index.ts': `
				console.log('loaded', { deep: [1, 2] });
				Deno.serve(() => {
					console.error('two\\nlines', new Error('boom'));
					console.log('\\u001b[31mred\\u001b[0m');
					console.warn('x'.repeat(20_000));
					return new Response('ok');
				});`,
			'later/index.ts': `
				Deno.serve(() => {
					EdgeRuntime.waitUntil(new Promise((done) => setTimeout(done, 400)).then(() => console.log('sent in the end')));
					return Response.json({ pid: Deno.pid });
				});`,
			'env/index.ts': `Deno.serve(() => Response.json(Deno.env.toObject()));`,
			'.env': 'MAIL_TOKEN="secret # 1"\nSUPABASE_URL=http://elsewhere\n'
		},
		{
			config: {
				moved: { entrypoint: './functions/moved/main.ts' },
				off: { enabled: false },
				cors: { verifyJwt: true }
			},
			watch: true
		}
	);
});

afterAll(() => project.stop());

test('a function gets the request as it was made, under its own name, and its answer comes back whole', async () => {
	const response = await project.call('/hello/a/b?c=d%20e', { method: 'POST', body: 'ping', headers: { 'x-mine': 'kept' } });
	expect(response.status).toBe(201);
	expect(response.headers.get('x-answer')).toBe('yes');
	expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
	expect(await response.json()).toEqual({
		text: 'Hello you',
		method: 'POST',
		href: 'http://127.0.0.1:54321/hello/a/b?c=d%20e',
		header: 'kept',
		body: 'ping'
	});
});

test('answers carry the headers by which hosted tells its functions', async () => {
	const { headers } = await project.call('/hello');
	expect(headers.get('x-served-by')).toBe('supabase-edge-runtime');
	expect(headers.get('x-deno-execution-id')).toMatch(/^[0-9a-f-]{36}$/);
	expect(headers.get('sb-error-code')).toBeNull();
});

test('a function may export its handler, and may lie in another file', async () => {
	expect(await (await project.call('/exported')).text()).toBe('from an export');
	expect(await (await project.call('/moved')).text()).toBe('from main.ts');
});

test.each([
	['one nobody wrote', '/nobody'],
	['none', '/'],
	['one that is switched off', '/off'],
	['the shared folder', '/_shared'],
	['a folder outside', '/..%2f..'],
	['a property of every object', '/constructor']
])('calling %s is hosted’s 404', async (_what, path) => {
	const response = await project.call(path, { method: 'POST' });
	expect(response.status).toBe(404);
	expect(response.headers.get('sb-error-code')).toBe('NOT_FOUND');
	expect(await response.json()).toEqual({ code: 'NOT_FOUND', message: 'Requested function was not found' });
});

test('a preflight reaches the function without a token, and what it allows is its own', async () => {
	const preflight = await project.call('/cors', { method: 'OPTIONS', headers: { 'access-control-request-headers': 'x-mine' } });
	expect([preflight.status, await preflight.text()]).toEqual([200, 'ok']);
	expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
	expect((await project.call('/cors')).status).toBe(401);
});

test('a method that hosted does not know is refused', async () => {
	expect((await project.call('/hello', { method: 'HEAD' })).status).toBe(405);
});

test('a page becomes plain text, as on hosted without a domain of one’s own', async () => {
	const response = await project.call('/page');
	expect(response.headers.get('content-type')).toBe('text/plain');
	expect(await response.text()).toBe('<h1>Hi</h1>');
});

test('events arrive while the function still sends, and it learns that the reader left', async () => {
	const response = await project.call('/stream');
	expect(response.headers.get('content-type')).toBe('text/event-stream');
	const reader = response.body?.getReader();
	const first = await reader?.read();
	expect(new TextDecoder().decode(first?.value)).toBe('data: 0\n\n');
	await reader?.cancel();
	await expect.poll(() => project.lines, soon).toContain('[stream] reader left after true');
});

test('a body is answered piece by piece, before all of it was sent', async () => {
	const pieces = new TransformStream<Uint8Array, Uint8Array>();
	const writer = pieces.writable.getWriter();
	const init = { method: 'POST', body: pieces.readable, duplex: 'half' } satisfies RequestInit & { duplex: string };
	const answer = project.call('/stream/echo', init);
	await writer.write(new TextEncoder().encode('one'));
	const reader = (await answer).body?.getReader();
	expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('one');
	await writer.write(new TextEncoder().encode('two'));
	expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('two');
	await writer.close();
	expect((await reader?.read())?.done).toBe(true);
});

test('ten megabytes go in and out unharmed', async () => {
	const body = Buffer.alloc(10 * 2 ** 20, 'geminicrm');
	const answer = await (await project.call('/stream/echo', { method: 'POST', body })).arrayBuffer();
	expect(Buffer.from(answer).equals(body)).toBe(true);
});

test('over real HTTP the answer is the same', async () => {
	const server = createServer((incoming, outgoing) => {
		const request = new Request(`http://gateway${incoming.url}`, { method: incoming.method });
		void project.functions.fetch(request, anyone).then((response) => sendResponse(outgoing, response));
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const response = await fetch(`http://127.0.0.1:${address && typeof address === 'object' ? address.port : 0}/functions/v1/exported`);
	expect([response.status, await response.text()]).toEqual([200, 'from an export']);
	server.closeAllConnections();
	server.close();
});

test('each thing a function says is one line with its name, and no line steers the terminal', async () => {
	await project.call('/logs');
	const said = () => project.lines.filter((line) => line.startsWith('[logs] '));
	await expect.poll(said, soon).toHaveLength(4);
	const [loaded, failed, red, long] = said();
	expect(loaded).toBe('[logs] loaded { deep: [ 1, 2 ] }');
	expect(failed).toMatch(/^\[logs\] two ⏎ lines Error: boom ⏎ at /);
	expect(red).toBe('[logs] red');
	expect(long).toHaveLength('[logs] '.length + 10_000);
	expect(project.lines.join('')).not.toMatch(/\p{Cc}/u);
});

test('a function that talks without end is cut short, and costs the platform no memory', async () => {
	const line = 'flood';
	await project.write(
		'flood/index.ts',
		`const piece = new TextEncoder().encode('${line}'.repeat(200_000));
		Deno.serve(() => { for (let i = 0; i < 200; i++) Deno.stdout.writeSync(piece); for (let i = 0; i < 500; i++) console.log(i); return new Response('said'); });`
	);
	expect(await (await project.call('/flood')).text()).toBe('said');
	const cut = '[flood] said more than 100 things in ten seconds; the rest is left out';
	await expect.poll(() => project.lines, soon).toContain(cut);
	const said = project.lines.filter((each) => each.startsWith('[flood] '));
	expect(said).toHaveLength(101);
	expect(Math.max(...said.map((each) => each.length))).toBeLessThan(10_020);
});

test('a length that was sent without its body does not keep the function waiting', async () => {
	const response = await project.call('/hello', { method: 'POST', headers: { 'content-length': '5' } });
	expect((await response.json()).body ?? '').toBe('');
});

test('work given to waitUntil goes on after the answer, even when the file has changed meanwhile', async () => {
	const { pid }: { pid: number } = await (await project.call('/later')).json();
	await project.write('later/index.ts', `Deno.serve(() => new Response('new'));`);
	await expect.poll(async () => (await project.call('/later')).text(), soon).toBe('new');
	await expect.poll(() => project.lines, soon).toContain('[later] sent in the end');
	await expect.poll(() => isRunning(pid), soon).toBe(false);
});

test('the environment is what hosted gives, the secrets of the project, and nothing of this machine', async () => {
	const environment = await (await project.call('/env')).json();
	expect(environment).toEqual({
		SUPABASE_URL: 'http://127.0.0.1:54321',
		SUPABASE_DB_URL: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
		SUPABASE_ANON_KEY: project.publishableKey,
		SUPABASE_SERVICE_ROLE_KEY: project.secretKey,
		SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: project.publishableKey }),
		SUPABASE_SECRET_KEYS: JSON.stringify({ default: project.secretKey }),
		SB_REGION: 'local',
		SB_EXECUTION_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
		DENO_DEPLOYMENT_ID: 'local_env_1',
		MAIL_TOKEN: 'secret # 1'
	});
	expect(project.lines).toContain('[functions] .env: names that start with SUPABASE_ are reserved, SUPABASE_URL is left out');
});

test('a change of a function, of what is shared and of the secrets is felt at the next request', async () => {
	const text = async () => JSON.stringify(await (await project.call('/hello')).json());
	expect(await text()).toContain('Hello you');
	await project.write('_shared/greeting.ts', `export const greet = (name: string) => \`Good day \${name}\`;`);
	await expect.poll(text, soon).toContain('Good day you');

	await project.write('.env', 'MAIL_TOKEN=another\n');
	await expect.poll(async () => (await (await project.call('/env')).json()).MAIL_TOKEN, soon).toBe('another');

	await project.write('fresh/index.ts', `Deno.serve(() => new Response('born while running'));`);
	expect(await (await project.call('/fresh')).text()).toBe('born while running');
	await project.remove('fresh');
	expect((await project.call('/fresh')).status).toBe(404);
});
