import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { operator } from './auth-clients.ts';
import { ownPlatform } from './own-platform.ts';

// A project has these settings once, so they are changed on a platform of its own. Source: docs.postgrest.org, references/configuration
// (in-database configuration), transactions (pre-request), api/pagination_count, api/preferences (tx), observability (execution plan).
const { use } = ownPlatform((settings) => {
	settings.api.maxRows = 3;
});

let sql: postgres.Sql;
let client: SupabaseClient;

beforeAll(async () => {
	sql = postgres(use().dbUrl, { max: 1, onnotice: () => {} });
	client = operator(use());
	await sql.unsafe(`
		create table public.shelves (id int primary key);
		create table public.books (id int primary key, shelf_id int not null references public.shelves (id) deferrable initially deferred, title text);
		insert into public.shelves values (1), (2);
		insert into public.books select n, 1, 'Book ' || n from generate_series(1, 5) n;
		create function public.all_books() returns setof public.books language sql stable as 'select * from public.books order by id';
		create function public.numbers() returns setof int language sql stable as 'select generate_series(1, 5)';
		create schema archive;
		create table archive.scrolls (id int primary key);
		insert into archive.scrolls values (7);
		grant usage on schema archive to service_role, anon;
		grant all on all tables in schema public, archive to service_role, anon;
		create table public.seen (path text, method text, role text, agent text, claims jsonb, cookies jsonb);
		grant insert, select on public.seen to anon, service_role`);
	await vi.waitUntil(async () => (await client.from('books').select('id').limit(1)).status === 200, { timeout: 10_000 });
});
afterAll(() => sql.end());

/** Waits for what a notification from the database brings about. */
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 10_000 });

/** Sets or, by null, resets settings of the API as a project's owner does. */
async function configure(settings: Record<string, string | null>): Promise<void> {
	for (const [name, value] of Object.entries(settings)) {
		const change = value === null ? `reset pgrst.${name}` : `set pgrst.${name} = '${value}'`;
		await sql.unsafe(`alter role authenticator ${change}`);
	}
	await sql`notify pgrst, 'reload config'`;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
	return fetch(`${use().apiUrl}/rest/v1${path}`, { headers: { apikey: use().secretKey, ...headers } });
}

const rangeOf = async (answer: Promise<Response>) => {
	const response = await answer;
	const rows: unknown = await response.json();
	return [response.status, response.headers.get('content-range'), Array.isArray(rows) ? rows.length : rows];
};

describe('max_rows', () => {
	test('cuts lists, embedded rows and what functions return, and an exact count tells of the rest', async () => {
		const exact = { prefer: 'count=exact' };
		expect(await rangeOf(get('/books'))).toEqual([200, '0-2/*', 3]);
		expect(await rangeOf(get('/books?order=id', exact))).toEqual([206, '0-2/5', 3]);
		expect(await rangeOf(get('/books?order=id&limit=100', exact))).toEqual([206, '0-2/5', 3]);
		expect(await rangeOf(get('/books?order=id', { ...exact, range: '1-9' }))).toEqual([206, '1-3/5', 3]);
		expect(await rangeOf(get('/books?order=id&offset=4', exact))).toEqual([206, '4-4/5', 1]);
		expect(await rangeOf(get('/rpc/all_books', exact))).toEqual([206, '0-2/5', 3]);
		expect(await rangeOf(get('/rpc/numbers', exact))).toEqual([206, '0-2/5', 3]);
		const { data } = await client.from('shelves').select('id, books(id)').eq('id', 1).single();
		expect(data?.books).toHaveLength(3);
	});

	test('an estimate is exact up to it and the planner’s beyond', async () => {
		await sql`analyze public.books`;
		expect((await client.from('books').select('id', { count: 'estimated' })).count).toBe(5);
		expect((await client.from('books').select('id', { count: 'estimated' }).lte('id', 2)).count).toBe(2);
	});

	test('does not cut what a write returns', async () => {
		const { data } = await client.from('books').update({ title: 'New' }).eq('shelf_id', 1).select('id');
		expect(data).toHaveLength(5);
	});

	test('can be set in the database, which goes before the file', async () => {
		await configure({ db_max_rows: '4' });
		await eventually(async () => (await client.from('books').select('id')).data?.length).toBe(4);
		await configure({ db_max_rows: null });
		await eventually(async () => (await client.from('books').select('id')).data?.length).toBe(3);
	});
});

