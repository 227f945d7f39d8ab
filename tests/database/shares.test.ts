import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, type Workspace } from './world.ts';

// One record shown to one person or team: how far it goes, who may give it, how it ends, and what it is not.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
let owner = '';
let guest = '';

beforeEach(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own', create: 'own', update: 'own', delete: 'own' });
	await addRole(sql, home, 'reader', { read: 'own' });
	owner = await addMember(sql, home, 'own');
	guest = await addMember(sql, home, 'own');
});

const reads = async (caller: string, table: string, id: string) =>
	(await tries(caller, `select id from public.${table} where id = $1`, [id])).rows?.length === 1;
const edits = async (caller: string, table: string, id: string) =>
	(await tries(caller, `update public.${table} set description = 'by ' || $2::text where id = $1 returning id`, [id, caller])).rows
		?.length === 1;
const share = (caller: string, table: string, record: string, user: string | null, access = 'read', team: string | null = null) =>
	tries(
		caller,
		'insert into public.shares (org_id, resource, record_id, user_id, team_id, access) values ($1, $2, $3, $4, $5, $6) returning id',
		[home.id, table, record, user, team, access]
	);
const give = (caller: string, table: string, id: string, to: string | null) =>
	tries(caller, `update public.${table} set owner_id = $2 where id = $1 returning id`, [id, to]);

describe.each(recordTables)('a share of %s', (table) => {
	test('shows the one record to the one person, and ends with it', async () => {
		const shown = await addRecord(sql, home, table, owner);
		const other = await addRecord(sql, home, table, owner);
		const bystander = await addMember(sql, home, 'own');
		expect(await reads(guest, table, shown)).toBe(false);
		const { rows } = await share(owner, table, shown, guest);
		expect(rows).toHaveLength(1);
		expect([await reads(guest, table, shown), await reads(guest, table, other), await reads(bystander, table, shown)]).toEqual([
			true,
			false,
			false
		]);
		expect(await edits(guest, table, shown)).toBe(false);
		const ended = await tries(owner, 'delete from public.shares where id = $1 returning id', [rows?.[0]?.id]);
		expect(ended.rows).toHaveLength(1);
		expect(await reads(guest, table, shown)).toBe(false);
	});

	test('to edit lets a person change it, neither delete nor trash it nor hand it on', async () => {
		const id = await addRecord(sql, home, table, owner);
		await addShare(sql, home, table, id, { user: guest, access: 'edit' });
		expect(await edits(guest, table, id)).toBe(true);
		expect((await tries(guest, `delete from public.${table} where id = $1 returning id`, [id])).rows).toEqual([]);
		expect((await tries(guest, 'select public.trash_records($1, array[$2::uuid])', [table, id])).rows).toEqual([]);
		const third = await addMember(sql, home, 'own');
		expect((await share(guest, table, id, third)).error?.code).toBe('42501');
		for (const to of [guest, third, null]) {
			expect((await give(guest, table, id, to)).error).toMatchObject({ code: '42501', hint: 'shared_owner' });
			expect((await tries(guest, 'select public.assign_records($1, array[$2::uuid], $3)', [table, id, to])).rows).toEqual([]);
		}
	});

	test('to edit opens nothing for a role that edits nothing', async () => {
		const reader = await addMember(sql, home, 'reader');
		const id = await addRecord(sql, home, table, owner);
		await addShare(sql, home, table, id, { user: reader, access: 'edit' });
		expect([await reads(reader, table, id), await edits(reader, table, id)]).toEqual([true, false]);
	});

	test('with a team goes to whoever is in it at that moment', async () => {
		const id = await addRecord(sql, home, table, owner);
		const team = await addTeam(sql, home, [guest]);
		await addShare(sql, home, table, id, { team, access: 'edit' });
		expect([await reads(guest, table, id), await edits(guest, table, id)]).toEqual([true, true]);
		await sql`delete from public.team_members where team_id = ${team} and user_id = ${guest}`;
		expect([await reads(guest, table, id), await edits(guest, table, id)]).toEqual([false, false]);
	});

	test('with an end is over when it has come', async () => {
		const id = await addRecord(sql, home, table, owner);
		const running = await addShare(sql, home, table, id, { user: guest, access: 'edit', expired: false });
		expect(await edits(guest, table, id)).toBe(true);
		const moved = await tries(owner, "update public.shares set expires_at = now() - interval '1 second' where id = $1 returning id", [
			running
		]);
		expect(moved.rows).toHaveLength(1);
		expect([await reads(guest, table, id), await edits(guest, table, id)]).toEqual([false, false]);
	});

	test('is gone with the record', async () => {
		const id = await addRecord(sql, home, table, owner);
		await addShare(sql, home, table, id, { user: guest });
		const kept = await addShare(sql, home, table, await addRecord(sql, home, table, owner), { user: guest });
		expect((await tries(owner, `delete from public.${table} where id = $1 returning id`, [id])).rows).toHaveLength(1);
		expect(await sql`select id from public.shares where org_id = ${home.id}`).toEqual([{ id: kept }]);
	});

	test('does not let an owner give a record beyond what their role may assign, not even a share with themselves', async () => {
		const id = await addRecord(sql, home, table, owner);
		expect((await give(owner, table, id, guest)).error?.code).toBe('42501');
		expect((await share(owner, table, id, owner, 'edit')).rows).toHaveLength(1);
		expect((await give(owner, table, id, guest)).error?.code).toBe('42501');
		expect((await give(owner, table, id, null)).error?.code).toBe('42501');
	});

	test('takes nothing from an owner whose role may give the record away', async () => {
		await addRole(sql, home, 'giver', { read: 'all', update: 'own', assign: 'all' });
		await addRole(sql, home, 'team giver', { read: 'all', update: 'own', assign: 'team' });
		await addRole(sql, home, 'team editor', { read: 'all', update: 'team' });
		for (const role of ['giver', 'team giver', 'team editor', 'manager']) {
			const me = await addMember(sql, home, role);
			const mate = await addMember(sql, home, 'own');
			await addTeam(sql, home, [me, mate]);
			const id = await addRecord(sql, home, table, me);
			await addShare(sql, home, table, id, { user: me, access: 'edit' });
			const far = await give(me, table, id, guest);
			expect([role, far.error?.code]).toEqual([role, role.startsWith('team') ? '42501' : undefined]);
			if (far.error) expect((await give(me, table, id, mate)).rows).toHaveLength(1);
		}
	});

	test('of what nobody owns lets a person claim it, for themselves only', async () => {
		const id = await addRecord(sql, home, table, null);
		await addShare(sql, home, table, id, { user: guest, access: 'edit' });
		expect((await give(guest, table, id, owner)).error?.code).toBe('42501');
		expect((await give(guest, table, id, guest)).rows).toHaveLength(1);
	});
});

