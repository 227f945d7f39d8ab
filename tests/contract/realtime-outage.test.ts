import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from 'vitest';
import { embeddedTest as it } from './local.ts';
import { broadcastsOf, eventually, realtimeClient, subscribe, systemMessagesOf, versions } from './realtime-clients.ts';
import { startLoneRealtime, type LoneRealtime } from './realtime-server.ts';

let server: LoneRealtime;
beforeAll(async () => {
	server = await startLoneRealtime();
});
afterAll(() => server.stop());

it.each(versions)('a lost database connection makes clients join again, and refetch (serializer %s)', async (version) => {
	const name = randomUUID();
	const client = realtimeClient(server, version);
	const channel = client.channel(name);
	const heard = broadcastsOf(channel);
	const system = systemMessagesOf(channel);
	const told = await subscribe(channel);

	await server.sql`select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender'`;

	await eventually(() => told.length).toBe(3);
	expect(told).toEqual(['SUBSCRIBED', expect.stringContaining('CHANNEL_ERROR'), 'SUBSCRIBED']);
	expect(system).toEqual([expect.stringContaining('connection to the database was lost')]);
	await server.sql`select realtime.send('{"n": 1}', 'after', ${name}, false)`;
	await eventually(() => heard).toEqual([['after', { n: 1, id: expect.any(String) }]]);
});

it('a rolled back change is never heard of', async () => {
	const name = randomUUID();
	const channel = realtimeClient(server).channel(name);
	const heard = broadcastsOf(channel);
	await subscribe(channel);

	await server.sql
		.begin(async (sql) => {
			await sql`select realtime.send('{"n": 1}', 'undone', ${name}, false)`;
			throw new Error('undo');
		})
		.catch(() => {});
	await server.sql`select realtime.send('{"n": 12345678901234567890}', 'done', ${name}, false)`;

	await eventually(() => heard.map(([event]) => event)).toEqual(['done']);
});

it('a change is heard of when it can be read, and not a moment before', async () => {
	const { sql } = server;
	const name = randomUUID();
	await sql`create table told (name text)`;
	const channel = realtimeClient(server).channel(name);
	const heard = broadcastsOf(channel);
	const found: unknown[] = [];
	channel.on('broadcast', { event: 'told' }, () => void sql`select name from told`.then((rows) => found.push(...rows)));
	await subscribe(channel);
	const speaker = realtimeClient(server).channel(name);
	await subscribe(speaker);
	const awaitStandby = async (standby: string) => {
		await sql.unsafe(`alter system set synchronous_standby_names = '${standby}'`);
		await sql`select pg_reload_conf()`;
		await eventually(async () => (await sql`show synchronous_standby_names`)[0]?.synchronous_standby_names).toBe(standby);
		// It is the checkpointer that lets commits wait; it reads the setting before it begins.
		await sql`checkpoint`;
	};

	// A commit that waits for a standby is in the log, and read by whoever follows that, while nobody sees it yet.
	await awaitStandby('nobody');
	const telling = sql.begin(async (tx) => {
		await tx`set local synchronous_commit = 'on'`;
		await tx`insert into told values ('it')`;
		await tx`select realtime.send('{}', 'told', ${name}, false)`;
	});
	await eventually(async () => (await sql`select from pg_stat_activity where wait_event = 'SyncRep'`).count).toBe(1);
	const followers = () => sql`select from pg_stat_replication where sent_lsn >= pg_current_wal_flush_lsn()`;
	await eventually(async () => (await followers()).count).toBe(1);
	// What goes past the database is heard meanwhile.
	await speaker.send({ type: 'broadcast', event: 'past', payload: {} });
	await eventually(() => heard.map(([event]) => event)).toContain('past');
	expect(heard.map(([event]) => event)).toEqual(['past']);
	await awaitStandby('');
	await telling;

	await eventually(() => found).toEqual([{ name: 'it' }]);
});

it('partitions reach from yesterday to three days ahead, and older ones go', async () => {
	const names = async () => {
		const rows = await server.sql<{ name: string }[]>`
			select inhrelid::regclass::text as name from pg_inherits where inhparent = 'realtime.messages'::regclass order by 1`;
		return rows.map((row) => row.name);
	};
	await server.sql`create table realtime.messages_2020_01_01 partition of realtime.messages for values from ('2020-01-01') to ('2020-01-02')`;
	await server.sql`drop table realtime.${server.sql((await names()).at(-1)?.replace('realtime.', '') ?? '')}`;

	await server.sql`select realtime.maintain_messages_partitions()`;

	const days = [-1, 0, 1, 2, 3].map((day) => new Date(Date.now() + day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '_'));
	expect(await names()).toEqual(days.map((day) => `realtime.messages_${day}`));
});
