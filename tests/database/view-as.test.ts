import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, createWorkspace, type Session, signIn, type Workspace } from './world.ts';

// An admin sees the app as a member: what that member sees, nothing else, and only sees it.

const database = await useDatabase();
const { sql, tries, request } = database;

let home: Workspace;
let member = '';
let admin: Session;

beforeEach(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own', create: 'own', update: 'own', delete: 'own' });
	member = await addMember(sql, home, 'own');
	admin = await signIn(sql, home.admin);
});

const begin = (caller: Caller, whom = member, workspace = home) =>
	tries(caller, 'select public.begin_view_as($1, $2, $3) as id', [workspace.id, whom, 'A question of theirs']);
const viewOf = async (caller: Caller = admin, whom = member): Promise<string> => (await begin(caller, whom)).rows?.[0]?.id;
const through = (view: string, text: string, values: string[] = [], caller: Caller = admin) =>
	request(caller, text, values, { headers: { 'x-view-as': view } });
const ended = { code: 'PT403', hint: 'view_ended' };

describe('a view', () => {
	test.each(recordTables)('shows of %s what the member sees, in this workspace only', async (table) => {
		const mine = await addRecord(sql, home, table, member);
		await addRecord(sql, home, table, home.admin);
		const second = await createWorkspace(sql, member);
		await addRecord(sql, second, table, member);
		const view = await viewOf();
		expect((await through(view, `select id from public.${table}`)).rows).toEqual([{ id: mine }]);
		expect((await through(view, `select id from public.newest_${table}($1)`, [second.id])).rows).toEqual([]);
		expect((await through(view, 'select id from public.organizations')).rows).toEqual([{ id: home.id }]);
		expect((await through(view, 'select id from public.my_workspaces()')).rows).toEqual([{ id: home.id }]);
		expect((await through(view, 'select * from public.who_am_i()')).rows).toEqual([{ actor: member, view_org: home.id }]);
		expect((await request(admin, `select id from public.${table}`)).rows).toHaveLength(2);
	});

	test('changes nothing, by statement or by function', async () => {
		const deal = await addRecord(sql, home, 'deals', member);
		const view = await viewOf();
		const writes: [string, string[]][] = [
			["update public.deals set name = 'x' where id = $1", [deal]],
			['delete from public.deals where id = $1', [deal]],
			["insert into public.companies (org_id, name) values ($1, 'x')", [home.id]],
			["select public.trash_records('deals', array[$1::uuid])", [deal]],
			["select public.assign_records('deals', array[$1::uuid], null)", [deal]],
			['select public.remove_member($1, $2)', [home.id, member]],
			["select public.create_workspace('x')", []],
			["update public.profiles set full_name = 'x'", []]
		];
		for (const [text, values] of writes) expect((await through(view, text, values)).error?.code, text).toBe('25006');
		const before = await sql`select version from public.deals where id = ${deal}`;
		expect(before).toEqual([{ version: 1 }]);
	});

	test('neither opens another, nor tells of the member’s preferences, sessions and codes', async () => {
		await signIn(sql, member);
		await sql`insert into public.preferences (user_id) values (${member})`;
		const view = await viewOf();
		expect((await through(view, 'select user_id from public.preferences')).rows).toEqual([]);
		expect((await through(view, 'select * from public.list_sessions()')).error?.code).toBe('42501');
		const viewing = { ...admin, use: 'view', actor: member, view_org: home.id };
		expect((await begin(viewing, home.admin)).error?.code).toBe('42501');
	});

	test('of another admin opens no view of a third', async () => {
		const boss = await addMember(sql, home, 'admin');
		const viewing = { ...admin, use: 'view', actor: boss, view_org: home.id };
		expect((await begin(viewing, member)).error?.code).toBe('42501');
	});

	test('listens like the member and is not present', async () => {
		const view = await viewOf();
		expect(view).toBeDefined();
		const listening = { use: 'realtime', actor: member, view_org: home.id, session_id: admin.session_id };
		const joins = async (topic: string) => (await tries(listening, 'select private.may_join($1) as yes', [topic])).rows?.[0]?.yes;
		expect([await joins(`member:${home.id}:${member}`), await joins(`org:${home.id}`)]).toEqual([true, false]);
		const show = await database.rehearse(listening, async (tx) => {
			const topic = `member:${home.id}:${member}`;
			await tx`select set_config('realtime.topic', ${topic}, true)`;
			return tx`insert into realtime.messages (topic, extension, private) values (${topic}, 'presence', true)`.catch(
				(error: unknown) => error
			);
		});
		expect(show).toMatchObject({ code: '42501' });
	});

	test('is logged for admins and for whom it showed, and nobody edits the log', async () => {
		const view = await viewOf();
		const log = (caller: Caller) => tries(caller, 'select id, viewer_id, member_id, reason from public.member_views');
		const entry = [{ id: view, viewer_id: home.admin, member_id: member, reason: 'A question of theirs' }];
		expect((await log(home.admin)).rows).toEqual(entry);
		expect((await log(member)).rows).toEqual(entry);
		expect((await log(await addMember(sql, home, 'manager'))).rows).toEqual([]);
		expect((await log((await createWorkspace(sql)).admin)).rows).toEqual([]);
		for (const text of [
			'delete from public.member_views',
			'update public.member_views set ended_at = null',
			'select session_id from public.member_views'
		])
			expect((await tries(home.admin, text)).error?.code, text).toBe('42501');
		// The member left: the log of their own time is closed to them.
		await sql`delete from public.members where org_id = ${home.id} and user_id = ${member}`;
		expect((await log(member)).rows).toEqual([]);
	});
});

