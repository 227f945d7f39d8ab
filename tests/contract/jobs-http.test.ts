import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, expect } from 'vitest';
import { answerTo } from '../../embedded/jobs/http-request.ts';
import { loopbackAddresses } from '../../embedded/jobs/loopback.ts';
import { only, soon } from './jobs-clients.ts';
import { jobsServer, startReceiver } from './jobs-server.ts';
import { embeddedTest as test } from './local.ts';

const platform = jobsServer();
const cleanUps: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
	await platform.use().startJobs();
});

afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
	await platform.use().sql`truncate net._http_response, net.http_request_queue`;
});

async function receiver(...parameters: Parameters<typeof startReceiver>) {
	const started = await startReceiver(...parameters);
	cleanUps.push(started.stop);
	return started;
}

type Response = {
	status_code: number | null;
	content_type: string | null;
	headers: Record<string, string> | null;
	content: string | null;
	timed_out: boolean;
	error_msg: string | null;
};

async function responseTo(id: string): Promise<Response> {
	const { sql } = platform.use();
	await expect.poll(() => sql`select from net._http_response where id = ${id}`, soon).toHaveLength(1);
	return only(
		await sql<Response[]>`select status_code, content_type, headers, content, timed_out, error_msg from net._http_response where id = ${id}`
	);
}

const get = async (url: string, timeout = 5000) =>
	only(await platform.use().sql<{ id: string }[]>`select net.http_get(${url}, timeout_milliseconds := ${timeout}) as id`).id;

test('a request goes out as it was asked for, and its answer is kept', async () => {
	const { sql } = platform.use();
	const { url, received } = await receiver();
	const { id } = only(
		await sql`
			select net.http_post(${`${url}/hook?a=1#part`}, body := '{"deal": "ä"}', params := '{"q": "ü &="}',
				headers := '{"Authorization": "Bearer own", "X-Number": 7, "Content-Length": "1"}') as id`
	);
	expect(await responseTo(id)).toEqual({
		status_code: 200,
		content_type: 'application/json',
		headers: expect.objectContaining({ 'Content-Type': 'application/json', 'X-Kept': 'yes' }),
		content: '{"ok":true}',
		timed_out: false,
		error_msg: null
	});
	expect(received).toMatchObject([
		{
			method: 'POST',
			url: '/hook?a=1&q=%C3%BC%20%26%3D',
			body: '{"deal": "ä"}',
			headers: {
				authorization: 'Bearer own',
				'x-number': '7',
				'content-type': 'application/json',
				'content-length': '14',
				'user-agent': 'pg_net/0.19.5'
			}
		}
	]);
	const gone = only(await sql`select net.http_delete(${`${url}/deal`}, body := '{"sure": true}') as id`).id;
	const got = only(await sql`select net.http_get(${url}, '{"page": "2"}', '{"Accept": "text/plain"}') as id`).id;
	await responseTo(gone);
	await responseTo(got);
	expect(received.find((note) => note.method === 'DELETE')).toMatchObject({ url: '/deal', body: '{"sure": true}' });
	expect(received.find((note) => note.method === 'GET')).toMatchObject({ url: '/?page=2', headers: { accept: 'text/plain' } });
	expect(only(await sql`select (net._http_collect_response(${got})).*`)).toMatchObject({ status: 'SUCCESS', message: 'ok' });
	expect(await sql`select from net.http_request_queue`).toHaveLength(0);
});

test('nothing is sent before the commit, and nothing at all after a rollback', async () => {
	const { sql } = platform.use();
	const { url, received } = await receiver();
	await sql
		.begin(async (tx) => {
			await tx`select net.http_get(${`${url}/rolled-back`})`;
			throw new Error('no');
		})
		.catch(() => {});
	await sql.begin(async (tx) => {
		await tx`select net.http_get(${`${url}/late`})`;
		// Another transaction's request overtakes this one.
		await responseTo(await get(`${url}/first`));
		expect(received.map((note) => note.url)).toEqual(['/first']);
	});
	await expect.poll(() => received.map((note) => note.url), soon).toEqual(['/first', '/late']);
});

test('two hundred requests are under way at once and no more, and each of many is sent once', async () => {
	const { sql } = platform.use();
	const held: ServerResponse[] = [];
	let holding = true;
	const { url, received } = await receiver((_request, response) => {
		if (holding) held.push(response);
		else response.end('ok');
	});
	await sql`select net.http_get(${url} || '/' || n, timeout_milliseconds := 60000) from generate_series(1, 700) as n`;
	await expect.poll(() => held.length, soon).toBe(200);
	// What was to come too would have come by the end of these.
	for (let count = 0; count < 50; count++) await sql`select 1`;
	expect(held).toHaveLength(200);
	holding = false;
	for (const waiting of held) waiting.end('ok');
	await expect.poll(async () => (await sql`select from net._http_response where status_code = 200`).length, soon).toBe(700);
	expect(new Set(received.map((note) => note.url)).size).toBe(700);
	expect(received).toHaveLength(700);
});

test('a slow answer times out, in pg_net’s words, and holds up nobody', async () => {
	const { url } = await receiver((request, response) => {
		if (request.url !== '/slow') response.end('quick');
	});
	const slow = await get(`${url}/slow`, 700);
	expect(await responseTo(await get(`${url}/quick`))).toMatchObject({ status_code: 200, content: 'quick' });
	expect(await responseTo(slow)).toEqual({
		status_code: null,
		content_type: null,
		headers: null,
		content: null,
		timed_out: true,
		error_msg: expect.stringMatching(
			/^Timeout of 700 ms reached\. Total time: [\d.]+ ms \(DNS time: [\d.]+ ms, TCP\/SSL handshake time: [\d.]+ ms, HTTP Request\/Response time: [\d.]+ ms\)$/
		)
	});
});

test('what goes wrong is a row that says so', async () => {
	const { sql } = platform.use();
	const raw = createServer((socket: Socket) => {
		socket.on('error', () => {});
		socket.once('data', (data) => (data.includes('/empty') ? socket.destroy() : socket.end('nonsense\r\n\r\n')));
	}).listen(0, '127.0.0.1');
	await once(raw, 'listening');
	cleanUps.push(async () => raw.close());
	const address = raw.address();
	const port = address !== null && typeof address === 'object' ? address.port : 0;
	const { url, port: gone, stop } = await startReceiver();
	await stop();
	const cases: [string, RegExp][] = [
		[url, /^Could not connect to server$/],
		[`http://localhost:${gone}`, /^Could not connect to server$/],
		[`http://127.0.0.1:${port}/empty`, /^Server returned nothing/],
		[`http://127.0.0.1:${port}/nonsense`, /^Weird server reply$/],
		['ftp://127.0.0.1/x', /^Unsupported protocol$/],
		['http://127.0.0.1:99999/', /bad\/illegal format/]
	];
	for (const [to, message] of cases) {
		expect(await responseTo(await get(to)), to).toMatchObject({
			status_code: null,
			timed_out: false,
			error_msg: expect.stringMatching(message)
		});
	}
	await expect(sql`select net.http_get('localhost:80')`).rejects.toThrow('Unsupported URL scheme');
	await expect(sql`select net.http_get('/path')`).rejects.toThrow('invalid URL "/path"');
	await expect(sql`select net.http_get(null)`).rejects.toThrow('null value in column "url"');
	await expect(sql`select net.http_post(${url}, headers := '{"content-type": "text/plain"}')`).rejects.toThrow(
		'must be "application/json"'
	);

	// Rows nobody should write, and the one after them.
	await sql`insert into net.http_request_queue (method, url, headers, timeout_milliseconds) values ('get', ${url}, '[1]', 100), ('get', 'x', '"x"', -5), ('get', ${url}, ${sql.json({ 'a\nb': 'c\r\nd: e' })}, 100)`;
	await responseTo(await get(url));
	await expect.poll(() => sql`select from net.http_request_queue`, soon).toHaveLength(0);
});

