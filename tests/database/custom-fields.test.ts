import { beforeEach, describe, expect, test } from 'vitest';
import { customOf } from './custom-values.ts';
import { type Caller, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addField, addFieldRule, addMember, addRecord, addRole, addShare, createWorkspace, signIn, type Workspace } from './world.ts';

// Fields of a workspace's own: ordinary ones stand in `custom`, restricted ones beside the record, for some roles alone.

const database = await useDatabase();
const { sql, tries, request } = database;
const { set, values, custom } = customOf(database);

let home: Workspace;
let manager = '';
let sales = '';
let viewer = '';
beforeEach(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own', update: 'own' });
	manager = await addMember(sql, home, 'manager');
	sales = await addMember(sql, home, 'sales');
	viewer = await addMember(sql, home, 'viewer');
});

/** A restricted number on deals that managers change and viewers read. */
const marginField = () => addField(sql, home, 'deals', 'margin', { kind: 'number', readers: ['viewer'], editors: ['manager'] });

const reads = async (caller: Caller, record: string) =>
	(await tries(caller, 'select number_value from public.custom_values where record_id = $1', [record])).rows?.[0]?.number_value;
const knows = async (caller: Caller, field: string) => {
	const found = (await tries(caller, 'select id from public.custom_fields where id = $1', [field])).rows?.length === 1;
	const roles = (await tries(caller, 'select role_id from public.custom_field_roles where field_id = $1', [field])).rows?.length !== 0;
	expect(roles).toBe(found);
	return found;
};