describe('db_pre_request', () => {
	const preRequest = (body: string) =>
		sql.unsafe(`create or replace function public.gate() returns void language plpgsql as $$ begin ${body} end $$`);

	beforeAll(async () => {
		await preRequest(`
			if current_setting('request.path') like '%/books' and current_setting('request.headers')::jsonb ->> 'x-door' is distinct from 'open' then
				raise sqlstate 'PT423' using message = 'Closed', hint = 'Knock';
			end if;
			if current_setting('request.path') = '/rpc/numbers' then
				raise sqlstate 'PGRST' using message = '{"code":"G1","message":"Come back later"}', detail = '{"status":429,"headers":{"retry-after":"7"}}';
			end if;
			if current_setting('request.path') = '/shelves' then perform set_config('response.headers', '[{"x-gate": "passed"}]', true); end if;
			if current_setting('request.method') = 'POST' then
				insert into public.seen values (current_setting('request.path'), current_setting('request.method'), current_user::text,
					current_setting('request.headers')::jsonb ->> 'user-agent', current_setting('request.jwt.claims')::jsonb,
					nullif(current_setting('request.cookies', true), '')::jsonb);
			end if;`);
		await configure({ db_pre_request: 'public.gate' });
		await vi.waitUntil(async () => (await get('/books')).status === 423, { timeout: 10_000 });
	});
	afterAll(() => configure({ db_pre_request: null }));

	test('refuses in its own words before anything is read', async () => {
		const refused = await get('/books');
		expect([refused.status, await refused.json()]).toEqual([423, { code: 'PT423', message: 'Closed', hint: 'Knock', details: null }]);
		expect((await get('/books', { 'x-door': 'open' })).status).toBe(200);
		const later = await get('/rpc/numbers');
		expect([later.status, later.headers.get('retry-after'), await later.json()]).toEqual([
			429,
			'7',
			{ code: 'G1', message: 'Come back later', hint: null, details: null }
		]);
	});

	test('adds headers to the answer', async () => {
		expect((await get('/shelves')).headers.get('x-gate')).toBe('passed');
	});

	test('runs as the caller, in the transaction of the request: what it writes stays when that succeeds and goes when it fails', async () => {
		const asAnon = createClient(use().apiUrl, use().publishableKey, {
			auth: { persistSession: false },
			global: { headers: { 'user-agent': 'test/1', cookie: 'theme=dark; lang=en' } }
		});
		expect((await asAnon.from('shelves').insert({ id: 9 })).status).toBe(201);
		expect((await asAnon.from('shelves').insert({ id: 9 })).status).toBe(409);
		expect(await sql`select * from public.seen`).toEqual([
			{
				...{ path: '/shelves', method: 'POST', role: 'anon', agent: 'test/1' },
				...{ claims: { role: 'anon' }, cookies: { theme: 'dark', lang: 'en' } }
			}
		]);
	});

	test('follows its function at once, and the setting after a reload', async () => {
		await preRequest('');
		expect((await get('/books')).status).toBe(200);
		await configure({ db_pre_request: 'public.gone' });
		await eventually(async () => (await get('/books')).status).toBe(404);
		await configure({ db_pre_request: null });
		await eventually(async () => (await get('/books')).status).toBe(200);
	});
});

test('schemas can be served by a setting, the first one by default', async () => {
	const scrolls = () => client.schema('archive').from('scrolls').select();
	expect(await scrolls()).toMatchObject({
		status: 406,
		error: { code: 'PGRST106', hint: 'Only the following schemas are exposed: public' }
	});
	await configure({ db_schemas: 'public, archive' });
	await eventually(async () => (await scrolls()).data).toEqual([{ id: 7 }]);
	expect((await client.from('shelves').select('id').eq('id', 1)).data).toEqual([{ id: 1 }]);
	await configure({ db_schemas: null });
	await eventually(async () => (await scrolls()).status).toBe(406);
});

test('plans are shown where the project allows it', async () => {
	expect(await client.from('books').select().explain()).toMatchObject({
		status: 406,
		error: { code: 'PGRST107', hint: expect.stringContaining('db_plan_enabled') }
	});
	await configure({ db_plan_enabled: 'true' });
	const json = () => client.from('books').select('id').eq('id', 1).explain({ format: 'json' });
	await eventually(async () => (await json()).status).toBe(200);
	expect((await json()).data).toMatchObject([{ Plan: { 'Node Type': 'Aggregate' } }]);
	const text = await client.from('books').select('id').explain({ analyze: true, verbose: true });
	expect(text.data).toMatch(/^Aggregate .*actual time=[^]*Output: [^]*Execution Time: /);
	await configure({ db_plan_enabled: null });
	await eventually(async () => (await json()).status).toBe(406);
});

test('a request can be tried and taken back where the project allows it, and else is kept', async () => {
	const titleOf = async (id: number) => (await client.from('books').select('title').eq('id', id).maybeSingle()).data?.title;
	const rename = (title: string) => client.from('books').update({ title }).eq('id', 1).select('title').rollback().single();
	expect((await rename('Kept')).data).toEqual({ title: 'Kept' });
	expect(await titleOf(1)).toBe('Kept');
	await configure({ db_tx_end: 'commit-allow-override' });
	let attempts = 0;
	await eventually(async () => {
		const title = `Attempt ${attempts++}`;
		expect((await rename(title)).data).toEqual({ title });
		return (await titleOf(1)) === title;
	}).toBe(false);
	// What would be refused when it is kept is refused when it is only tried.
	expect(await client.from('books').insert({ id: 50, shelf_id: 99 }).rollback()).toMatchObject({ status: 409, error: { code: '23503' } });
	expect((await client.from('books').insert({ id: 51, shelf_id: 2 })).status).toBe(201);
	expect(await titleOf(51)).toBe(null);
});
