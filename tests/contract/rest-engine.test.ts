import type { SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Caller, Rest } from '../../embedded/rest/index.ts';
import { restServer } from './rest-server.ts';

/** What the product's own tables have no case of: a small schema made for it, on a server of its own. */
const schema = `
	create table authors (id int primary key, name text not null);
	create table books (
		id int primary key, title text not null, price numeric, printed timestamp, tags text[], pages int4range, search tsvector,
		author_id int references authors, editor_id int references authors, sequel_to int references books
	);
	create table shelves (id int primary key, room text);
	create table book_shelves (book_id int references books, shelf_id int references shelves, primary key (book_id, shelf_id));
	create table log (id int generated always as identity primary key, headers jsonb, method text, path text, who text, claims jsonb);
	insert into authors values (1, 'Ursula'), (2, 'Stanisław');
	insert into books values
		(1, 'Earthsea', 12345678901234567890.123456789, '2026-01-02 03:04:05', '{fantasy,"a, b"}', '[1,200)', 'wizard:1', 1, 2, null),
		(2, 'Tombs', 0.10, null, '{}', null, null, 1, null, 1),
		(3, 'Solaris', null, null, null, null, 'ocean:1', 2, null, null);
	insert into shelves values (1, 'north'), (2, 'south');
	insert into book_shelves values (1, 1), (1, 2), (3, 1);

	create function add_log() returns trigger language plpgsql as $$
	begin
		new.headers := current_setting('request.headers')::jsonb;
		new.method := current_setting('request.method');
		new.path := current_setting('request.path');
		new.who := current_user;
		new.claims := auth.jwt();
		return new;
	end $$;
	create trigger add_log before insert or update on log for each row execute function add_log();

	create function fail(code text) returns void language plpgsql as $$
	begin raise exception using errcode = code, message = 'failed with ' || code, hint = 'a hint', detail = 'a detail'; end $$;
	create function teapot() returns void language plpgsql as $$
	begin raise sqlstate 'PGRST' using message = '{"code":"T1","message":"I am a teapot"}', detail = '{"status":418,"headers":{"x-kind":"oolong"}}'; end $$;
	create function created() returns text language plpgsql as $$
	begin
		perform set_config('response.status', '201', true);
		perform set_config('response.headers', '[{"x-made": "yes"}]', true);
		return 'done';
	end $$;
	create function settings() returns json language sql stable as $$
		select json_build_object('timeout', current_setting('statement_timeout'), 'path', current_setting('search_path'), 'zone', current_setting('timezone'),
			'role', current_user, 'read_only', current_setting('transaction_read_only'), 'uid', auth.uid())
	$$;
	create function write_settings() returns json language sql volatile as 'select settings()';
	create function patient() returns text language sql volatile set statement_timeout = '30s' as $$ select current_setting('statement_timeout') $$;
	create function sleepy(seconds float) returns void language sql volatile as 'select pg_sleep(seconds)';
	create function echo(json) returns json language sql immutable as 'select $1';
	create function total(variadic numbers int[]) returns int language sql immutable as 'select sum(n)::int from unnest(numbers) n';
	create function books_by(author int) returns setof books language sql stable as 'select * from books where author_id = author';
	grant select, insert, update, delete on all tables in schema public to authenticated, service_role;
	grant select on authors to anon;
`;

const { use } = restServer(schema);

/** Waits for what a notification from the database brings about. */
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 10_000 });

const uid = randomUUID();
const callers = {
	anon: { role: 'anon', claims: null },
	authenticated: { role: 'authenticated', claims: { sub: uid, role: 'authenticated', use: 'app' } },
	service_role: { role: 'service_role', claims: null }
} satisfies Record<string, Caller>;

const as = (caller: Caller) => use().as(caller);
let client: SupabaseClient;
let sql: postgres.Sql;
let rest: Rest;
beforeAll(() => {
	({ sql, rest } = use());
	client = as(callers.authenticated);
});

describe('values', () => {
	test('keep every digit, and times are ISO', async () => {
		const response = await rest.fetch(
			new Request('http://rest.test/rest/v1/books?select=price,printed,tags,pages&id=eq.1'),
			callers.authenticated
		);
		expect(await response.text()).toBe(
			'[{"price":12345678901234567890.123456789,"printed":"2026-01-02T03:04:05","tags":["fantasy","a, b"],"pages":"[1,200)"}]'
		);
	});

	test('of arrays, ranges and text search have their own operators', async () => {
		const ids = async (query: PromiseLike<{ data: { id: number }[] | null }>) => (await query).data?.map(({ id }) => id);
		const books = () => client.from('books').select('id').order('id');
		expect(await ids(books().filter('tags', 'cs', '{"a, b"}'))).toEqual([1]);
		expect(await ids(books().overlaps('tags', ['fantasy', 'x']))).toEqual([1]);
		expect(await ids(books().containedBy('tags', ['x']))).toEqual([2]);
		expect(await ids(books().rangeLt('pages', '[300,400)'))).toEqual([1]);
		expect(await ids(books().textSearch('search', 'wizard | dragon'))).toEqual([1]);
		expect(await ids(books().textSearch('title', 'tombs', { type: 'websearch', config: 'english' }))).toEqual([2]);
		expect(await ids(books().filter('id', 'gt(any)', '{1,2}'))).toEqual([2, 3]);
	});
});