test('nothing leaves the machine, by name, by address, in disguise or by redirect', async () => {
	const outside = [
		'http://example.com/',
		'https://api.stripe.com/v1/charges',
		'http://localhost.example.com/',
		'http://app.host.docker.internal/',
		'http://10.0.0.1/',
		'http://192.168.1.1/',
		'http://169.254.169.254/latest/meta-data/',
		'http://0.0.0.0/',
		'http://[::]/',
		'http://[::ffff:10.0.0.1]/',
		'http://[fe80::1]/',
		'http://127.0.0.1@example.com/',
		'http://127.0.0.1.example.com/',
		'http://3232235777/'
	];
	for (const url of outside) {
		const { error_msg: message, status_code: status } = await responseTo(await get(url));
		expect(message, url).toMatch(/is not this machine: the embedded platform sends requests to loopback addresses only$/);
		expect(status, url).toBeNull();
	}
	expect(loopbackAddresses('[::ffff:7f00:1]')).toEqual([]);

	const { url } = await receiver((request, response) => {
		response.writeHead(302, { Location: request.url === '/home' ? '/landed' : 'http://192.0.2.1/landed' }).end();
	});
	expect(await responseTo(await get(`${url}/away`))).toMatchObject({
		status_code: null,
		error_msg: expect.stringContaining('192.0.2.1 is not this machine')
	});
	const { url: good, received } = await receiver((request, response) => {
		if (request.url === '/start') response.writeHead(303, { Location: '/landed' }).end();
		else if (request.url === '/loop') response.writeHead(307, { Location: '/loop' }).end();
		else response.end('here');
	});
	const posted = only(await platform.use().sql`select net.http_post(${`${good}/start`}) as id`).id;
	expect(await responseTo(posted)).toMatchObject({ status_code: 200, content: 'here' });
	expect(received.map((note) => `${note.method} ${note.url}`)).toEqual(['POST /start', 'GET /landed']);
	expect(await responseTo(await get(`${good}/loop`))).toMatchObject({ error_msg: 'Number of redirects hit maximum amount' });
	for (const name of ['app.localhost', 'host.docker.internal']) {
		expect(await responseTo(await get(good.replace('127.0.0.1', name))), name).toMatchObject({ status_code: 200 });
	}
	expect(await responseTo(await get(good.replace('127.0.0.1', '2130706433')))).toMatchObject({ status_code: 200 });
});