describe('a restricted field', () => {
	test('is known, read and changed by the roles it is open to and by admins, and to nobody else', async () => {
		const margin = await marginField();
		const deal = await addRecord(sql, home, 'deals', sales);
		expect((await set(manager, deal, { margin: 12.5 })).error).toBeUndefined();
		expect([await reads(manager, deal), await reads(viewer, deal), await reads(home.admin, deal)]).toEqual([12.5, 12.5, 12.5]);
		expect(await reads(sales, deal)).toBeUndefined();
		expect([await knows(manager, margin), await knows(viewer, margin), await knows(home.admin, margin)]).toEqual([true, true, true]);
		expect(await knows(sales, margin)).toBe(false);
		expect((await set(viewer, deal, { margin: 1 })).error?.code).toBe('42501');
		expect((await set(viewer, deal, { margin: null })).error).toMatchObject({ code: '42501', detail: 'margin' });
		expect((await set(home.admin, deal, { margin: 13 })).error).toBeUndefined();
		expect((await set(manager, deal, { margin: null })).error).toBeUndefined();
		expect(await values(deal)).toEqual([]);
	});

	test('is nothing to another workspace, and no value can name two', async () => {
		const margin = await marginField();
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1 });
		const second = await createWorkspace(sql);
		expect([await knows(second.admin, margin), await reads(second.admin, deal)]).toEqual([false, undefined]);
		expect((await set(second.admin, deal, { margin: 2 })).error).toMatchObject({ hint: 'reference_not_found' });
		const theirs = await addRecord(sql, second, 'deals', second.admin);
		const own = await addField(sql, second, 'deals', 'margin', { kind: 'number' });
		const insert = (org: string, record: string, field: string) =>
			tries(
				second.admin,
				"insert into public.custom_values (org_id, resource, record_id, field_id, number_value) values ($1, 'deals', $2, $3, 2)",
				[org, record, field]
			);
		for (const [org, record, field] of [
			[home.id, deal, margin],
			[second.id, deal, own],
			[second.id, theirs, margin],
			[second.id, deal, margin]
		] as const)
			expect((await insert(org, record, field)).error?.code).toBe('42501');
		expect((await insert(second.id, theirs, own)).error).toBeUndefined();
		// A field of another kind of record is none of this record's.
		const ofContacts = await addField(sql, second, 'contacts', 'margin', { kind: 'number' });
		expect((await insert(second.id, theirs, ofContacts)).error?.code).toBe('42501');
	});

	test('goes no further than the record: by scope, by share, and not to those who only read the field', async () => {
		await addField(sql, home, 'deals', 'margin', { kind: 'number', editors: ['own', 'sales'] });
		const me = await addMember(sql, home, 'own');
		const [mine, other] = [await addRecord(sql, home, 'deals', me), await addRecord(sql, home, 'deals', home.admin)];
		for (const deal of [mine, other]) await set(home.admin, deal, { margin: 1 });
		expect([await reads(me, mine), await reads(me, other)]).toEqual([1, undefined]);
		expect((await set(me, mine, { margin: 2 })).error).toBeUndefined();
		expect((await set(me, other, { margin: 2 })).error).toMatchObject({ hint: 'reference_not_found' });
		await addShare(sql, home, 'deals', other, { user: me });
		expect(await reads(me, other)).toBe(1);
		expect((await set(me, other, { margin: 2 })).error?.code).toBe('42501');
		await sql`update public.shares set access = 'edit' where record_id = ${other}`;
		expect((await set(me, other, { margin: 2 })).error).toBeUndefined();
		// Sales reads every deal, and changes own ones.
		expect(await reads(sales, other)).toBe(2);
		expect((await set(sales, other, { margin: 3 })).error?.code).toBe('42501');
		expect((await set(sales, other, { margin: null })).error?.code).toBe('42501');
		expect(await reads(home.admin, other)).toBe(2);
	});

	test('is closed to the suspended, to roles that lost it, and to sessions without the second factor that is demanded', async () => {
		const margin = await marginField();
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(home.admin, deal, { margin: 1 });
		const session = await signIn(sql, manager);
		await sql`update public.roles set second_factor_required = true where id = ${home.roles.manager ?? ''}`;
		expect([await knows(session, margin), await reads(session, deal)]).toEqual([false, undefined]);
		await sql`update public.roles set second_factor_required = false where id = ${home.roles.manager ?? ''}`;
		expect(await reads(manager, deal)).toBe(1);
		await sql`update public.members set status = 'suspended' where user_id = ${manager}`;
		expect([await knows(manager, margin), await reads(manager, deal)]).toEqual([false, undefined]);
		await sql`delete from public.custom_field_roles where field_id = ${margin}`;
		expect([await knows(viewer, margin), await reads(viewer, deal)]).toEqual([false, undefined]);
	});

	test('is shown to a view as its member sees it, and changed through none', async () => {
		const margin = await marginField();
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1 });
		const admin = await signIn(sql, home.admin);
		const through = async (whom: string, text: string, given: string[]) => {
			const { rows } = await tries(admin, "select public.begin_view_as($1, $2, 'why') as id", [home.id, whom]);
			return request(admin, text, given, { headers: { 'x-view-as': rows?.[0]?.id } });
		};
		const look = 'select number_value from public.custom_values where record_id = $1';
		expect((await through(manager, look, [deal])).rows).toEqual([{ number_value: 1 }]);
		expect((await through(sales, look, [deal])).rows).toEqual([]);
		expect((await through(sales, 'select id from public.custom_fields where id = $1', [margin])).rows).toEqual([]);
		const write = `select public.set_custom_values('deals', $1, '{"margin": 2}')`;
		expect((await through(manager, write, [deal])).error?.code).toBe('25006');
	});

	test('is in no export, and a change of it leaves no trace on the record', async () => {
		await addField(sql, home, 'deals', 'secret', { editors: ['manager'] });
		const deal = await addRecord(sql, home, 'deals', sales);
		const before = await sql`select * from public.deals where id = ${deal}`;
		await sql.unsafe('set role supabase_realtime_admin; grant delete on realtime.messages to postgres; reset role');
		await sql`delete from realtime.messages`;
		await set(manager, deal, { secret: 'very secret' });
		expect(await sql`select * from public.deals where id = ${deal}`).toEqual(before);
		expect(await sql`select payload from realtime.messages`).toEqual([]);
		for (const caller of [sales, manager]) {
			const { rows } = await tries(caller, "select public.export_records($1, 'deals')::text as row", [home.id]);
			expect(rows).toHaveLength(1);
			expect(rows?.[0]?.row).not.toContain('secret');
		}
	});

	test('may not be changed by a role that may not change a record’s own fields', async () => {
		await marginField();
		await addField(sql, home, 'deals', 'size', { restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1, size: 'big' });
		await addFieldRule(sql, home, 'manager', 'contacts', 'custom');
		expect((await set(manager, deal, { margin: 2 })).error).toBeUndefined();
		await addFieldRule(sql, home, 'manager', 'deals', 'custom');
		for (const changes of [{ margin: 3 }, { margin: null }, { size: 'small' }, { margin: 3, size: 'small' }])
			expect((await set(manager, deal, changes)).error?.code).toBe('42501');
		expect(await values(deal)).toEqual([{ key: 'margin', value: '2' }]);
		expect(await custom(deal)).toEqual({ size: 'big' });
	});

	test.each(recordTables)('loses its values with a record of %s, and with itself', async (table) => {
		const field = await addField(sql, home, table, 'secret');
		const [gone, kept] = [await addRecord(sql, home, table, home.admin), await addRecord(sql, home, table, home.admin)];
		for (const record of [gone, kept]) expect((await set(home.admin, record, { secret: 'x' }, null, table)).error).toBeUndefined();
		await tries(home.admin, `delete from public.${table} where id = $1`, [gone]);
		expect(await values(gone)).toEqual([]);
		expect(await values(kept)).toHaveLength(1);
		expect((await tries(home.admin, 'select public.count_custom_values($1) as held', [field])).rows).toEqual([{ held: 1 }]);
		await tries(home.admin, 'delete from public.custom_fields where id = $1', [field]);
		expect(await values(kept)).toEqual([]);
	});

	test('keeps what clients do not write', async () => {
		await marginField();
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1 });
		await set(manager, deal, { margin: 2 });
		expect(await sql`select version, created_by from public.custom_values where record_id = ${deal}`).toEqual([
			{ version: 2, created_by: manager }
		]);
		for (const column of ['version', 'org_id', 'resource', 'record_id', 'field_id', 'created_by'])
			expect((await tries(home.admin, `update public.custom_values set ${column} = default`)).error?.code).toBe('42501');
	});
});

