import { beforeEach, describe, expect, test } from 'vitest';
import { customOf } from './custom-values.ts';
import { type Caller, useDatabase } from './database.ts';
import { addField, addMember, addRecord, addRole, createWorkspace, type Workspace } from './world.ts';

// Fields of a workspace's own: who defines them, who says which roles read a restricted one, and what becomes of the values.

const database = await useDatabase();
const { sql, tries } = database;
const { addMargin, set, values, custom, reads, knows } = customOf(database);

let home: Workspace;
let manager = '';
let sales = '';
beforeEach(async () => {
	home = await createWorkspace(sql);
	manager = await addMember(sql, home, 'manager');
	sales = await addMember(sql, home, 'sales');
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
		margin = await addMargin(home);
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
		const add = (caller: Caller, restricted: boolean) =>
			tries(
				caller,
				"insert into public.custom_fields (org_id, resource, key, label, kind, restricted) values ($1, 'deals', 'size', 'Size', 'text', $2) returning id",
				[home.id, restricted]
			);
		expect((await add(keeper, true)).error?.code).toBe('42501');
		const [size] = (await add(keeper, false)).rows ?? [];
		const restrict = 'update public.custom_fields set restricted = true where id = $1';
		expect((await tries(keeper, restrict, [size?.id])).error?.hint).toBe('field_restriction');
		expect((await tries(keeper, 'delete from public.custom_fields where id = $1 returning id', [size?.id])).rows).toHaveLength(1);
		expect((await add(home.admin, true)).rows).toHaveLength(1);
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
	});

	test('an admin whose form is older than what another one decided does not undo it', async () => {
		const save = (restricted: boolean, seen: number | null) =>
			tries(home.admin, `select public.save_custom_field($1, 'Margin', null, $2, '[]', $3) as version`, [margin, restricted, seen]);
		const [first] = (await save(true, null)).rows ?? [];
		const [second] = (await save(true, Number(first?.version))).rows ?? [];
		expect(second?.version).toBe(first?.version + 1);
		expect((await save(false, Number(first?.version))).error).toMatchObject({ code: 'PT409', hint: 'field_changed' });
		expect(await sql`select restricted from public.custom_fields where id = ${margin}`).toEqual([{ restricted: true }]);
	});

	test('another workspace’s admin changes nothing here, nor does a member who reads it', async () => {
		const reader = await tries(manager, "select public.save_custom_field($1, 'Stolen', null, true)", [margin]);
		expect(reader.error).toMatchObject({ code: '42501', message: 'Your role does not allow you to change fields.' });
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

	test('that is opened writes to no other workspace, not even where a value names a record of one', async () => {
		const secret = await addField(sql, home, 'deals', 'secret');
		const second = await createWorkspace(sql);
		const theirs = await addRecord(sql, second, 'deals', null);
		await sql`insert into public.custom_values (org_id, resource, record_id, field_id, text_value)
			values (${home.id}, 'deals', ${theirs}, ${secret}, 'x')`;
		expect((await restrict(home.admin, secret, false)).rows).toHaveLength(1);
		expect([await custom(theirs), await values(theirs)]).toEqual([{}, []]);
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
		await addMargin(home);
		await addField(sql, home, 'deals', 'size', { restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { margin: 1, size: 'x' });
		await sql`delete from public.organizations where id = ${home.id}`;
		expect(await sql`select from public.custom_fields where org_id = ${home.id}`).toHaveLength(0);
		expect(await values(deal)).toEqual([]);
	});

	test('that changes is told of as rights are: no name, no id', async () => {
		await sql.unsafe('set role supabase_realtime_admin; grant delete on realtime.messages to postgres; reset role');
		const field = await addMargin(home);
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