describe('nobody shares', () => {
	test('what they may only read', async () => {
		const viewer = await addMember(sql, home, 'viewer');
		const id = await addRecord(sql, home, 'deals', owner);
		expect((await share(viewer, 'deals', id, guest)).error?.code).toBe('42501');
	});

	test('what they may change but not see', async () => {
		await addRole(sql, home, 'blind', { read: 'own', update: 'all' });
		const blind = await addMember(sql, home, 'blind');
		const id = await addRecord(sql, home, 'deals', owner);
		expect((await share(blind, 'deals', id, blind)).error?.code).toBe('42501');
	});

	test('what is elsewhere, with people from elsewhere, or in the name of another workspace', async () => {
		const second = await createWorkspace(sql);
		const theirs = await addRecord(sql, second, 'deals', second.admin);
		expect((await share(home.admin, 'deals', theirs, guest)).error?.code).toBe('42501');
		const ours = await addRecord(sql, home, 'deals', owner);
		expect((await share(home.admin, 'deals', ours, second.admin)).error?.code).toBe('23503');
		const team = await addTeam(sql, second, [second.admin]);
		expect((await share(home.admin, 'deals', ours, null, 'read', team)).error?.code).toBe('23503');
		// A member of both, whose rights in one must not reach into the other.
		const both = await addMember(sql, second, 'viewer', home.admin);
		expect((await share(both, 'deals', theirs, both)).error?.code).toBe('42501');
		const forged = await tries(home.admin, 'insert into public.shares (org_id, resource, record_id, user_id) values ($1, $2, $3, $4)', [
			second.id,
			'deals',
			ours,
			second.admin
		]);
		expect(forged.error?.code).toBe('42501');
	});

	test('what is no record, with nobody, or with two at once', async () => {
		const id = await addRecord(sql, home, 'deals', owner);
		expect((await share(owner, 'members', id, guest)).error?.code).toBe('42501');
		expect((await tries(owner, "select public.may_share('members', $1) as may", [id])).rows).toEqual([{ may: false }]);
		expect((await share(owner, 'deals', id, null)).error?.constraint).toBe('shares_with_one');
		const team = await addTeam(sql, home, [guest]);
		expect((await share(owner, 'deals', id, guest, 'read', team)).error?.constraint).toBe('shares_with_one');
	});
});

