import { createClient } from '@supabase/supabase-js';
import { once } from 'node:events';
import { get } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createLineWriter } from '../../embedded/gateway/line-writer.ts';
import { startPlatform, type Platform } from '../../embedded/platform.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { createPerson, must, serviceClient } from '../support/workspace.ts';

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let platform: Platform;
const lines: string[] = [];
const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false } };

beforeAll(async () => {
	scratch = await scratchFolder('requests');
	const functionsDir = join(scratch.path, 'functions');
	await mkdir(join(functionsDir, 'shy'), { recursive: true });
	await writeFile(
		join(functionsDir, 'shy', 'index.ts'),
		"Deno.serve(() => Response.json({ message: 'said to its caller only' }, { status: 500 }))"
	);
	platform = await startPlatform({
		dataDir: scratch.path,
		functionsDir,
		...{ apiPort: 0, dbPort: 0, durable: false },
		requestLog: { write: (line) => lines.push(line), colours: false }
	});
	const sql = postgres(platform.dbUrl, { max: 1, onnotice: () => {} });
	await sql.unsafe(
		`create table public.people (id int primary key, email text);
		grant select, insert on public.people to authenticated, service_role;
		insert into public.people select n, 'person' || n || '@example.test' from generate_series(1, 50) as n`
	);
	await sql.end();
});
afterAll(async () => {
	await platform.stop();
	await scratch.remove();
});
beforeEach(() => void lines.splice(0));

const linesWith = (text: string) => lines.filter((line) => line.includes(text));

/** The one line that holds a text, once it is there. */
async function lineWith(text: string): Promise<string> {
	await expect.poll(() => linesWith(text), { timeout: 10_000, interval: 10 }).toHaveLength(1);
	return linesWith(text)[0] ?? '';
}

const call = (path: string, init: RequestInit = {}) =>
	fetch(platform.apiUrl + path, { ...init, headers: { apikey: platform.publishableKey, ...init.headers } });

test('a request is one line: time, method, status, duration, size, service, caller, address', async () => {
	const person = await createPerson(platform);
	lines.splice(0);
	const { error } = await createClient(platform.apiUrl, platform.secretKey, memoryOnly).from('people').select('id').lt('id', 11);
	expect(error).toBeNull();
	const asService = await lineWith('id=lt.11');
	expect(asService).toMatch(
		/^\d\d:\d\d:\d\d\.\d{3} GET {5}200 {5} +[\d.]+ ms +\d+ B {2}rest {6}service_role +\/rest\/v1\/people\?select=id&id=lt\.11$/
	);
	await person.client.from('companies').select('id').limit(3);
	expect(await lineWith('limit=3')).toContain(`authenticated ${person.id.slice(0, 7)}`);
	await call('/auth/v1/settings');
	expect(await lineWith('/auth/v1/settings')).toMatch(/ auth {6}anon +\/auth\/v1\/settings$/);
	await fetch(`${platform.apiUrl}/health`);
	// The columns stand below each other.
	const starts = [asService, await lineWith('/health')].map((line) => line.search(/\/(rest|health)/));
	expect(new Set(starts).size).toBe(1);
});

