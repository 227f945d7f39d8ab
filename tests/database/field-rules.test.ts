import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addFieldRule, addMember, addRecord, addRole, addShare, addTeam, createWorkspace, type Workspace } from './world.ts';

// Fields that a role may not change: by whatever way its members try.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
let manager = '';

beforeEach(async () => {
	home = await createWorkspace(sql);
	manager = await addMember(sql, home, 'manager');
});

const rule = (resource: string, field: string, role = 'manager') => addFieldRule(sql, home, role, resource, field);
const ruled = (field: string) => ({ code: '42501', hint: 'field_ruled', detail: field });

describe.each(recordTables)('a rule on %s', (table) => {
	test('stops its role at that field and nowhere else, and stops no other role', async () => {
		const id = await addRecord(sql, home, table, manager);
		const change = (caller: string, value: string) =>
			tries(caller, `update public.${table} set description = $2 where id = $1 returning id`, [id, value]);
		await rule(table, 'description');
		expect((await change(manager, 'x')).error).toMatchObject(ruled('description'));
		expect((await change(home.admin, 'y')).rows).toHaveLength(1);
		// Stating what is there already changes nothing.
		expect((await change(manager, 'y')).rows).toHaveLength(1);
		expect((await tries(manager, `update public.${table} set custom = '{"a":1}' where id = $1 returning id`, [id])).rows).toHaveLength(1);
	});

	test('stops a statement over many rows if one of them is of this workspace, and none in another workspace', async () => {
		await rule(table, 'description');
		const second = await createWorkspace(sql);
		await addMember(sql, second, 'manager', manager);
		const here = await addRecord(sql, home, table, manager);
		const there = await addRecord(sql, second, table, manager);
		const change = (ids: string[]) =>
			tries(manager, `update public.${table} set description = 'x' where id = any ($1::uuid[]) returning id`, [ids]);
		expect((await change([there, here])).error).toMatchObject(ruled('description'));
		expect((await change([there])).rows).toHaveLength(1);
	});

	test('on the owner is not got round by assign_records, nor one on the trash by trash_records', async () => {
		const id = await addRecord(sql, home, table, manager);
		await rule(table, 'owner_id');
		await rule(table, 'deleted_at');
		expect((await tries(manager, 'select public.assign_records($1, array[$2::uuid], $3)', [table, id, home.admin])).error).toMatchObject(
			ruled('owner_id')
		);
		expect((await tries(manager, 'select public.trash_records($1, array[$2::uuid])', [table, id])).error).toMatchObject(
			ruled('deleted_at')
		);
		await sql.unsafe(`update public.${table} set deleted_at = now() where id = $1`, [id]);
		expect((await tries(manager, 'select public.restore_records($1, array[$2::uuid])', [table, id])).error).toMatchObject(
			ruled('deleted_at')
		);
	});

	test('on any field that clients write or functions set can be made, and on no other', async () => {
		const fields = await sql<{ name: string }[]>`
			select column_name as name from information_schema.column_privileges
			where table_schema = 'public' and table_name = ${table} and grantee = 'authenticated' and privilege_type = 'UPDATE'
			union select 'deleted_at' order by 1`;
		for (const { name } of fields.filter(({ name }) => name !== 'rank')) await rule(table, name);
		const wrong = ['rank', 'id', 'version', 'nonsense', table === 'contacts' ? 'name' : 'first_name'];
		for (const field of wrong) await expect(rule(table, field)).rejects.toMatchObject({ constraint_name: 'field_rules_field_known' });
	});
});

test('a rule on the stage stops every way to move a deal', async () => {
	const id = await addRecord(sql, home, 'deals', manager);
	await addRole(sql, home, 'mover', { read: 'all', create: 'all', update: 'all' });
	await sql`insert into public.role_permissions (org_id, role_id, resource, action) values (${home.id}, ${home.roles.mover ?? ''}, 'pipelines', 'update')`;
	const mover = await addMember(sql, home, 'mover');
	await rule('deals', 'stage_id', 'mover');
	expect((await tries(mover, 'update public.deals set stage_id = $2 where id = $1', [id, home.stage('Qualified')])).error).toMatchObject(
		ruled('stage_id')
	);
	expect((await tries(mover, 'select public.delete_stage($1, $2)', [home.stage('Lead'), home.stage('Qualified')])).error).toMatchObject(
		ruled('stage_id')
	);
	const upsert = `insert into public.deals (org_id, name, pipeline_id, stage_id) values ($1, 'x', $2, $3)
		on conflict (org_id, id) do update set stage_id = excluded.stage_id`;
	// A client cannot state an id, so an upsert is always an insert.
	expect((await tries(mover, upsert, [home.id, home.pipeline, home.stage('Qualified')])).error).toBeUndefined();
	expect(await sql`select stage_id from public.deals where id = ${id}`).toEqual([{ stage_id: home.stage('Lead') }]);
});

