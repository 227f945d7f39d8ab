import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, type Outcome, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, createWorkspace, requiredColumns, type Workspace } from './world.ts';

// What the database keeps by itself about every record, and what it refuses to store.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
beforeAll(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'editor', { read: 'all', create: 'all', update: 'all', assign: 'all' });
});

const tryAs = (caller: string, text: string, values: (string | number | null)[] = []): Promise<Outcome> =>
	database.as(caller, (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]));

describe.each(recordTables)('%s', (table) => {
	test('count every change in version, whatever the client sends', async () => {
		const id = await addRecord(sql, home, table, home.admin);
		for (const expected of [2, 3]) {
			const { rows } = await tryAs(home.admin, `update public.${table} set description = 'n' || version where id = $1 returning version`, [
				id
			]);
			expect(rows).toEqual([{ version: expected }]);
		}
		const stale = await tryAs(home.admin, `update public.${table} set description = 'x' where id = $1 and version = 2 returning id`, [id]);
		expect(stale.rows).toEqual([]);
	});

	test.each(['id', 'version', 'created_at', 'updated_at', 'created_by', 'deleted_at'])('do not let a client write %s', async (column) => {
		const id = await addRecord(sql, home, table, home.admin);
		expect((await tryAs(home.admin, `update public.${table} set ${column} = default where id = $1`, [id])).error?.code).toBe('42501');
		const columns = { org_id: home.id, ...requiredColumns(home, table) };
		const names = [...Object.keys(columns), column].join(', ');
		const places = Object.keys(columns).map((_, index) => `$${index + 1}`);
		const made = await tryAs(home.admin, `insert into public.${table} (${names}) values (${places}, default)`, Object.values(columns));
		expect(made.error?.code).toBe('42501');
	});

	test('stay in their workspace', async () => {
		const id = await addRecord(sql, home, table, home.admin);
		expect((await tryAs(home.admin, `update public.${table} set org_id = org_id where id = $1`, [id])).error?.code).toBe('42501');
	});

	test('get keys that sort by time', async () => {
		const ids = [];
		for (let i = 0; i < 5; i++) ids.push(await addRecord(sql, home, table, home.admin));
		expect(ids.toSorted()).toEqual(ids);
		expect(ids[0]?.[14]).toBe('7');
		const [key] = await sql`select (substr(replace(${ids[0] ?? ''}, '-', ''), 1, 12)) as millis, extract(epoch from now()) * 1000 as now`;
		expect(Math.abs(Number.parseInt(key?.millis, 16) - Number(key?.now))).toBeLessThan(60_000);
	});

	test('go to the trash and back by function, for whoever may delete', async () => {
		const manager = await addMember(sql, home, 'manager');
		const sales = await addMember(sql, home, 'sales');
		const id = await addRecord(sql, home, table, sales);
		const trash = (caller: string, name: string) => tryAs(caller, `select public.${name}($1, array[$2::uuid]) as id`, [table, id]);
		expect((await trash(sales, 'trash_records')).rows).toEqual([]);
		const editor = await addMember(sql, home, 'editor');
		expect((await trash(editor, 'trash_records')).rows).toEqual([]);
		expect((await trash(manager, 'trash_records')).rows).toEqual([{ id }]);
		expect((await trash(manager, 'trash_records')).rows).toEqual([]);
		const trashed = await tryAs(sales, `select deleted_at is null as live from public.${table} where id = $1`, [id]);
		expect(trashed.rows).toEqual([{ live: false }]);
		expect((await trash(sales, 'restore_records')).rows).toEqual([]);
		expect((await trash(manager, 'restore_records')).rows).toEqual([{ id }]);
		const [row] = await sql.unsafe(`select deleted_at, version from public.${table} where id = $1`, [id]);
		expect(row).toEqual({ deleted_at: null, version: 3 });
	});

	test('keep custom small and an object', async () => {
		const id = await addRecord(sql, home, table, home.admin);
		const set = (custom: string) =>
			tryAs(home.admin, `update public.${table} set custom = $2::text::jsonb where id = $1 returning id`, [id, custom]);
		expect((await set('{"a": 1}')).rows).toHaveLength(1);
		expect((await set('[]')).error?.constraint).toBe(`${table}_custom_bounded`);
		expect((await set(JSON.stringify({ a: 'x'.repeat(16_384) }))).error?.constraint).toBe(`${table}_custom_bounded`);
		// Whoever reads it, in whatever language, may do so by recursion: deep ones would end the page.
		const nested = (levels: number) => `{"a": ${'['.repeat(levels)}${']'.repeat(levels)}}`;
		expect((await set(nested(30))).error).toBeUndefined();
		expect((await set(nested(5000))).error?.constraint).toBe(`${table}_custom_bounded`);
	});
});