test('a request carries only what its author put in, and secrets do not follow a redirect to another door', async () => {
	const { sql, server } = platform.use();
	const { url: other, received: atOther } = await receiver();
	const { url, received } = await receiver((_request, response) => response.writeHead(307, { Location: `${other}/next` }).end());
	const { id } = only(
		await sql`select net.http_get(${url}, headers := '{"Authorization": "Bearer secret", "Cookie": "a=b", "X-Mine": "1"}') as id`
	);
	await responseTo(id);
	expect(Object.keys(only(received).headers).sort()).toEqual([
		'accept',
		'authorization',
		'connection',
		'cookie',
		'host',
		'user-agent',
		'x-mine'
	]);
	expect(Object.keys(only(atOther).headers).sort()).toEqual(['accept', 'connection', 'host', 'user-agent', 'x-mine']);

	// The database's own port does not speak HTTP, whoever asks and whatever is sent.
	const smuggled = `http://127.0.0.1:${server.port}/?${encodeURIComponent('\0\0\0\u0008')}`;
	const answer = await responseTo(await get(smuggled));
	expect(answer).toMatchObject({ status_code: null, content: null });
	expect(JSON.stringify(answer)).not.toMatch(/supabase_admin|password/);
	expect(only(await sql`select 1 as alive`).alive).toBe(1);
});

test('every role that may call it reads the answers, as with pg_net', async () => {
	const { as } = platform.use();
	const { url } = await receiver();
	for (const role of ['anon', 'authenticated', 'service_role']) {
		const id = await as(role, async (sql) => only(await sql`select net.http_get(${url}) as id`).id);
		await responseTo(id);
		await as(role, async (sql) => {
			expect(only(await sql`select status_code from net._http_response where id = ${id}`).status_code).toBe(200);
			await sql`select net.check_worker_is_up(), net.wait_until_running()`;
		});
	}
});

test('answers older than six hours go when the next request comes', async () => {
	const { sql } = platform.use();
	const { url } = await receiver();
	await sql`insert into net._http_response (id, status_code, created) values (-1, 200, now() - interval '6 hours 1 minute'), (-2, 200, now() - interval '5 hours')`;
	await responseTo(await get(url));
	expect([...(await sql`select id from net._http_response where id < 0`)]).toEqual([{ id: '-2' }]);
});

test('requests without an answer are sent after a kill -9', async () => {
	const { server, sql } = platform.use();
	await server.createDatabase('cut');
	const { default: postgres } = await import('postgres');
	const own = postgres(server.url('cut'), { max: 1, onnotice: () => {} });
	cleanUps.push(() => own.end());
	await own`create extension pg_net`;
	let silent = true;
	const { url, received } = await receiver((_request, response) => {
		if (!silent) response.end('at last');
	});
	const program = `
		const { createJobs } = await import(${JSON.stringify(new URL('../../embedded/jobs/index.ts', import.meta.url).href)});
		const url = new URL(process.argv[1]);
		await createJobs({ adminUrl: (database) => Object.assign(new URL(url), { pathname: '/' + database }).href, database: 'cut', onlyLoopback: true });
		console.log('started');
		setInterval(() => {}, 60_000);`;
	const worker = spawn(process.execPath, ['--input-type=module', '-e', program, server.adminUrl()], {
		stdio: ['ignore', 'pipe', 'inherit']
	});
	await once(createInterface(worker.stdout), 'line');
	await own`select net.http_post(${url}, '{"n": 1}', timeout_milliseconds := 60000)`;
	await expect.poll(() => received.length, soon).toBe(1);
	worker.kill('SIGKILL');
	await once(worker, 'exit');
	silent = false;
	const jobs = await platform.use().startJobs({ database: 'cut' });
	await expect.poll(() => own`select from net._http_response where content = 'at last'`, soon).toHaveLength(1);
	expect(received.map((note) => note.body)).toEqual(['{"n": 1}', '{"n": 1}']);
	await jobs.stop();
	expect(await sql`select from net._http_response`).toHaveLength(0);
});

test('an answer too long to keep is an error, and zero bytes end a text', async () => {
	const { url } = await receiver((request, response) => {
		if (request.url === '/zero') response.end('kept\0lost');
		else response.end(Buffer.alloc(17 * 2 ** 20, 'x'));
	});
	const request = { id: '1', method: 'GET', headers: {}, body: null, timeoutMs: 20_000 };
	const never = new AbortController().signal;
	expect(await answerTo({ ...request, url: `${url}/long` }, never)).toMatchObject({
		content: null,
		errorMsg: expect.stringContaining('longer than')
	});
	expect(await responseTo(await get(`${url}/zero`))).toMatchObject({ content: 'kept' });
});