test('a rule on the close reason stops reopening, which would clear it', async () => {
	const id = await addRecord(sql, home, 'deals', manager, {
		stage_id: home.stage('Lost'),
		closed_on: '2026-01-01',
		close_reason: 'Price'
	});
	await rule('deals', 'close_reason');
	expect((await tries(manager, 'update public.deals set stage_id = $2 where id = $1', [id, home.stage('Lead')])).error).toMatchObject(
		ruled('close_reason')
	);
});

describe('what follows from something else is not the member’s doing', () => {
	test('a company or contact that is deleted leaves its deals and contacts', async () => {
		const company = await addRecord(sql, home, 'companies', manager);
		const contact = await addRecord(sql, home, 'contacts', manager, { company_id: company });
		const deal = await addRecord(sql, home, 'deals', manager, { company_id: company, contact_id: contact });
		for (const field of ['company_id', 'contact_id']) {
			await rule('deals', field);
			expect((await tries(manager, `update public.deals set ${field} = null where id = $1`, [deal])).error).toMatchObject(ruled(field));
		}
		await rule('contacts', 'company_id');
		for (const [table, id] of Object.entries({ companies: company, contacts: contact }))
			expect((await tries(manager, `delete from public.${table} where id = $1 returning id`, [id])).rows).toHaveLength(1);
		expect(await sql`select company_id, contact_id from public.deals where id = ${deal}`).toEqual([{ company_id: null, contact_id: null }]);
	});

	test('a member who is removed leaves their records', async () => {
		await addRole(sql, home, 'clerk', { delete: 'all' }, ['members']);
		const clerk = await addMember(sql, home, 'clerk');
		const deal = await addRecord(sql, home, 'deals', manager);
		await rule('deals', 'owner_id', 'clerk');
		expect((await tries(clerk, 'select public.remove_member($1, $2)', [home.id, manager])).error).toBeUndefined();
		expect(await sql`select owner_id from public.deals where id = ${deal}`).toEqual([{ owner_id: null }]);
	});
});

test('a share to edit does not lift a rule, and a new record is free of them', async () => {
	await addRole(sql, home, 'own', { read: 'own', create: 'own', update: 'own' });
	const guest = await addMember(sql, home, 'own');
	await rule('deals', 'amount', 'own');
	const id = await addRecord(sql, home, 'deals', manager);
	await addShare(sql, home, 'deals', id, { team: await addTeam(sql, home, [guest]), access: 'edit' });
	expect((await tries(guest, 'update public.deals set amount = 1 where id = $1', [id])).error).toMatchObject(ruled('amount'));
	const made = await tries(
		guest,
		"insert into public.deals (org_id, name, amount, pipeline_id, stage_id) values ($1, 'New', 7, $2, $3) returning id",
		[home.id, home.pipeline, home.stage('Lead')]
	);
	expect(made.rows).toHaveLength(1);
});

describe('rules are set', () => {
	const set = (caller: string, role: string, workspace = home) =>
		tries(caller, "insert into public.field_rules (org_id, role_id, resource, field) values ($1, $2, 'deals', 'amount') returning field", [
			workspace.id,
			workspace.roles[role] ?? ''
		]);
	const lift = (caller: string, role: string) =>
		tries(caller, 'delete from public.field_rules where role_id = $1 returning field', [home.roles[role] ?? '']);

	test('by admins, on every role but their own, and seen by every member', async () => {
		expect((await set(home.admin, 'sales')).rows).toHaveLength(1);
		expect((await set(home.admin, 'admin')).error?.code).toBe('42501');
		expect((await tries(manager, 'select field from public.field_rules')).rows).toEqual([{ field: 'amount' }]);
		expect((await set(manager, 'viewer')).error?.code).toBe('42501');
		expect((await lift(manager, 'sales')).rows).toEqual([]);
		expect((await lift(home.admin, 'sales')).rows).toHaveLength(1);
	});

	test('by whoever edits roles, but neither on their own role nor lifted from it', async () => {
		await addRole(sql, home, 'keeper', { create: 'all', update: 'all', delete: 'all' }, ['roles']);
		const keeper = await addMember(sql, home, 'keeper');
		expect((await set(keeper, 'viewer')).rows).toHaveLength(1);
		expect((await set(keeper, 'keeper')).error?.code).toBe('42501');
		expect((await set(keeper, 'admin')).error?.code).toBe('42501');
		await rule('deals', 'amount', 'keeper');
		expect((await lift(keeper, 'keeper')).rows).toEqual([]);
		expect((await lift(keeper, 'viewer')).rows).toHaveLength(1);
	});

	test('in no other workspace, and are not read there', async () => {
		const second = await createWorkspace(sql);
		expect((await set(home.admin, 'sales', second)).error?.code).toBe('42501');
		await rule('deals', 'amount');
		expect((await tries(second.admin, 'select field from public.field_rules')).rows).toEqual([]);
		expect((await tries(second.admin, 'delete from public.field_rules returning field')).rows).toEqual([]);
	});
});
