import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { knob, megabytes, startRealtimeProcess, type RealtimeProcess } from './realtime-process.ts';

const sockets = knob('TORTURE_SOCKETS', 500);
const perSecond = knob('TORTURE_MESSAGES_PER_SECOND', 200);
const seconds = knob('TORTURE_SECONDS', 60);
const roomSize = 50;
/** One message in so many is sent by the database, one by an insert that row changes tell of. */
const databaseShare = 10;

let server: RealtimeProcess;
let sql: postgres.Sql;
beforeAll(async () => {
	server = await startRealtimeProcess();
	sql = postgres(server.dbUrl, { max: 2, onnotice: () => {} });
	await sql`create table public.notes (id bigint primary key generated always as identity, room int, n int)`;
	await sql`alter table public.notes enable row level security`;
	await sql`create policy "everybody" on public.notes for select using (true)`;
	await sql`grant select on public.notes to anon, authenticated`;
	await sql`alter publication supabase_realtime add table public.notes`;
});
afterAll(async () => {
	await sql.end();
	await server.stop();
});

/** A socket in a room, which notes what it heard of each sender: how many, and whatever did not follow what came before. */
class Member {
	readonly room: number;
	readonly heard = new Map<string, number>();
	readonly wrong: string[] = [];
	readonly #socket: WebSocket;
	readonly #topic: string;
	readonly #ready = Promise.withResolvers<void>();

	constructor(room: number) {
		this.room = room;
		this.#topic = `realtime:room-${room}`;
		this.#socket = new WebSocket(`${server.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${server.publishableKey}&vsn=1.0.0`);
		this.#socket.on('message', (data) => this.#receive(JSON.parse(String(data))));
		this.#socket.on('close', () => this.wrong.push('the socket closed'));
	}

	async join(): Promise<void> {
		if (this.#socket.readyState !== WebSocket.OPEN) await once(this.#socket, 'open');
		const postgres_changes = [{ event: 'INSERT', schema: 'public', table: 'notes', filter: `room=eq.${this.room}` }];
		this.#push('phx_join', { config: { postgres_changes }, access_token: server.token });
		await this.#ready.promise;
	}

	say(sender: string, n: number): void {
		this.#push('broadcast', { type: 'broadcast', event: 'say', payload: { sender, n } });
	}

	leave(): void {
		this.#socket.removeAllListeners('close');
		this.#socket.close();
	}

	beat(): void {
		this.#socket.send(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '2' }));
	}

	#push(event: string, payload: object): void {
		this.#socket.send(JSON.stringify({ topic: this.#topic, event, payload, ref: '1', join_ref: '1' }));
	}

	#receive({ event, payload }: { event: string; payload: Record<string, never> }): void {
		if (event === 'broadcast') this.#note(Reflect.get(payload.payload ?? {}, 'sender'), Reflect.get(payload.payload ?? {}, 'n'));
		if (event === 'postgres_changes') this.#note('rows', Reflect.get(Reflect.get(payload.data ?? {}, 'record'), 'n'));
		if (event === 'system' && payload.message === 'Subscribed to PostgreSQL') this.#ready.resolve();
		else if (event === 'system' || event === 'phx_error' || event === 'phx_close') this.wrong.push(JSON.stringify(payload));
	}

	#note(sender: string, n: number): void {
		const before = this.heard.get(sender) ?? 0;
		if (n !== before + 1) this.wrong.push(`${sender}: ${n} after ${before}`);
		this.heard.set(sender, n);
	}
}

test(`${sockets} sockets, ${perSecond} messages a second for ${seconds} s: nothing lost, doubled or reordered, memory flat`, async () => {
	const rooms = Math.ceil(sockets / roomSize);
	const members = Array.from({ length: sockets }, (_, index) => new Member(index % rooms));
	for (const member of members) await member.join();
	const sent = new Map<string, number>();
	const next = (key: string) => {
		const n = (sent.get(key) ?? 0) + 1;
		sent.set(key, n);
		return n;
	};

	/** Sends the message that is due; senders take turns. */
	async function send(turn: number): Promise<void> {
		const index = turn % sockets;
		const room = index % rooms;
		if (turn % databaseShare === 0) {
			const payload = JSON.stringify({ sender: 'database', n: next(`${room} database`) });
			await sql`select realtime.send(${payload}::text::jsonb, 'say', ${`room-${room}`}, false)`;
		} else if (turn % databaseShare === 1) await sql`insert into public.notes ${sql({ room, n: next(`${room} rows`) })}`;
		else members[index]?.say(String(index), next(`${room} ${index}`));
	}

	/** Sends at the pace asked for until `untilMs` after the start; returns the turn reached. */
	const started = performance.now();
	async function run(from: number, untilMs: number): Promise<number> {
		let turn = from;
		for (let now = performance.now() - started; now < untilMs; now = performance.now() - started) {
			while (turn < (now / 1_000) * perSecond) await send(turn++);
			await delay(2);
		}
		return turn;
	}

	const beats = setInterval(() => members.forEach((member) => member.beat()), 20_000);
	const warm = await run(0, (seconds * 1_000) / 4);
	const before = await server.measure();
	const turns = await run(warm, seconds * 1_000);
	const due = (member: Member, index: number) =>
		Object.fromEntries(
			[...sent].flatMap(([key, n]) => {
				const [room, sender] = key.split(' ');
				return Number(room) === member.room && sender !== String(index) ? [[sender, n]] : [];
			})
		);
	await expect.poll(() => members.map((member) => Object.fromEntries(member.heard)), { timeout: 30_000 }).toEqual(members.map(due));
	const after = await server.measure();
	clearInterval(beats);

	const deliveries = members.flatMap((member) => [...member.heard.values()]).reduce((sum, n) => sum + n, 0);
	console.log(
		`${turns} messages, ${deliveries} deliveries; heap ${megabytes(before.heap)} → ${megabytes(after.heap)} MB, resident ${megabytes(before.rss)} → ${megabytes(after.rss)} MB`
	);
	expect(members.flatMap((member) => member.wrong)).toEqual([]);
	expect(after.heap).toBeLessThan(before.heap * 1.15 + 5_000_000);
	expect(after.rss).toBeLessThan(before.rss * 1.25 + 20_000_000);
	for (const member of members) member.leave();
});