describe('embedding', () => {
	test('follows a junction table both ways', async () => {
		const books = await client.from('books').select('title, shelves(room)').order('id').order('room', { referencedTable: 'shelves' });
		expect(books.data).toEqual([
			{ title: 'Earthsea', shelves: [{ room: 'north' }, { room: 'south' }] },
			{ title: 'Tombs', shelves: [] },
			{ title: 'Solaris', shelves: [{ room: 'north' }] }
		]);
		const shelves = await client.from('shelves').select('room, books!inner(title)').eq('books.title', 'Solaris');
		expect(shelves.data).toEqual([{ room: 'north', books: [{ title: 'Solaris' }] }]);
	});

	test('asks which way when there are several, and takes a hint', async () => {
		const ambiguous = await client.from('books').select('title, authors(name)');
		expect(ambiguous).toMatchObject({
			status: 300,
			error: { code: 'PGRST201', hint: expect.stringContaining('authors!books_editor_id_fkey') }
		});
		const hinted = await client
			.from('books')
			.select('title, author:authors!author_id(name), editor:authors!books_editor_id_fkey(name)')
			.eq('id', 1)
			.single();
		expect(hinted.data).toEqual({ title: 'Earthsea', author: { name: 'Ursula' }, editor: { name: 'Stanisław' } });
		expect((await client.from('books').select('title, author_id(name)').eq('id', 3).single()).data).toEqual({
			title: 'Solaris',
			author_id: { name: 'Stanisław' }
		});
	});

	test('of a table in itself reads children by its name and the parent by its column', async () => {
		const { data } = await client.from('books').select('title, sequels:books(title), prequel:sequel_to(title)').order('id').limit(2);
		expect(data).toEqual([
			{ title: 'Earthsea', sequels: [{ title: 'Tombs' }], prequel: null },
			{ title: 'Tombs', sequels: [], prequel: { title: 'Earthsea' } }
		]);
	});

	test('spreads many rows as arrays', async () => {
		const { data } = await client
			.from('authors')
			.select('name, ...books!author_id(titles:title, prices:price)')
			.order('id')
			.order('id', { referencedTable: 'books' });
		expect(data?.[1]).toEqual({ name: 'Stanisław', titles: ['Solaris'], prices: [null] });
		expect(data?.[0]).toMatchObject({ titles: ['Earthsea', 'Tombs'] });
	});

	test('works from what a function returns', async () => {
		const { data } = await client.rpc('books_by', { author: 1 }).select('title, author:authors!author_id(name), shelves(room)').eq('id', 2);
		expect(data).toEqual([{ title: 'Tombs', author: { name: 'Ursula' }, shelves: [] }]);
	});
});

describe('the database knows the request', () => {
	test('on every write: headers, method, path, role and claims', async () => {
		const { data } = await client.from('log').insert({}).select().single().setHeader('x-request-id', 'r-1');
		expect(data).toMatchObject({
			method: 'POST',
			path: '/log',
			who: 'authenticated',
			claims: { sub: uid, use: 'app' },
			headers: { 'x-request-id': 'r-1' }
		});
		const updated = await as(callers.service_role)
			.from('log')
			.update({ who: '' })
			.eq('id', data?.id)
			.select()
			.single()
			.setHeader('x-request-id', 'r-2');
		expect(updated.data).toMatchObject({
			method: 'PATCH',
			who: 'service_role',
			claims: { role: 'service_role' },
			headers: { 'x-request-id': 'r-2' }
		});
	});

	test('and nothing of it stays on the connection for the next one', async () => {
		await Promise.all(Array.from({ length: 20 }, () => client.rpc('settings')));
		const answers = await Promise.all(Array.from({ length: 20 }, () => as(callers.anon).rpc('settings')));
		for (const { data } of answers) expect(data).toMatchObject({ role: 'anon', uid: null, timeout: '3s' });
	});

	test('limits of time are those of the role, or of the function', async () => {
		expect((await client.rpc('settings')).data).toMatchObject({ timeout: '8s', path: '"public", "extensions"', zone: 'UTC' });
		expect((await client.rpc('patient')).data).toBe('30s');
		const admin = postgres(use().server.adminUrl(), { max: 1 });
		await admin`alter role anon set statement_timeout = '50ms'`;
		await admin`notify pgrst, 'reload config'`;
		await eventually(async () => (await as(callers.anon).rpc('sleepy', { seconds: 0.2 })).error?.code).toBe('57014');
		await admin`alter role anon set statement_timeout = '3s'`;
		await admin`notify pgrst, 'reload config'`;
		await admin.end();
	});

	test('reads are read only, and so are functions that promise to be', async () => {
		expect((await client.rpc('settings')).data).toMatchObject({ read_only: 'on' });
		expect((await client.rpc('write_settings')).data).toMatchObject({ read_only: 'off' });
		expect((await client.rpc('write_settings', {}, { get: true })).data).toMatchObject({ read_only: 'on' });
	});

	test('a time zone is taken when it exists', async () => {
		const zone = async (name: string) => (await client.rpc('settings').setHeader('prefer', `timezone=${name}`)).data.zone;
		expect(await zone('Europe/Rome')).toBe('Europe/Rome');
		expect(await zone('Europe/Nowhere')).toBe('UTC');
	});
});

