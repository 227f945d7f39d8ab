import { beforeEach, describe, expect, test } from 'vitest';
import { customOf } from './custom-values.ts';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addField, addFieldRule, addMember, addRecord, addRole, addShare, createWorkspace, signIn, type Workspace } from './world.ts';

// What only some roles may read: who reads and changes it, on which records, and where it leaves no trace.

const database = await useDatabase();
const { sql, tries, request } = database;
const { addMargin, set, values, custom, reads, knows } = customOf(database);

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

describe('a restricted field', () => {
	test('is known, read and changed by the roles it is open to and by admins, and to nobody else', async () => {
		const margin = await addMargin(home);
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
		const margin = await addMargin(home);
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
		// Nor does somebody who is an admin of both put a record of the one under a field of the other.
		await addMember(sql, home, 'admin', second.admin);
		for (const [org, record, field] of [
			[second.id, deal, own],
			[home.id, theirs, margin]
		] as const)
			expect((await insert(org, record, field)).error?.code).toBe('42501');
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
		const margin = await addMargin(home);
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
		const margin = await addMargin(home);
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
		await addMargin(home);
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
		await addMargin(home);
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
