import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { knob, megabytes, startRealtimeProcess, type RealtimeProcess } from './realtime-process.ts';

const frames = knob('FUZZ_FRAMES', 20_000);
const rows = knob('FUZZ_ROWS', 100_000);

let server: RealtimeProcess;
let sql: postgres.Sql;
beforeAll(async () => {
	server = await startRealtimeProcess();
	sql = postgres(server.dbUrl, { max: 2, onnotice: () => {} });
});
afterAll(async () => {
	await sql.end();
	await server.stop();
});

async function open(): Promise<WebSocket> {
	const socket = new WebSocket(`${server.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${server.publishableKey}&vsn=2.0.0`);
	socket.on('error', () => {});
	await once(socket, 'open');
	return socket;
}

/** Waits for the frame that a socket is answered with. */
async function answered(socket: WebSocket, holds: (text: string) => boolean): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const heard = (data: unknown) => holds(String(data)) && resolve();
	const closed = (code: number) => reject(new Error(`closed with ${code}`));
	socket.on('message', heard).on('close', closed);
	await promise.finally(() => socket.off('message', heard).off('close', closed));
}

/** A heartbeat that is answered: the server is there, and reads this socket. */
async function beat(socket: WebSocket): Promise<void> {
	const ref = randomUUID();
	const reply = answered(socket, (text) => text.includes(ref));
	socket.send(JSON.stringify([null, ref, 'phoenix', 'heartbeat', {}]));
	await reply;
}

const pick = <T>(choices: readonly T[]): T | undefined => choices[Math.floor(Math.random() * choices.length)];

/** A value of some type, to some depth, with names that objects have of themselves. */
function anything(depth = 0): unknown {
	const leaves = [null, true, 0, -1, 1e308, '', 'track', 'realtime:fuzz', '\u0000', '🦊', 'x'.repeat(300), '%', "'; drop table x; --"];
	if (depth > 3 || Math.random() < 0.5) return pick(leaves);
	if (Math.random() < 0.4) return Array.from({ length: 3 }, () => anything(depth + 1));
	const names = [
		'__proto__',
		'constructor',
		'config',
		'event',
		'payload',
		'private',
		'postgres_changes',
		'filter',
		'schema',
		'table',
		'select'
	];
	return Object.fromEntries(Array.from({ length: 3 }, () => [pick(names), anything(depth + 1)]));
}

const events = ['phx_join', 'phx_leave', 'broadcast', 'presence', 'access_token', 'heartbeat', 'phx_reply', 'system', ''];

/** A frame that is nearly right: one of the protocol, with some of it replaced, or with some of its bytes. */
function nearly(): string | Buffer {
	const config = {
		postgres_changes: [anything(), { event: '*', schema: 'public', table: anything(), filter: anything() }],
		presence: anything()
	};
	const payload = pick([anything(), { config }, { event: 'track', payload: anything() }, { access_token: anything() }]);
	const frame = [anything(4), anything(4), pick(['realtime:fuzz', 'phoenix', anything(4)]), pick(events), payload];
	const bytes = Buffer.from(JSON.stringify(frame.slice(0, pick([5, 5, 5, 5, 3]))));
	const wrong = Math.random();
	if (wrong < 0.1) return randomBytes(Math.floor(Math.random() * 300));
	if (wrong < 0.2) return Buffer.concat([Buffer.from([3, ...randomBytes(6)]), bytes]);
	if (wrong < 0.3) bytes[Math.floor(Math.random() * bytes.length)] = Math.floor(Math.random() * 256);
	return wrong < 0.4 ? bytes : bytes.toString('utf8');
}

test(`${frames} frames that are nearly right end nothing but their own socket, and leave nothing behind`, async () => {
	const control = await open();
	const before = await server.measure();
	const perSocket = 200;
	for (let sent = 0; sent < frames; sent += perSocket) {
		const socket = await open();
		const text = () => ({ binary: Math.random() < 0.5 });
		for (let n = 0; n < perSocket && socket.readyState === WebSocket.OPEN; n++) {
			const frame = nearly();
			if (typeof frame === 'string') socket.send(frame);
			else socket.send(frame, text());
		}
		// Handled, or closed for it; either way the next one comes.
		await beat(socket).catch((error: Error) => expect(error.message).toMatch(/^closed with (1008|1009|1005|1006)$/));
		socket.terminate();
		await beat(control);
	}
	const after = await server.measure();
	console.log(
		`heap ${megabytes(before.heap)} → ${megabytes(after.heap)} MB, resident ${megabytes(before.rss)} → ${megabytes(after.rss)} MB`
	);
	expect(server.isRunning()).toBe(true);
	expect(after.heap).toBeLessThan(before.heap + 30_000_000);
	control.terminate();
});