describe('functions', () => {
	test.each([
		['P0001', 400],
		['PT409', 409],
		['PT402', 402],
		['23505', 409],
		['42501', 403],
		['40001', 500],
		['53300', 503],
		['25006', 405],
		['22012', 400]
	])('that raise %s answer %i', async (code, status) => {
		expect(await client.rpc('fail', { code })).toMatchObject({
			status,
			error: { code, message: `failed with ${code}`, hint: 'a hint', details: 'a detail' }
		});
	});

	test('may word the whole answer', async () => {
		const response = await rest.fetch(new Request('http://rest.test/rest/v1/rpc/teapot', { method: 'POST' }), callers.authenticated);
		expect({ status: response.status, kind: response.headers.get('x-kind'), body: await response.json() }).toEqual({
			status: 418,
			kind: 'oolong',
			body: { code: 'T1', message: 'I am a teapot', details: null, hint: null }
		});
		const made = await rest.fetch(new Request('http://rest.test/rest/v1/rpc/created', { method: 'POST' }), callers.authenticated);
		expect({ status: made.status, made: made.headers.get('x-made'), body: await made.json() }).toEqual({
			status: 201,
			made: 'yes',
			body: 'done'
		});
	});

	test('take a whole body, or any number of values', async () => {
		expect((await client.rpc('echo', { any: ['thing', 1.5] })).data).toEqual({ any: ['thing', 1.5] });
		expect((await client.rpc('total', { numbers: [1, 2, 3] })).data).toBe(6);
	});
});

test('a key of the address is written by PUT, and only that', async () => {
	const put = (path: string, body: object) =>
		rest.fetch(
			new Request(`http://rest.test/rest/v1${path}`, {
				method: 'PUT',
				body: JSON.stringify(body),
				headers: { 'content-type': 'application/json' }
			}),
			callers.authenticated
		);
	expect((await put('/shelves?id=eq.9', { id: 9, room: 'attic' })).status).toBe(201);
	expect((await put('/shelves?id=eq.9', { id: 9, room: 'cellar' })).status).toBe(204);
	expect((await client.from('shelves').select('room').eq('id', 9).single()).data).toEqual({ room: 'cellar' });
	expect((await put('/shelves?id=eq.9', { id: 8, room: 'x' })).status).toBe(400);
	expect((await put('/shelves?room=eq.x', { id: 8, room: 'x' })).status).toBe(405);
});

test('the API follows changes of the schema without a restart', async () => {
	expect((await client.from('later').select()).error?.code).toBe('PGRST205');
	await sql`create table later (id int primary key, note text)`;
	await sql`grant all on later to authenticated`;
	await eventually(async () => (await client.from('later').insert({ id: 1, note: 'x' })).status).toBe(201);
	await sql`alter table later add column extra int default 7`;
	await eventually(async () => (await client.from('later').insert({ id: 2, extra: 8 })).error).toBeNull();
	expect((await client.from('later').select().order('id')).data).toEqual([
		{ id: 1, note: 'x', extra: 7 },
		{ id: 2, note: null, extra: 8 }
	]);
	await sql`drop table later`;
	await eventually(async () => (await client.from('later').select()).error?.code).toBe('PGRST205');
});

test('a role that does not exist or is not of the API is refused', async () => {
	for (const role of ['nobody', 'postgres', 'supabase_admin']) {
		expect((await as({ role, claims: null }).from('authors').select()).error, role).not.toBeNull();
	}
});
