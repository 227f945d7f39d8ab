import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { embeddedTest as it } from './local.ts';
import { changesOf, publishNotes, type NotesTable } from './realtime-changes-table.ts';
import { broadcastsOf, eventually, realtimeClient, subscribe, systemMessagesOf } from './realtime-clients.ts';
import { startLoneRealtime, type LoneRealtime } from './realtime-server.ts';

let server: LoneRealtime;
let notes: NotesTable;
beforeAll(async () => {
	server = await startLoneRealtime({ changesLingerMs: 100 });
	notes = await publishNotes(server.sql);
});
afterAll(() => server.stop());

const slots = async () => {
	const rows = await server.sql<
		{ name: string }[]
	>`select slot_name as name from pg_replication_slots where slot_name like 'realtime_changes%'`;
	return rows.length;
};

/** Somebody who listens to a table with a token, which may be renewed. */
async function listener(first: string, table = notes.name) {
	let token = first;
	const client = realtimeClient(server, '2.0.0', async () => token);
	await client.realtime.setAuth();
	const channel = client.channel(randomUUID());
	const heard = changesOf(channel, { table });
	const system = systemMessagesOf(channel);
	const told: string[] = [];
	channel.subscribe((status) => told.push(status));
	await eventually(() => system).toContain('Subscribed to PostgreSQL');
	const renew = (next: string) => {
		token = next;
		return client.realtime.setAuth();
	};
	return { client, channel, heard, system, told, renew };
}

/** A policy that asks a function before it lets anybody read. */
async function guard(table: string, body: string): Promise<void> {
	const { sql } = server;
	await sql.unsafe(`create function public.may_read_${table}() returns boolean language plpgsql volatile as $$ begin ${body} end $$`);
	await sql.unsafe(`create policy "asked" on public.${table} as restrictive using (public.may_read_${table}())`);
	await sql.unsafe(`create policy "everybody" on public.${table} for select using (true)`);
}

it('a replication slot is there only while somebody listens', async () => {
	expect(await slots()).toBe(0);

	const { client } = await listener(await server.sign({}));
	expect(await slots()).toBe(1);
	await client.realtime.disconnect();

	await eventually(slots).toBe(0);
});

it('policies are asked once for each row and identity, however many listen with it', async () => {
	const { sql } = server;
	const own = await publishNotes(sql);
	await sql`create sequence public.questions`;
	await sql`grant usage on sequence public.questions to authenticated`;
	await guard(own.name, `perform nextval('public.questions'); return true;`);
	const [one, other] = await Promise.all([server.sign({ sub: randomUUID() }), server.sign({ sub: randomUUID() })]);
	const everybody = await Promise.all([one, one, one, one, other, other].map((token) => listener(token, own.name)));

	await sql.unsafe(`insert into public.${own.name} values (1, null, 'x')`);

	await eventually(() => everybody.map(({ heard }) => heard.length)).toEqual(everybody.map(() => 1));
	expect(await sql`select last_value from public.questions`).toEqual([{ last_value: '2' }]);
});

it('a policy that takes its time holds up no broadcast, and changes keep their order', async () => {
	const { sql } = server;
	const own = await publishNotes(sql);
	await guard(own.name, 'perform pg_advisory_xact_lock_shared(1); return true;');
	const { channel, heard } = await listener(await server.sign({}), own.name);
	const broadcasts = broadcastsOf(channel);
	const held = await sql.reserve();
	await held`select pg_advisory_lock(1)`;

	await held.unsafe(`insert into public.${own.name} select n, null, 'x' from generate_series(1, 300) n`);
	const waiting = () => sql<{ n: number }[]>`select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted`;
	await eventually(async () => (await waiting())[0]?.n).toBeGreaterThan(0);
	await held`select realtime.send('{"n": 1}', 'meanwhile', ${channel.subTopic}, false)`;
	await eventually(() => broadcasts.length).toBe(1);
	expect(heard).toEqual([]);
	await held`select pg_advisory_unlock(1)`;
	held.release();

	await eventually(() => heard.length).toBe(300);
	expect(heard.map((change) => Reflect.get(change.new, 'id'))).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
});

