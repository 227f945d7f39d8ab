import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { connect, operator } from './auth-clients.ts';

// Source: docs.postgrest.org, references/schema_cache; supabase.com/docs/guides/api, "refresh the schema cache".
const sql = connect();
const client = operator();

afterAll(async () => {
	await sql.unsafe('drop table if exists public.cache_branches, public.cache_trees cascade; drop function if exists public.cache_age');
	await sql.end();
});

/** Waits for what a notification from the database brings about. */
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 30_000, interval: 20 });

test('tables, columns, rights, foreign keys and functions are there as soon as they are made, and gone with them', async () => {
	const trees = (columns = '*') => client.from('cache_trees').select(columns);
	expect(await trees()).toMatchObject({ status: 404, error: { code: 'PGRST205' } });

	await sql.unsafe(`
		create table public.cache_trees (id int primary key);
		create table public.cache_branches (id int primary key, tree_id int);
		alter table public.cache_trees enable row level security;
		alter table public.cache_branches enable row level security;
		insert into public.cache_trees values (1);
		insert into public.cache_branches values (5, 1)`);
	await eventually(async () => (await trees()).error?.code).toBe('42501');
	await sql.unsafe('grant all on public.cache_trees, public.cache_branches to service_role');
	await eventually(async () => (await trees()).data).toEqual([{ id: 1 }]);

	await sql.unsafe(`alter table public.cache_trees add column kind text default 'oak'`);
	await eventually(async () => (await client.from('cache_trees').insert({ id: 2, kind: 'elm' })).status).toBe(201);
	expect((await trees().order('id')).data).toEqual([
		{ id: 1, kind: 'oak' },
		{ id: 2, kind: 'elm' }
	]);

	expect(await trees('id, cache_branches(id)')).toMatchObject({ status: 400, error: { code: 'PGRST200' } });
	await sql.unsafe('alter table public.cache_branches add foreign key (tree_id) references public.cache_trees (id)');
	await eventually(async () => (await trees('id, cache_branches(id)').eq('id', 1)).data).toEqual([{ id: 1, cache_branches: [{ id: 5 }] }]);

	expect(await client.rpc('cache_age', { tree: 1 })).toMatchObject({ status: 404, error: { code: 'PGRST202' } });
	await sql.unsafe(`
		create function public.cache_age(tree int) returns int language sql stable as 'select tree * 10';
		grant execute on function public.cache_age(int) to service_role`);
	await eventually(async () => (await client.rpc('cache_age', { tree: 1 })).data).toBe(10);
	await sql.unsafe(`
		drop function public.cache_age(int);
		create function public.cache_age(tree int) returns text language sql stable as $$ select 'old' $$;
		grant execute on function public.cache_age(int) to service_role`);
	await eventually(async () => (await client.rpc('cache_age', { tree: 1 })).data).toBe('old');

	await sql.unsafe('alter table public.cache_trees rename column kind to species');
	await eventually(async () => (await client.from('cache_trees').update({ species: 'ash' }).eq('id', 2)).status).toBe(204);
	await sql.unsafe('drop table public.cache_branches, public.cache_trees; drop function public.cache_age');
	await eventually(async () => (await trees()).error?.code).toBe('PGRST205');
	await eventually(async () => (await client.rpc('cache_age', { tree: 1 })).error?.code).toBe('PGRST202');
});

test('requests under way while the schema changes are answered by the old one or the new one, never by an accident', async () => {
	const table = `cache_${randomUUID().slice(0, 8)}`;
	await sql.unsafe(`
		create table public.${table} (id int generated always as identity primary key, name text not null);
		alter table public.${table} enable row level security;
		grant all on public.${table} to service_role;
		insert into public.${table} (name) select 'row ' || n from generate_series(1, 20) n`);
	await eventually(async () => (await client.from(table).select('id')).status).toBe(200);

	let changing = true;
	const statuses = new Map<number, string>();
	const shapes = new Set<string>();
	const keepAsking = async (ask: () => PromiseLike<{ status: number; error: { code: string } | null; data: unknown }>) => {
		let asked = 0;
		while (changing) {
			const { status, error, data } = await ask();
			statuses.set(status, error?.code ?? 'ok');
			if (Array.isArray(data)) shapes.add([...new Set(data.map((row) => Object.keys(row).join()))].join(' and '));
			asked += 1;
		}
		return asked;
	};
	const asking = [
		keepAsking(() => client.from(table).select('*').lte('id', 20)),
		keepAsking(() => client.from(table).select('*', { count: 'exact' }).order('id').limit(5)),
		keepAsking(() => client.from(table).update({ name: 'again' }).eq('id', 1).select()),
		keepAsking(() => client.from(table).insert({ name: 'new' })),
		keepAsking(() => client.from(table).select('extra'))
	];
	for (let round = 0; round < 25; round++) {
		await sql.unsafe(`alter table public.${table} add column extra int default 7`);
		await sql.unsafe(`alter table public.${table} alter column extra type text`);
		await sql.unsafe(`alter table public.${table} drop column extra`);
		await sql.unsafe(`alter table public.${table} alter column name type varchar(${40 + round})`);
	}
	changing = false;
	for (const asked of await Promise.all(asking)) expect(asked).toBeGreaterThan(5);
	expect([...statuses].filter(([status]) => ![200, 201, 206, 400].includes(status))).toEqual([]);
	expect([...shapes].filter((shape) => !['id,name', 'id,name,extra', 'extra', ''].includes(shape))).toEqual([]);

	// A change that comes while earlier ones are being read is not overlooked, at whatever moment of that it comes. A write must know its columns.
	for (let changes = 2; changes < 16; changes++) {
		for (let change = 0; change < changes; change++) await sql.unsafe(`alter table public.${table} add column c${changes}_${change} int`);
		await eventually(async () => (await client.from(table).insert({ name: 'last', [`c${changes}_${changes - 1}`]: 1 })).error).toBeNull();
	}
	await sql.unsafe(`drop table public.${table}`);
});