describe('who reads a field is for admins alone to say', () => {
	let keeper = '';
	let margin = '';
	let deal = '';
	beforeEach(async () => {
		for (const resource of ['roles', 'custom_fields', 'members'])
			await addRole(sql, home, resource, { create: 'all', update: 'all', delete: 'all' }, [resource]);
		await addRole(sql, home, 'keeper', { create: 'all', update: 'all', delete: 'all' }, ['roles', 'custom_fields', 'members']);
		await sql`insert into public.role_permissions (org_id, role_id, resource, action)
			values (${home.id}, ${home.roles.keeper ?? ''}, 'deals', 'read'), (${home.id}, ${home.roles.keeper ?? ''}, 'deals', 'update')`;
		keeper = await addMember(sql, home, 'keeper');
		margin = await marginField();
		deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1 });
	});

	test('who looks after fields knows it and may rename it, and never reads it', async () => {
		expect(await knows(keeper, margin)).toBe(true);
		const rename = await tries(keeper, "update public.custom_fields set label = 'M' where id = $1 returning label, version", [margin]);
		expect(rename.rows).toEqual([{ label: 'M', version: 2 }]);
		expect(await reads(keeper, deal)).toBeUndefined();
		expect((await set(keeper, deal, { margin: 2 })).error?.code).toBe('42501');
		expect((await set(keeper, deal, { margin: null })).error?.code).toBe('42501');
		// Those who look after roles or members only are not told of it.
		for (const role of ['roles', 'members']) expect(await knows(await addMember(sql, home, role), margin)).toBe(false);
	});

	test('who looks after fields and roles opens it to no role, neither theirs nor an accomplice’s', async () => {
		for (const role of ['keeper', 'sales', 'viewer', 'admin'])
			expect(
				(
					await tries(
						keeper,
						'insert into public.custom_field_roles (org_id, field_id, role_id, may_edit) values ($1, $2, $3, true) on conflict do nothing',
						[home.id, margin, home.roles[role] ?? '']
					)
				).error?.code
			).toBe('42501');
		expect((await tries(keeper, 'update public.custom_field_roles set may_edit = true returning role_id')).rows).toEqual([]);
		expect((await tries(keeper, 'delete from public.custom_field_roles returning role_id')).rows).toEqual([]);
		const readers = JSON.stringify([{ role_id: home.roles.keeper, may_edit: false }]);
		const save = (restricted: boolean, given: string) =>
			tries(keeper, "select public.save_custom_field($1, 'M', null, $2, ($3::text)::jsonb)", [margin, restricted, given]);
		expect((await save(true, readers)).error?.code).toBe('42501');
		expect((await save(true, '[]')).error).toMatchObject({ code: '42501', hint: 'field_restriction' });
		expect((await save(false, 'null')).error).toMatchObject({ code: '42501', hint: 'field_restriction' });
		expect(await sql`select restricted, label from public.custom_fields where id = ${margin}`).toEqual([
			{ restricted: true, label: 'Label of margin' }
		]);
	});

	test('who looks after fields neither opens, restricts nor removes one that is restricted, nor makes one', async () => {
		const open = 'update public.custom_fields set restricted = false where id = $1';
		expect((await tries(keeper, open, [margin])).error).toMatchObject({ code: '42501', hint: 'field_restriction' });
		expect((await tries(keeper, 'delete from public.custom_fields where id = $1 returning id', [margin])).rows).toEqual([]);
		expect((await tries(keeper, 'select public.count_custom_values($1)', [margin])).error).toMatchObject({ hint: 'reference_not_found' });
		const add = (restricted: boolean) =>
			tries(
				keeper,
				"insert into public.custom_fields (org_id, resource, key, label, kind, restricted) values ($1, 'deals', 'size', 'Size', 'text', $2) returning id",
				[home.id, restricted]
			);
		expect((await add(true)).error?.code).toBe('42501');
		const [size] = (await add(false)).rows ?? [];
		const restrict = 'update public.custom_fields set restricted = true where id = $1';
		expect((await tries(keeper, restrict, [size?.id])).error?.hint).toBe('field_restriction');
		expect((await tries(keeper, 'delete from public.custom_fields where id = $1 returning id', [size?.id])).rows).toHaveLength(1);
	});

	test('an admin does all of it at once, and to the role admin nothing is given', async () => {
		const readers = JSON.stringify([
			{ role_id: home.roles.sales, may_edit: true },
			{ role_id: home.roles.viewer, may_edit: true }
		]);
		const save = (given: string | null) =>
			tries(home.admin, "select public.save_custom_field($1, 'Margin', null, true, ($2::text)::jsonb)", [margin, given]);
		expect((await save(readers)).error).toBeUndefined();
		expect((await save(null)).error).toBeUndefined();
		expect([await reads(sales, deal), await reads(manager, deal)]).toEqual([1, undefined]);
		expect(await sql`select may_edit from public.custom_field_roles where field_id = ${margin}`).toEqual([
			{ may_edit: true },
			{ may_edit: true }
		]);
		const toAdmin = JSON.stringify([{ role_id: home.roles.admin, may_edit: true }]);
		expect((await save(toAdmin)).error?.code).toBe('42501');
		const abroad = await createWorkspace(sql, home.admin);
		expect((await save(JSON.stringify([{ role_id: abroad.roles.viewer, may_edit: true }]))).error?.code).toBe('23503');
		await tries(home.admin, 'delete from public.roles where id = $1', [home.roles.own ?? '']);
	});

	test('another workspace’s admin changes nothing here', async () => {
		const second = await createWorkspace(sql);
		const save = await tries(second.admin, "select public.save_custom_field($1, 'Stolen', null, false)", [margin]);
		expect(save.error).toMatchObject({ hint: 'reference_not_found' });
		const insert = await tries(second.admin, 'insert into public.custom_field_roles (org_id, field_id, role_id) values ($1, $2, $3)', [
			second.id,
			margin,
			second.roles.viewer ?? ''
		]);
		expect(insert.error?.code).toBe('23503');
	});
});