describe('no view is begun', () => {
	test('by anybody but an admin with a session, or of anybody but another active member', async () => {
		const manager = await signIn(sql, await addMember(sql, home, 'manager'));
		const stranger = await signIn(sql, (await createWorkspace(sql)).admin);
		for (const caller of [manager, stranger, home.admin, null]) expect((await begin(caller)).error?.code).toBe('42501');
		const suspended = await addMember(sql, home, 'own');
		await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
		for (const whom of [home.admin, suspended, stranger.sub])
			expect((await begin(admin, whom)).error).toMatchObject({ hint: 'not_a_member' });
		expect(await sql`select from public.member_views where org_id = ${home.id}`).toHaveLength(0);
	});
});

test('thirty views are begun within an hour and no more, so that the log stays readable', async () => {
	for (let n = 0; n < 30; n++) expect((await begin(admin)).error).toBeUndefined();
	expect((await begin(admin)).error).toMatchObject({ code: 'P0001', hint: 'too_many_views' });
	const boss = await signIn(sql, await addMember(sql, home, 'admin'));
	expect((await begin(boss)).rows).toHaveLength(1);
	await sql`update public.member_views set created_at = now() - interval '61 minutes' where viewer_id = ${home.admin}`;
	expect((await begin(admin)).rows).toHaveLength(1);
});

describe('a view is refused', () => {
	test('when it is made up, of another admin, of another session, or carried by the wrong token', async () => {
		const view = await viewOf();
		const boss = await signIn(sql, await addMember(sql, home, 'admin'));
		const elsewhere = await signIn(sql, home.admin);
		for (const caller of [boss, elsewhere, home.admin, await signIn(sql, member), null])
			expect((await through(view, 'select 1', [], caller)).error).toMatchObject(ended);
		for (const made of ['', 'x', '00000000-0000-7000-8000-00000000dead', `${view}' or true --`])
			expect((await through(made, 'select 1')).error).toMatchObject(ended);
		expect((await through(view, 'select 1 as one')).rows).toEqual([{ one: 1 }]);
		const forged = { ...admin, use: 'view', actor: member, view_org: home.id };
		expect((await request(forged, 'select 1')).error).toMatchObject({ code: 'PT403', hint: 'realtime_token' });
	});

	test('once ended, by its admin only', async () => {
		const view = await viewOf();
		await tries(member, 'select public.end_view_as($1)', [view]);
		expect((await through(view, 'select 1 as one')).rows).toHaveLength(1);
		await tries(admin, 'select public.end_view_as($1)', [view]);
		expect((await through(view, 'select 1')).error).toMatchObject(ended);
		const [row] = await sql`select ended_at is not null as over from public.member_views where id = ${view}`;
		expect(row).toEqual({ over: true });
	});

	test('past its half hour', async () => {
		const view = await viewOf();
		await sql`update public.member_views set expires_at = now() where id = ${view}`;
		expect((await through(view, 'select 1')).error).toMatchObject(ended);
	});

	test('when its admin is demoted, suspended or signed out, or the workspace is closed', async () => {
		const boss = await signIn(sql, await addMember(sql, home, 'admin'));
		const view = await viewOf(boss);
		const set = (column: string, value: string) => sql`update public.members set ${sql({ [column]: value })} where user_id = ${boss.sub}`;
		const state = async () => (await through(view, 'select 1 as one', [], boss)).error?.hint;
		expect(await state()).toBeUndefined();
		await set('role_id', home.roles.manager ?? '');
		expect(await state()).toBe('view_ended');
		await set('role_id', home.roles.admin ?? '');
		await set('status', 'suspended');
		expect(await state()).toBe('view_ended');
		await set('status', 'active');
		await sql`update public.organizations set status = 'suspended' where id = ${home.id}`;
		expect(await state()).toBe('view_ended');
		await sql`update public.organizations set status = 'active' where id = ${home.id}`;
		expect(await state()).toBeUndefined();
		await sql`delete from auth.sessions where id = ${boss.session_id}`;
		expect(await state()).toBe('session_ended');
	});

	test('when the workspace begins to ask for more than its admin’s session has', async () => {
		const view = await viewOf();
		await sql`update public.organizations set second_factor_required = true where id = ${home.id}`;
		expect((await through(view, 'select 1')).error).toMatchObject(ended);
		const strong = await signIn(sql, home.admin, { aal: 'aal2' });
		const another = await viewOf(strong);
		// The member's own factor is not asked for: the admin's session met the demand.
		expect((await through(another, 'select id from public.organizations', [], strong)).rows).toHaveLength(1);
	});

	test('not because the member’s role asks for a factor that the admin’s does not', async () => {
		const view = await viewOf();
		await sql`update public.roles set second_factor_required = true where id = ${home.roles.own ?? ''}`;
		expect((await through(view, 'select id from public.organizations')).rows).toEqual([{ id: home.id }]);
	});

	test('and shows nothing any more when the member is suspended or gone', async () => {
		await addRecord(sql, home, 'deals', member);
		const view = await viewOf();
		await sql`update public.members set status = 'suspended' where user_id = ${member}`;
		expect((await through(view, 'select id from public.deals')).rows).toEqual([]);
		expect((await through(view, 'select id from public.organizations')).rows).toEqual([]);
	});
});