it('a policy that gives no answer in time makes its listeners join again, and refetch', async () => {
	const { sql } = server;
	const own = await publishNotes(sql);
	await guard(own.name, 'perform pg_advisory_xact_lock_shared(2); return true;');
	const { told, system } = await listener(await server.sign({}), own.name);
	const held = await sql.reserve();
	await held`select pg_advisory_lock(2)`;

	await held.unsafe(`insert into public.${own.name} values (1, null, 'x')`);

	await eventually(() => told).toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED']);
	expect(system).toContainEqual(expect.stringContaining('messages may have been missed'));
	await held`select pg_advisory_unlock(2)`;
	held.release();
});

it('a policy that fails shows nothing, and takes nothing from others', async () => {
	const { sql } = server;
	const own = await publishNotes(sql);
	await guard(own.name, `if auth.jwt() ->> 'sub' = 'broken' then raise exception 'no'; end if; return true;`);
	const broken = await listener(await server.sign({ sub: 'broken' }), own.name);
	const whole = await listener(await server.sign({ sub: 'whole' }), own.name);

	await sql.unsafe(`insert into public.${own.name} values (1, null, 'x')`);
	await sql.unsafe(`delete from public.${own.name}`);

	await eventually(() => broken.heard.map((change) => change.eventType)).toEqual(['DELETE']);
	await eventually(() => whole.heard.map((change) => change.eventType)).toContain('DELETE');
});

it('a lost stream makes those who listen join again, and nobody else', async () => {
	const { told, heard, system } = await listener(await server.sign({}));
	const other = realtimeClient(server).channel(randomUUID(), { config: { broadcast: { ack: true } } });
	const toldOther = await subscribe(other);

	await server.sql`
		select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name like 'realtime_changes%'`;

	await eventually(() => told).toEqual(['SUBSCRIBED', 'CHANNEL_ERROR', 'SUBSCRIBED']);
	await eventually(() => system.filter((message) => message === 'Subscribed to PostgreSQL')).toHaveLength(2);
	await server.sql
		.unsafe(`delete from public.${notes.name}; insert into public.${notes.name} values (1, null, 'x'); delete from public.${notes.name}`)
		.simple();
	await eventually(() => heard.at(-1)?.eventType).toBe('DELETE');
	expect(toldOther).toEqual(['SUBSCRIBED']);
});

it('an expired token ends what was listened to with it', async () => {
	const { told, system } = await listener(await server.sign({}, 3));

	await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
	expect(system.at(-1)).toContain('Token has expired');
});

it('a member who was removed hears of no row any more, and is cut off when their token is renewed', async () => {
	const { sql } = server;
	const [eveId, adaId] = [randomUUID(), randomUUID()];
	const own = await publishNotes(sql);
	await sql
		.unsafe(
			`create table public.members (who text); grant select on public.members to authenticated; insert into public.members values ('${eveId}'), ('${adaId}');
		create policy "members read" on public.${own.name} for select using (exists (select from public.members where who = auth.jwt() ->> 'sub'))`
		)
		.simple();
	const topic = randomUUID();
	const eve = await listener(await server.sign({ sub: eveId, topics: [topic] }), own.name);
	const ada = await listener(await server.sign({ sub: adaId }), own.name);
	const room = eve.client.channel(topic, { config: { private: true } });
	expect(await subscribe(room)).toEqual(['SUBSCRIBED']);

	await sql`delete from public.members where who = ${eveId}`;
	await sql.unsafe(`insert into public.${own.name} values (1, null, 'secret')`);
	await eventually(() => ada.heard.length).toBe(1);
	// Deletes are for everybody: what came before them would be here.
	await sql.unsafe(`delete from public.${own.name}`);
	await eventually(() => eve.heard.map((change) => change.eventType)).toEqual(['DELETE']);
	await eve.renew(await server.sign({ sub: eveId, topics: [] }));

	await eventually(() => room.state).toBe('closed');
});

it('refuses more bindings in one channel than it may have', async () => {
	const channel = realtimeClient(server).channel(randomUUID());
	for (let n = 0; n < 101; n++) changesOf(channel, { table: notes.name, filter: `id=eq.${n}` });

	expect(await subscribe(channel)).toEqual([expect.stringContaining('At most 100')]);
});