test('an error says its code and message, in the words of the answer', async () => {
	const service = createClient(platform.apiUrl, platform.secretKey, memoryOnly);
	await service.from('people').select().eq('id', 99).single();
	expect(await lineWith('id=eq.99')).toMatch(/ 406 .*← PGRST116 Cannot coerce the result to a single JSON object$/);
	await service.from('people').insert({ id: 1, email: 'twice@example.test' });
	expect(await lineWith('POST')).toMatch(/ 409 .*← 23505 duplicate key value violates unique constraint "people_pkey"$/);
	await call('/rest/v1/people?id=eq.5', { headers: { apikey: 'wrong' } });
	expect(await lineWith('id=eq.5')).toMatch(/ 401 .* unknown key .*← Invalid API key$/);
	await call('/rest/v1/people?id=eq.6', { headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.x' } });
	expect(await lineWith('id=eq.6')).toMatch(/ 401 .* refused token .*← PGRST301 /);
	await call('/storage/v1/object/nowhere/a.txt', { headers: { authorization: `Bearer ${platform.publishableKey}` } });
	expect(await lineWith('/object/nowhere')).toMatch(/ 400 .* storage .*← /);
	await call('/functions/v1/shy', { method: 'POST' });
	const line = await lineWith('/functions/v1/shy');
	expect(line).toContain('POST');
	expect(line).not.toContain('said to its caller only');
});

test('no secret, address of a person or body is ever shown', async () => {
	const service = createClient(platform.apiUrl, platform.secretKey, memoryOnly);
	const person = await createPerson(platform);
	const { session } = (await person.client.auth.getSession()).data;
	must(await service.storage.createBucket('papers'));
	must(await service.storage.from('papers').upload('ada@example.test.txt', 'a body that stays unseen'));
	const signed = must(await service.storage.from('papers').createSignedUrl('ada@example.test.txt', 60));
	await fetch(signed.signedUrl);
	await service.from('people').select().eq('email', 'ada@example.test');
	await service.from('people').select().or('email.eq.bob@example.test,id.eq.1');
	await service.from('people').select().eq('id', 'carol@example.test');
	await service.from('people').insert({ id: 60, email: 'a body that stays unseen' });
	await call('/auth/v1/verify?type=signup&token=pkce_4711secret&redirect_to=http://localhost/?code=deep', { redirect: 'manual' });
	await call('/auth/v1/token?grant_type=password', {
		method: 'POST',
		body: JSON.stringify({ email: 'x@example.test', password: 'hunter2' })
	});
	await call(`/rest/v1/people?apikey=${platform.secretKey}&select=${session?.access_token}`);
	await call(`/functions/v1/shy?unsubscribe=4711secret`, { method: 'POST' });
	const socket = new WebSocket(
		`${platform.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${platform.publishableKey}&vsn=2.0.0`
	);
	await once(socket, 'open');
	socket.close();
	await lineWith('closed');
	const text = lines.join('\n');
	const confidential = [
		...['example.test', 'hunter2', '4711secret', 'deep', 'unseen'],
		...[platform.secretKey, platform.publishableKey, session?.access_token ?? '?', session?.refresh_token ?? '?'],
		new URL(signed.signedUrl).searchParams.get('token') ?? '?'
	];
	for (const secret of confidential) expect(text).not.toContain(secret);
	expect(text, 'what is safe stays readable').toContain('/auth/v1/token?grant_type=password');
	expect(text).toContain('/object/sign/papers/<e-mail>');
});

test('nothing that a caller sends makes a second line or steers a terminal', async () => {
	await call('/rest/v1/people?id=eq.7%0A12:00:00%20GET%20200%1b[31m%E2%80%AE&select=id%0Dx');
	await call('/rest/v1/peo%0Aple%1b[2J?id=eq.8');
	for (const text of ['id=eq.7', 'id=eq.8']) {
		// eslint-disable-next-line no-control-regex
		expect(await lineWith(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
	}
	expect(linesWith('\\u001b[2J')).toHaveLength(1);
	await call(`/rest/v1/people?id=in.(${Array.from({ length: 400 }, (_, n) => n).join(',')})&${'long'.repeat(100)}=1`);
	expect((await lineWith('id=in.')).length).toBeLessThan(400);
});

test('a websocket is told when it opens and when it closes, and a client that leaves is told as one', async () => {
	const address = `${platform.apiUrl.replace('http', 'ws')}/realtime/v1/websocket`;
	const socket = new WebSocket(`${address}?apikey=${platform.publishableKey}`);
	await once(socket, 'open');
	expect(await lineWith('open')).toMatch(/ GET .* realtime {2}anon +\/realtime\/v1\/websocket\?apikey=…$/);
	expect(linesWith('closed')).toEqual([]);
	socket.close();
	await lineWith('closed');
	const refused = new WebSocket(`${address}?apikey=wrong`);
	await once(refused, 'error');
	expect(await lineWith('401')).toMatch(/unknown key.*← Invalid API key$/);

	const sql = postgres(platform.dbUrl, { max: 1 });
	await sql.begin(async (tx) => {
		await tx`lock table public.people`;
		const leaving = get(`${platform.apiUrl}/rest/v1/people?id=eq.9`, { headers: { apikey: platform.secretKey } });
		leaving.on('error', () => {});
		const isWaiting = async () => (await tx`select from pg_locks where not granted`).length > 0;
		await expect.poll(isWaiting, { timeout: 10_000, interval: 10 }).toBe(true);
		leaving.destroy();
		expect(await lineWith('id=eq.9')).toMatch(/ GET {5}aborted /);
	});
	await sql.end();
});

test('an answer that streams is one line, when it has ended, with all its bytes', async () => {
	const service = serviceClient(platform);
	must(await service.storage.createBucket('films'));
	must(await service.storage.from('films').upload('a.bin', Buffer.alloc(1_500_000)));
	const answer = await call('/storage/v1/object/films/a.bin', { headers: { apikey: platform.secretKey } });
	expect(linesWith('GET'), 'not before its end').toEqual([]);
	await answer.arrayBuffer();
	expect(await lineWith('GET')).toContain(' 1.5 MB  storage ');
});

test('a reader that does not read costs lines, not the platform', async () => {
	const output = new PassThrough({ highWaterMark: 1 });
	const write = createLineWriter(output);
	const line = 'x'.repeat(1000);
	for (let turn = 0; turn < 30; turn += 1) {
		for (let count = 0; count < 100; count += 1) write(line);
		await new Promise(setImmediate);
	}
	expect(output.writableLength).toBeLessThan(2 ** 21);
	output.setEncoding('utf8').resume();
	let text = '';
	output.on('data', (chunk) => (text += chunk));
	await expect.poll(() => output.writableLength).toBe(0);
	write('the last');
	await expect.poll(() => text).toMatch(/\n\(\d+ requests are not shown: nobody read this output\)\nthe last\n$/);
});