describe('a field', () => {
	const restrict = (caller: Caller, field: string, restricted: boolean) =>
		tries(caller, 'update public.custom_fields set restricted = $2 where id = $1 returning id', [field, restricted]);

	test.each([
		['text', 'a', 'a'],
		['number', 12.25, '12.25'],
		['date', '2026-05-04', '2026-05-04'],
		['boolean', false, '0'],
		['choice', 'Gold', 'Gold']
	])('of kind %s that becomes restricted takes its values with it, and brings them back', async (kind, value, stored) => {
		const field = await addField(sql, home, 'deals', 'f', { kind, restricted: false, ...(kind === 'choice' && { choices: ['Gold'] }) });
		const deal = await addRecord(sql, home, 'deals', sales);
		const trashed = await addRecord(sql, home, 'deals', null);
		const empty = await addRecord(sql, home, 'deals', null);
		await set(home.admin, deal, { f: value, foreign: 1 });
		await sql`update public.deals set custom = ${sql.json({ f: value })}, deleted_at = now() where id = ${trashed}`;
		await sql`update public.deals set custom = '{"f": null}' where id = ${empty}`;
		expect((await restrict(home.admin, field, true)).rows).toHaveLength(1);
		expect([await custom(deal), await custom(trashed), await custom(empty)]).toEqual([{ foreign: 1 }, {}, {}]);
		expect([await values(deal), await values(trashed), await values(empty)]).toEqual([
			[{ key: 'f', value: stored }],
			[{ key: 'f', value: stored }],
			[]
		]);
		expect((await restrict(home.admin, field, false)).rows).toHaveLength(1);
		expect([await custom(deal), await custom(trashed)]).toEqual([{ foreign: 1, f: value }, { f: value }]);
		expect(await values(deal)).toEqual([]);
	});

	test('that becomes restricted while a value does not fit stays as it was', async () => {
		const deal = await addRecord(sql, home, 'deals', manager);
		await sql`update public.deals set custom = '{"size": "big"}' where id = ${deal}`;
		const field = await addField(sql, home, 'deals', 'size', { kind: 'number', restricted: false });
		expect((await restrict(home.admin, field, true)).error).toMatchObject({ hint: 'custom_misfits' });
		expect(await custom(deal)).toEqual({ size: 'big' });
		await set(manager, deal, { size: null });
		expect((await restrict(home.admin, field, true)).rows).toHaveLength(1);
	});

	test('that is new and restricted takes what stands under its key, of its own workspace only', async () => {
		const deal = await addRecord(sql, home, 'deals', manager);
		const second = await createWorkspace(sql);
		const theirs = await addRecord(sql, second, 'deals', null);
		await sql`update public.deals set custom = '{"secret": "x"}' where id in (${deal}, ${theirs})`;
		await addField(sql, home, 'deals', 'secret');
		expect([await custom(deal), await values(deal)]).toEqual([{}, [{ key: 'secret', value: 'x' }]]);
		expect([await custom(theirs), await values(theirs)]).toEqual([{ secret: 'x' }, []]);
	});

	test('that is removed takes its values, and no others', async () => {
		const field = await addField(sql, home, 'deals', 'size', { restricted: false });
		await addField(sql, home, 'deals', 'other', { restricted: false });
		const deal = await addRecord(sql, home, 'deals', sales);
		await set(sales, deal, { size: 'x', other: 'y' });
		expect((await tries(home.admin, 'select public.count_custom_values($1) as held', [field])).rows).toEqual([{ held: 1 }]);
		expect((await tries(sales, 'select public.count_custom_values($1)', [field])).error?.hint).toBe('reference_not_found');
		await tries(home.admin, 'delete from public.custom_fields where id = $1', [field]);
		expect(await custom(deal)).toEqual({ other: 'y' });
	});

	test('with more values than one statement may move stays as it is', async () => {
		const field = await addField(sql, home, 'companies', 'size', { kind: 'number', restricted: false });
		await sql`insert into public.companies (org_id, name, custom) select ${home.id}, 'x', '{"size": 1}' from generate_series(1, 20001)`;
		expect((await restrict(home.admin, field, true)).error?.hint).toBe('too_many_values');
		expect((await tries(home.admin, 'delete from public.custom_fields where id = $1', [field])).error?.hint).toBe('too_many_values');
		await sql`delete from public.companies where id = (select id from public.companies where org_id = ${home.id} limit 1)`;
		expect((await restrict(home.admin, field, true)).rows).toHaveLength(1);
		expect(await sql`select count(*)::int as held from public.custom_values where field_id = ${field}`).toEqual([{ held: 20_000 }]);
	});

	test('keeps its key, kind and place for good, and is one of a hundred at most', async () => {
		const field = await addField(sql, home, 'deals', 'size', { restricted: false });
		for (const column of ['key', 'kind', 'resource', 'org_id', 'version'])
			expect((await tries(home.admin, `update public.custom_fields set ${column} = default where id = $1`, [field])).error?.code).toBe(
				'42501'
			);
		const add = (columns: object) =>
			sql`insert into public.custom_fields ${sql({ org_id: home.id, resource: 'deals', key: 'k', label: 'L', kind: 'text', ...columns })}`.then(
				() => undefined,
				(error: { code?: string }) => error.code
			);
		for (const wrong of [
			{ key: 'size' },
			{ key: 'Upper' },
			{ key: '' },
			{ label: ' ' },
			{ kind: 'color' },
			{ kind: 'choice' },
			{ choices: sql.json(['a']) },
			{ kind: 'choice', choices: sql.json([]) },
			{ kind: 'choice', choices: sql.json(['a', 'a']) },
			{ kind: 'choice', choices: sql.json(['a', ' ']) },
			{ kind: 'choice', choices: sql.json(['a', 1]) },
			{ kind: 'choice', choices: sql.json('a') },
			{ resource: 'members' }
		])
			expect(await add(wrong), JSON.stringify(wrong)).toMatch(/^23(505|514)$/);
		await sql`insert into public.custom_fields (org_id, resource, key, label, kind)
			select ${home.id}, 'deals', 'k' || n, 'L', 'text' from generate_series(2, 100) n`;
		expect(await add({ key: 'one_more' })).toBe('P0001');
		expect(await add({ key: 'one_more', resource: 'contacts' })).toBeUndefined();
	});

	test('goes with its workspace, values and all', async () => {
		await marginField();
		await addField(sql, home, 'deals', 'size', { restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1, size: 'x' });
		await sql`delete from public.organizations where id = ${home.id}`;
		expect(await sql`select from public.custom_fields where org_id = ${home.id}`).toHaveLength(0);
		expect(await values(deal)).toEqual([]);
	});

	test('that changes is told of as rights are: no name, no id', async () => {
		await sql.unsafe('set role supabase_realtime_admin; grant delete on realtime.messages to postgres; reset role');
		const field = await marginField();
		await sql`delete from realtime.messages`;
		for (const text of [
			"update public.custom_fields set label = 'M' where id = $1",
			'delete from public.custom_field_roles where field_id = $1',
			'delete from public.custom_fields where id = $1'
		])
			await tries(home.admin, text, [field]);
		const told = await sql<{ payload: { table: string; count: number } }[]>`
			select payload - 'id' - 'actor' as payload from realtime.messages where topic = ${`org:${home.id}`}`;
		expect(told.map(({ payload }) => payload)).toEqual(
			Array.from({ length: told.length }, () => ({ table: 'access', op: 'update', count: 1, request_id: null }))
		);
		expect(told.length).toBeGreaterThanOrEqual(3);
	});
});
