import { beforeEach, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addTeam, createWorkspace, requiredColumns, signUp, type Workspace } from './world.ts';

// Scopes where they are easy to get wrong: two workspaces at once, owners who change, members who leave.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

const ownerOf = async (table: string, id: string): Promise<string | null> => {
	const [row] = await sql.unsafe(`select owner_id from public.${table} where id = $1`, [id]);
	return row?.owner_id ?? null;
};

/** Gives a record another owner as a member does it: with a plain update. */
const patchOwner = (caller: string, table: string, id: string, owner: string | null) =>
	database.as(caller, (tx) =>
		attempt(tx, async (inner) => [
			...(await inner.unsafe(`update public.${table} set owner_id = $2 where id = $1 returning id`, [id, owner]))
		])
	);

const assign = (caller: string, table: string, ids: string[], owner: string | null) =>
	database.as(caller, (tx) =>
		attempt(tx, async (inner) => [...(await inner`select public.assign_records(${table}, ${ids}::uuid[], ${owner}::uuid) as id`)])
	);

describe('a teammate of one workspace', () => {
	test.each(recordTables)('shows nothing of %s in another workspace where both are members without a common team', async (table) => {
		const second = await createWorkspace(sql);
		for (const workspace of [home, second]) await addRole(sql, workspace, 'team player', { read: 'team', update: 'team', delete: 'team' });
		const me = await addMember(sql, home, 'team player');
		const mate = await addMember(sql, home, 'sales');
		await addMember(sql, second, 'team player', me);
		await addMember(sql, second, 'sales', mate);
		await addTeam(sql, home, [me, mate]);
		const here = await addRecord(sql, home, table, mate);
		const there = await addRecord(sql, second, table, mate);

		const visible = await database.as(me, (tx) => tx.unsafe(`select id from public.${table} where owner_id = $1`, [mate]));
		expect(visible.map(({ id }) => id)).toEqual([here]);
		const changed = await database.as(me, (tx) =>
			tx.unsafe(`update public.${table} set description = 'x' where owner_id = $1 returning id`, [mate])
		);
		expect(changed.map(({ id }) => id)).toEqual([here]);
		const deleted = await database.as(me, (tx) => tx.unsafe(`delete from public.${table} where owner_id = $1 returning id`, [mate]));
		expect(deleted.map(({ id }) => id)).toEqual([here]);
		expect(await ownerOf(table, there)).toBe(mate);
	});

	test('a right in one workspace is none in another', async () => {
		const second = await createWorkspace(sql);
		const me = await addMember(sql, home, 'manager');
		await addMember(sql, second, 'viewer', me);
		const deal = await addRecord(sql, second, 'deals', second.admin);
		const changed = await database.as(me, (tx) => tx`update public.deals set name = 'Mine' where id = ${deal} returning id`);
		expect(changed).toHaveLength(0);
	});
});

describe('records that nobody owns', () => {
	test.each(recordTables)('of %s may be claimed by a member whose update right is narrower, but not edited', async (table) => {
		const sales = await addMember(sql, home, 'sales');
		const id = await addRecord(sql, home, table, null);
		const edited = await database.as(sales, (tx) =>
			attempt(tx, async (inner) => [
				...(await inner.unsafe(`update public.${table} set description = 'x' where id = $1 returning id`, [id]))
			])
		);
		expect(edited.error?.code).toBe('42501');
		expect((await patchOwner(sales, table, id, sales)).rows).toHaveLength(1);
		expect(await ownerOf(table, id)).toBe(sales);
	});

	test('stay unclaimed by a viewer', async () => {
		const viewer = await addMember(sql, home, 'viewer');
		const id = await addRecord(sql, home, 'deals', null);
		expect((await patchOwner(viewer, 'deals', id, viewer)).rows).toEqual([]);
		expect((await assign(viewer, 'deals', [id], viewer)).rows).toEqual([]);
		expect(await ownerOf('deals', id)).toBeNull();
	});

	test('are not made by a member who creates within the team only', async () => {
		const sales = await addMember(sql, home, 'sales');
		const made = await database.as(sales, (tx) =>
			attempt(tx, async (inner) => [
				...(await inner`insert into public.companies ${inner({ org_id: home.id, name: 'Nobody’s', owner_id: null })} returning id`)
			])
		);
		expect(made.error?.code).toBe('42501');
	});
});

