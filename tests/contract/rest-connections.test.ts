import type { SupabaseClient } from '@supabase/supabase-js';
import { beforeAll, expect, test } from 'vitest';
import { createRest } from '../../embedded/rest/index.ts';
import { restServer } from './rest-server.ts';

const { use } = restServer(
	`
	create table shelves (id int primary key, room text);
	insert into shelves values (1, 'north'), (2, 'south'), (3, 'east');
	create function sleepy(seconds float) returns void language sql volatile as 'select pg_sleep(seconds)';
	create function prepared() returns bigint language sql stable as 'select count(*) from pg_prepared_statements';
	create function forget() returns void language plpgsql volatile as $$ begin execute 'deallocate all'; end $$;
	create function fail() returns void language plpgsql stable as $$ begin raise exception 'no'; end $$;
	grant select, insert, update on shelves to authenticated`,
	{ idleMs: 500 }
);

let client: SupabaseClient;
beforeAll(() => {
	client = use().as({ role: 'authenticated', claims: null });
});

/** Waits for what a notification from the database brings about. */
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 10_000 });

const shelf = (id: number) => client.from('shelves').select('id').eq('id', id);
const connections = async () => (await use().sql`select pid, state from pg_stat_activity where application_name = 'rest'`).length;

test('lost connections cost the requests on them, not the next ones', async () => {
	const asked = Array.from({ length: 4 }, () => client.rpc('sleepy', { seconds: 20 }));
	const running = () => use().sql`select pid from pg_stat_activity where application_name = 'rest' and state = 'active'`;
	const first = Promise.all(asked);
	await eventually(async () => (await running()).length).toBe(4);
	await use().admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rest'`;
	for (const { status } of await first) expect(status).toBe(503);
	const next = await Promise.all(Array.from({ length: 12 }, () => shelf(1)));
	for (const { data } of next) expect(data).toEqual([{ id: 1 }]);
});

test('a storm of lost connections leaves no request without an answer', async () => {
	const { admin } = use();
	let raging = true;
	const statuses = new Set<number>();
	const ask = async (request: () => PromiseLike<{ status: number }>) => {
		while (raging) statuses.add((await request()).status);
	};
	const asking = Array.from({ length: 4 }, (_, index) => [
		ask(() => client.from('shelves').select(`id, n${index}:room`).eq('id', 1)),
		ask(() => client.from('shelves').update({ room: 'moved' }).eq('id', 2)),
		ask(() => client.rpc('sleepy', { seconds: 0.005 }))
	]).flat();
	for (let blow = 0; blow < 60; blow++) {
		await admin`select pg_terminate_backend(pid), pg_sleep(0.02) from pg_stat_activity where application_name = 'rest' and random() < 0.5`;
	}
	raging = false;
	await Promise.all(asking);
	expect([...statuses].filter((status) => ![200, 204, 503].includes(status))).toEqual([]);
	expect((await shelf(1)).data).toEqual([{ id: 1 }]);
});

test('many more requests than connections all get their own answer', async () => {
	const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => shelf((index % 3) + 1).single()));
	expect(answers.map(({ data }) => data?.id)).toEqual(Array.from({ length: 200 }, (_, index) => (index % 3) + 1));
	expect(await connections()).toBeLessThanOrEqual(4);
});

test('connections are opened when they are needed, and closed when nobody has used them for a while', async () => {
	await Promise.all(Array.from({ length: 4 }, () => client.rpc('sleepy', { seconds: 0.05 })));
	expect(await connections()).toBe(4);
	await eventually(connections).toBe(0);
	expect((await shelf(2)).data).toEqual([{ id: 2 }]);
	expect(await connections()).toBe(1);
});

test('a connection keeps a bounded number of prepared statements, whatever is asked and however it ends', async () => {
	for (let index = 0; index < 1200; index++) {
		if (index % 3 === 0) await client.from('shelves').select(`n${index}:no_such_column`);
		else expect((await client.from('shelves').select(`n${index}:room`).eq('id', 1)).data).toEqual([{ [`n${index}`]: 'north' }]);
	}
	expect(await connections()).toBe(1);
	const { data } = await client.rpc('prepared');
	expect(data).toBeGreaterThan(400);
	expect(data).toBeLessThanOrEqual(500);
});

test('a function that throws away what a connection has prepared harms nobody', async () => {
	for (let round = 0; round < 3; round++) {
		expect((await shelf(3)).data).toEqual([{ id: 3 }]);
		expect(
			(
				await client
					.from('shelves')
					.update({ room: `${round}` })
					.eq('id', 3)
			).status
		).toBe(204);
		expect((await client.rpc('forget')).error).toBeNull();
	}
	expect((await shelf(3)).data).toEqual([{ id: 3 }]);
});

test('an error costs no connection, and the next request on it is somebody else’s', async () => {
	const pids = async () => (await use().sql`select pid from pg_stat_activity where application_name = 'rest'`).map(({ pid }) => pid);
	await shelf(1);
	const before = await pids();
	expect((await client.rpc('fail')).error?.code).toBe('P0001');
	expect((await client.from('shelves').insert({ id: 1 })).error?.code).toBe('23505');
	expect((await shelf(1)).data).toEqual([{ id: 1 }]);
	expect(await pids()).toEqual(before);
});

test('a database that refuses the login or is not there is told as such', async () => {
	const { server } = use();
	const ask = async (url: string) => {
		const rest = await createRest({ url, adminUrl: server.adminUrl() });
		try {
			const response = await rest.fetch(new Request('http://rest.test/rest/v1/shelves'), { role: 'authenticated', claims: null });
			const { code }: { code: string } = await response.json();
			return [response.status, code];
		} finally {
			await rest.stop();
		}
	};
	const url = new URL(server.url('postgres', 'authenticator'));
	url.password = 'wrong';
	expect(await ask(url.href)).toEqual([403, '28P01']);
	// A port that was free a moment ago.
	url.port = '1';
	expect(await ask(url.href)).toEqual([503, 'PGRST001']);
});