test('frames of ten megabytes from many sockets at once fill no memory', async () => {
	const control = await open();
	const before = await server.measure();
	const sockets = await Promise.all(Array.from({ length: 20 }, open));
	const closed = sockets.map((socket) => once(socket, 'close'));
	for (const socket of sockets) socket.send(Buffer.alloc(10_000_000));
	await Promise.all(closed);
	await beat(control);
	expect((await server.measure()).rss).toBeLessThan(before.rss + 100_000_000);
	// What has come is let go a moment after the socket.
	await expect.poll(async () => (await server.measure()).external, { timeout: 30_000 }).toBeLessThan(before.external + 5_000_000);
	control.terminate();
});

test('fifty readers who never read cost no more than what may wait for each, and the others hear everything', async () => {
	const topic = 'realtime:slow';
	const joined = async () => {
		const socket = await open();
		const reply = answered(socket, (text) => text.includes('"ok"'));
		socket.send(JSON.stringify(['1', '1', topic, 'phx_join', { config: {} }]));
		await reply;
		return socket;
	};
	const slow = await Promise.all(Array.from({ length: 50 }, joined));
	for (const socket of slow) socket.pause();
	const reader = await joined();
	let heard = 0;
	reader.on('message', () => (heard += 1));
	const before = await server.measure();
	let peak = 0;
	// 200 MB for each of them.
	for (let round = 0; round < 20; round++) {
		await sql`select realtime.send(jsonb_build_object('text', repeat('x', 100000)), 'flood', 'slow', false) from generate_series(1, 100)`;
		await expect.poll(() => heard, { timeout: 60_000 }).toBe((round + 1) * 100);
		peak = Math.max(peak, (await server.measure()).rss);
	}
	console.log(`resident ${megabytes(before.rss)} → at most ${megabytes(peak)} MB`);
	expect(peak).toBeLessThan(before.rss + 50 * 5_000_000 + 100_000_000);
	for (const socket of [...slow, reader]) socket.terminate();
});

test(`a transaction of ${rows} rows waits on disk while a policy takes its time`, async () => {
	await sql
		.unsafe(
			`create table public.many (id int primary key, body text);
			alter table public.many enable row level security;
			create function public.may_read() returns boolean language plpgsql volatile as $$ begin perform pg_advisory_xact_lock_shared(1); return true; end $$;
			create policy "asked" on public.many for select using ((select public.may_read()));
			grant select on public.many to authenticated;
			alter publication supabase_realtime add table public.many;`
		)
		.simple();
	const socket = await open();
	const subscribed = answered(socket, (text) => text.includes('Subscribed to PostgreSQL'));
	const config = { postgres_changes: [{ event: 'INSERT', schema: 'public', table: 'many' }] };
	socket.send(JSON.stringify(['1', '1', 'realtime:many', 'phx_join', { config, access_token: server.token }]));
	await subscribed;
	const ids: number[] = [];
	socket.on('message', (data) => {
		const [, , , event, payload] = JSON.parse(String(data));
		if (event === 'postgres_changes') ids.push(payload.data.record.id);
	});
	const before = await server.measure();
	const held = await sql.reserve();
	await held`select pg_advisory_lock(1)`;
	await held`insert into public.many select n, repeat('x', 500) from generate_series(1, ${rows}) n`;
	const waiting = () => sql<{ n: number }[]>`select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`;
	await expect.poll(async () => (await waiting())[0]?.n, { timeout: 30_000 }).toBeGreaterThan(0);
	const during = await server.measure();
	await held`select pg_advisory_unlock(1)`;
	held.release();

	await expect.poll(() => ids.length, { timeout: 300_000 }).toBe(rows);
	console.log(`resident ${megabytes(before.rss)} → ${megabytes(during.rss)} MB while it waits`);
	expect(ids.every((id, index) => id === index + 1)).toBe(true);
	expect(during.rss).toBeLessThan(before.rss + 60_000_000);
	socket.terminate();
});