describe('giving a record away', () => {
	test('goes to a teammate but not further for sales', async () => {
		const sales = await addMember(sql, home, 'sales');
		const mate = await addMember(sql, home, 'sales');
		const other = await addMember(sql, home, 'sales');
		await addTeam(sql, home, [sales, mate]);
		const id = await addRecord(sql, home, 'deals', sales);
		expect((await patchOwner(sales, 'deals', id, other)).error?.code).toBe('42501');
		expect((await patchOwner(sales, 'deals', id, null)).error?.code).toBe('42501');
		expect((await assign(sales, 'deals', [id], other)).rows).toEqual([]);
		expect((await patchOwner(sales, 'deals', id, mate)).rows).toHaveLength(1);
		expect(await ownerOf('deals', id)).toBe(mate);
	});

	test('goes to anybody with the right to assign, even by a member who then no longer sees it', async () => {
		await addRole(sql, home, 'hands over', { read: 'own', create: 'own', update: 'own', assign: 'all' });
		const me = await addMember(sql, home, 'hands over');
		const other = await addMember(sql, home, 'sales');
		const [first, second] = [await addRecord(sql, home, 'deals', me), await addRecord(sql, home, 'deals', me)];
		// The policies alone cannot: Postgres wants the changed row to be readable.
		expect((await patchOwner(me, 'deals', first, other)).error?.code).toBe('42501');
		expect((await assign(me, 'deals', [first, second], other)).rows).toHaveLength(2);
		expect(await ownerOf('deals', first)).toBe(other);
		expect(await database.as(me, (tx) => tx`select id from public.deals`)).toHaveLength(0);
	});

	test.each(recordTables)('of %s stays within the team for a right to assign that does', async (table) => {
		await addRole(sql, home, 'hands on', { read: 'all', update: 'own', assign: 'team' });
		const me = await addMember(sql, home, 'hands on');
		const mate = await addMember(sql, home, 'sales');
		const other = await addMember(sql, home, 'sales');
		await addTeam(sql, home, [me, mate]);
		const id = await addRecord(sql, home, table, me);
		expect((await patchOwner(me, table, id, other)).error?.code).toBe('42501');
		expect((await patchOwner(me, table, id, mate)).rows).toHaveLength(1);
		expect(await ownerOf(table, id)).toBe(mate);
	});

	test('never reaches records outside the update scope', async () => {
		await addRole(sql, home, 'hands over', { read: 'all', update: 'own', assign: 'all' });
		const me = await addMember(sql, home, 'hands over');
		const id = await addRecord(sql, home, 'deals', home.admin);
		expect((await assign(me, 'deals', [id], me)).rows).toEqual([]);
		expect(await ownerOf('deals', id)).toBe(home.admin);
	});

	test.each(recordTables)('of %s refuses an owner who is suspended, a stranger or unknown, all alike', async (table) => {
		const suspended = await addMember(sql, home, 'sales');
		await sql`update public.members set status = 'suspended' where org_id = ${home.id} and user_id = ${suspended}`;
		const id = await addRecord(sql, home, table, home.admin);
		const stranger = await signUp(sql);
		const answers = [];
		for (const owner of [suspended, stranger, '00000000-0000-7000-8000-00000000dead'])
			answers.push(await patchOwner(home.admin, table, id, owner));
		expect(answers[0]?.error).toMatchObject({ code: '23503', hint: 'owner_not_active', detail: 'owner_id' });
		expect(answers[1]).toEqual(answers[0]);
		expect(answers[2]).toEqual(answers[0]);
	});
});

describe('members who leave', () => {
	test('see nothing once suspended, and everything again when reinstated', async () => {
		const manager = await addMember(sql, home, 'manager');
		await addRecord(sql, home, 'deals', manager);
		const count = async () => (await database.as(manager, (tx) => tx`select id from public.deals`)).length;
		expect(await count()).toBe(1);
		await sql`update public.members set status = 'suspended' where user_id = ${manager}`;
		expect(await count()).toBe(0);
		expect(await database.as(manager, (tx) => tx`select id from public.organizations`)).toHaveLength(0);
		expect(await database.as(manager, (tx) => tx`select * from public.my_access(${home.id})`)).toHaveLength(0);
		await sql`update public.members set status = 'active' where user_id = ${manager}`;
		expect(await count()).toBe(1);
	});

	test.each(recordTables)('leave their %s unowned when removed', async (table) => {
		const sales = await addMember(sql, home, 'sales');
		const id = await addRecord(sql, home, table, sales);
		await sql`delete from public.members where user_id = ${sales}`;
		const [row] = await sql.unsafe(`select org_id, owner_id, version from public.${table} where id = $1`, [id]);
		expect(row).toEqual({ org_id: home.id, owner_id: null, version: 2 });
	});

	test('of a suspended workspace see nothing of it', async () => {
		await addRecord(sql, home, 'deals', home.admin);
		await sql`update public.organizations set status = 'suspended' where id = ${home.id}`;
		for (const table of ['organizations', 'deals', 'members', 'stages', 'role_permissions'])
			expect(await database.as(home.admin, (tx) => tx.unsafe(`select * from public.${table}`))).toHaveLength(0);
		const made = await database.as(home.admin, (tx) =>
			attempt(tx, async (inner) => [...(await inner`insert into public.companies (org_id, name) values (${home.id}, 'X')`)])
		);
		expect(made.error?.code).toBe('42501');
	});
});

test('a deal’s way through the stages is seen by those who see the deal', async () => {
	await addRole(sql, home, 'own only', { read: 'own' });
	const me = await addMember(sql, home, 'own only');
	const mine = await addRecord(sql, home, 'deals', me);
	await addRecord(sql, home, 'deals', home.admin);
	const seen = await database.as(me, (tx) => tx`select deal_id from public.deal_stage_changes`);
	expect(seen.map((row) => row.deal_id)).toEqual([mine]);
	expect(await database.as(home.admin, (tx) => tx`select deal_id from public.deal_stage_changes`)).toHaveLength(2);
	const outsider = await signUp(sql);
	expect(await database.as(outsider, (tx) => tx`select deal_id from public.deal_stage_changes`)).toHaveLength(0);
	const forged = await database.as(home.admin, (tx) =>
		attempt(tx, async (inner) => [...(await inner`delete from public.deal_stage_changes returning id`)])
	);
	expect(forged.error?.code).toBe('42501');
});

test('a record made without returning it needs only the right to create', async () => {
	await addRole(sql, home, 'drop box', { create: 'all' });
	const me = await addMember(sql, home, 'drop box');
	const row = { org_id: home.id, ...requiredColumns(home, 'companies', 'Dropped') };
	const made = await database.as(me, (tx) => attempt(tx, async (inner) => [...(await inner`insert into public.companies ${inner(row)}`)]));
	expect(made.error).toBeUndefined();
	expect(await sql`select owner_id, created_by from public.companies where name = 'Dropped'`).toEqual([{ owner_id: me, created_by: me }]);
});