test.each([
	['trash_records', ''],
	['restore_records', ''],
	['assign_records', ', null']
])('%s takes ten thousand records at most, and nothing else', async (name, owner) => {
	const call = (resource: string, count: number) =>
		tryAs(home.admin, `select public.${name}($1, array(select gen_random_uuid() from generate_series(1, $2::int))${owner})`, [
			resource,
			count
		]);
	expect((await call('members', 1)).error).toMatchObject({ code: '22023', hint: 'companies, contacts or deals' });
	expect((await call('deals', 10_001)).error).toMatchObject({ code: '22023', message: 'At most 10000 records at a time.' });
	expect((await call('deals', 10_000)).rows).toEqual([]);
});

describe('values that no record takes', () => {
	const refused: [string, string, string | number | null, string][] = [
		['deals', 'name', '   ', 'deals_name_length'],
		['deals', 'name', 'x'.repeat(201), 'deals_name_length'],
		['deals', 'amount', -0.01, 'deals_amount_range'],
		['deals', 'currency', 'usd', 'deals_currency_known'],
		['deals', 'currency', 'XYZ', 'deals_currency_known'],
		['deals', 'currency', '', 'deals_currency_known'],
		['deals', 'expected_close', '1969-12-31', 'deals_expected_close_range'],
		['deals', 'expected_close', '2200-01-02', 'deals_expected_close_range'],
		['deals', 'description', 'x'.repeat(10_001), 'deals_description_length'],
		['companies', 'name', '', 'companies_name_length'],
		['companies', 'domain', 'not a domain', 'companies_domain_format'],
		['contacts', 'email', 'nobody', 'contacts_email_format'],
		['contacts', 'first_name', '  ', 'contacts_named'],
		['contacts', 'last_name', 'x'.repeat(101), 'contacts_last_name_length']
	];
	test.each(refused)('%s.%s = %j', async (table, column, value, constraint) => {
		const id = await addRecord(sql, home, table, home.admin);
		const outcome = await tryAs(home.admin, `update public.${table} set ${column} = $2 where id = $1`, [id, value]);
		expect(outcome.error).toMatchObject({ code: '23514', constraint });
	});

	test('an amount beyond fifteen digits', async () => {
		const id = await addRecord(sql, home, 'deals', home.admin);
		expect((await tryAs(home.admin, 'update public.deals set amount = 10000000000000 where id = $1', [id])).error?.code).toBe('22003');
	});
});

test('an amount has a twin in minor units that nobody writes', async () => {
	const id = await addRecord(sql, home, 'deals', home.admin);
	const twin = async (amount: string | null) =>
		(await tryAs(home.admin, 'update public.deals set amount = $2 where id = $1 returning amount, amount_minor', [id, amount])).rows;
	expect(await twin('9999999999999.99')).toEqual([{ amount: '9999999999999.99', amount_minor: '999999999999999' }]);
	expect(await twin('0.07')).toEqual([{ amount: '0.07', amount_minor: '7' }]);
	expect(await twin(null)).toEqual([{ amount: null, amount_minor: null }]);
	expect((await tryAs(home.admin, 'update public.deals set amount_minor = 1 where id = $1', [id])).error).toBeDefined();
});

test('a record belongs to its maker unless it says otherwise', async () => {
	const sales = await addMember(sql, home, 'sales');
	const { rows } = await tryAs(
		sales,
		'insert into public.companies (org_id, name) values ($1, $2) returning owner_id, created_by, version',
		[home.id, 'Acme']
	);
	expect(rows).toEqual([{ owner_id: sales, created_by: sales, version: 1 }]);
});