describe('the list of shares', () => {
	test('of a record is seen by those who see it, and changed by those who may change it by their role', async () => {
		const id = await addRecord(sql, home, 'deals', owner);
		const made = await addShare(sql, home, 'deals', id, { user: guest, access: 'edit' });
		const bystander = await addMember(sql, home, 'own');
		const seen = async (caller: string) => (await tries(caller, 'select id from public.shares')).rows?.map((row) => row.id);
		expect([await seen(owner), await seen(guest), await seen(bystander)]).toEqual([[made], [made], []]);
		for (const statement of ["update public.shares set expires_at = null, access = 'edit'", 'delete from public.shares']) {
			expect((await tries(guest, `${statement} where id = $1 returning id`, [made])).rows).toEqual([]);
			expect((await tries(bystander, `${statement} where id = $1 returning id`, [made])).rows).toEqual([]);
		}
		for (const column of ['record_id', 'user_id', 'resource', 'org_id'])
			expect((await tries(owner, `update public.shares set ${column} = ${column} where id = $1`, [made])).error?.code).toBe('42501');
	});

	test('holds nothing for a person who is suspended or was removed', async () => {
		const id = await addRecord(sql, home, 'deals', owner);
		await addShare(sql, home, 'deals', id, { user: guest });
		await sql`update public.members set status = 'suspended' where user_id = ${guest}`;
		expect(await reads(guest, 'deals', id)).toBe(false);
		await sql`delete from public.members where user_id = ${guest}`;
		expect(await sql`select id from public.shares where org_id = ${home.id}`).toEqual([]);
	});
});

test('a shared deal stands on the board, in the totals, the lists and the search, like any other that is readable', async () => {
	const id = await addRecord(sql, home, 'deals', owner, { name: 'Shared deal', amount: 5 });
	await addShare(sql, home, 'deals', id, { user: guest });
	const first = async (text: string) => (await tries(guest, text, [home.id])).rows;
	expect(await first('select id from public.newest_deals($1)')).toEqual([{ id }]);
	expect(await first("select id from public.search_records($1, 'Shared')")).toEqual([{ id }]);
	expect(await first(`select id from public.board_deal_ids($1, '${home.pipeline}')`)).toEqual([{ id }]);
	expect(await first(`select deals, amount_minor from public.board_totals($1, '${home.pipeline}')`)).toEqual([
		{ deals: '1', amount_minor: '500' }
	]);
	const [way] = await sql`select count(*)::int as n from public.deal_stage_changes where deal_id = ${id}`;
	expect(await first('select count(*)::int as n from public.deal_stage_changes where org_id = $1')).toEqual([way]);
});

test('whoever is shared with learns when the first of their shares of a record runs out, and of nobody else’s', async () => {
	const id = await addRecord(sql, home, 'deals', owner);
	const other = await addMember(sql, home, 'own');
	const team = await addTeam(sql, home, [guest]);
	const ends = async () => (await tries(guest, 'select record_id, may_edit, ends_at from public.shared_with_me($1)', [home.id])).rows;
	await addShare(sql, home, 'deals', id, { user: other, expired: false });
	expect(await ends()).toEqual([]);
	const lasting = await addShare(sql, home, 'deals', id, { user: guest });
	expect(await ends()).toEqual([{ record_id: id, may_edit: false, ends_at: null }]);
	const brief = await addShare(sql, home, 'deals', id, { team, access: 'edit', expired: false });
	const [{ at } = { at: null }] = await sql`select expires_at as at from public.shares where id = ${brief}`;
	expect(await ends()).toEqual([{ record_id: id, may_edit: true, ends_at: at }]);
	await sql`update public.shares set expires_at = now() + interval '1 minute' where id = ${lasting}`;
	expect((await ends())?.[0]?.ends_at.getTime()).toBeLessThan(at.getTime());
	await sql`update public.shares set expires_at = now() - interval '1 second' where id = ${brief}`;
	const [{ left } = { left: null }] = await sql`select expires_at as left from public.shares where id = ${lasting}`;
	expect(await ends()).toEqual([{ record_id: id, may_edit: false, ends_at: left }]);
	await sql`update public.shares set expires_at = now() where id = ${lasting}`;
	expect(await ends()).toEqual([]);
});
