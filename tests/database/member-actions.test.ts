import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { meetAtTheLock } from './races.ts';
import { addMember, addRecord, addRole, createWorkspace, enrolFactor, signIn, signUp, type Workspace } from './world.ts';

// Members removed with their records, workspaces handed over, roles that ask for a second factor.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

const remove = (caller: Caller, member: string, to: string | null = null, workspace = home) =>
	tries(caller, 'select public.remove_member($1, $2, $3) as given', [workspace.id, member, to]);
const transfer = (caller: Caller, to: string) => tries(caller, 'select public.transfer_workspace($1, $2)', [home.id, to]);
const isMember = async (user: string) =>
	(await sql`select from public.members where org_id = ${home.id} and user_id = ${user}`).length === 1;
const workspaceOwner = async () => (await sql`select owner_id from public.organizations where id = ${home.id}`)[0]?.owner_id;

describe('removing a member', () => {
	test('gives their records, trashed ones too, to whom the admin says, and no others', async () => {
		const leaver = await addMember(sql, home, 'sales');
		const heir = await addMember(sql, home, 'sales');
		const second = await createWorkspace(sql);
		await addMember(sql, second, 'sales', leaver);
		for (const table of recordTables) {
			await addRecord(sql, home, table, leaver);
			const trashed = await addRecord(sql, home, table, leaver);
			await sql.unsafe(`update public.${table} set deleted_at = now() where id = $1`, [trashed]);
			await addRecord(sql, home, table, home.admin);
			await addRecord(sql, second, table, leaver);
		}
		expect((await remove(home.admin, leaver, heir)).rows).toEqual([{ given: '6' }]);
		expect(await isMember(leaver)).toBe(false);
		for (const table of recordTables) {
			const owners = await sql.unsafe(
				`select org_id, owner_id, count(*)::int as n from public.${table} where org_id in ($1, $2) group by 1, 2`,
				[home.id, second.id]
			);
			expect(owners.map((row) => [row.org_id === home.id, row.owner_id, row.n])).toEqual(
				expect.arrayContaining([
					[true, heir, 2],
					[true, home.admin, 1],
					[false, leaver, 1]
				])
			);
			expect(owners).toHaveLength(3);
		}
	});

	test('is refused to roles without that right, to strangers, and for admins to all but admins', async () => {
		const member = await addMember(sql, home, 'sales');
		await addRole(sql, home, 'clerk', { delete: 'all' }, ['members']);
		const clerk = await addMember(sql, home, 'clerk');
		const admin = await addMember(sql, home, 'admin');
		expect((await remove(await addMember(sql, home, 'manager'), member)).error?.code).toBe('42501');
		expect((await remove(clerk, admin)).error?.code).toBe('42501');
		expect((await remove((await createWorkspace(sql)).admin, member)).error).toMatchObject({ hint: 'reference_not_found' });
		expect((await remove(home.admin, await signUp(sql))).error).toMatchObject({ hint: 'reference_not_found' });
		expect([await isMember(member), await isMember(admin)]).toEqual([true, true]);
		expect((await remove(clerk, member)).error).toBeUndefined();
		expect((await remove(home.admin, admin)).error).toBeUndefined();
		expect([await isMember(member), await isMember(admin)]).toEqual([false, false]);
	});

	test('is no way to somebody’s records for those who may not give records away', async () => {
		const member = await addMember(sql, home, 'sales');
		const deal = await addRecord(sql, home, 'deals', member);
		await addRole(sql, home, 'clerk', { delete: 'all' }, ['members']);
		const clerk = await addMember(sql, home, 'clerk');
		expect((await remove(clerk, member, clerk)).error).toMatchObject({ code: '42501', hint: 'may_not_assign' });
		expect(await isMember(member)).toBe(true);
		const hold = async (right: (resource: string) => string, scope: string) => {
			await sql`delete from public.role_permissions where role_id = ${home.roles.clerk ?? ''} and resource <> 'members'`;
			for (const resource of recordTables)
				await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
					values (${home.id}, ${home.roles.clerk ?? ''}, ${resource}, ${right(resource)}, ${scope})`;
		};
		for (const right of ['update', 'assign']) {
			await hold(() => right, 'team');
			expect((await remove(clerk, member, clerk)).error).toMatchObject({ hint: 'may_not_assign' });
		}
		await hold((resource) => (resource === 'deals' ? 'update' : 'assign'), 'all');
		expect((await remove(clerk, member, clerk)).rows).toEqual([{ given: '1' }]);
		expect(await sql`select owner_id from public.deals where id = ${deal}`).toEqual([{ owner_id: clerk }]);
	});

	test('gives to active members of the same workspace, and not to the one who goes', async () => {
		const member = await addMember(sql, home, 'sales');
		await addRecord(sql, home, 'deals', member);
		const suspended = await addMember(sql, home, 'sales');
		await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
		for (const to of [suspended, (await createWorkspace(sql)).admin])
			expect((await remove(home.admin, member, to)).error).toMatchObject({ hint: 'owner_not_active' });
		expect((await remove(home.admin, member, member)).error).toMatchObject({ hint: 'reassign_to_self' });
		expect(await isMember(member)).toBe(true);
	});

	test('by oneself is leaving, without choosing who takes over', async () => {
		const member = await addMember(sql, home, 'viewer');
		const other = await addMember(sql, home, 'viewer');
		expect((await remove(member, member, other)).error?.code).toBe('42501');
		expect((await remove(member, member)).error).toBeUndefined();
		expect(await isMember(member)).toBe(false);
		expect((await remove(home.admin, home.admin)).error).toMatchObject({ hint: 'last_admin' });
	});
});

describe('a workspace', () => {
	test('is handed over by its owner to another active admin, who then is beyond all others', async () => {
		const second = await addMember(sql, home, 'admin');
		const manager = await addMember(sql, home, 'manager');
		const suspended = await addMember(sql, home, 'admin');
		await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
		for (const to of [manager, suspended, await signUp(sql), (await createWorkspace(sql)).admin])
			expect((await transfer(home.admin, to)).error).toMatchObject({ hint: 'owner_not_admin' });
		for (const caller of [second, manager, await signUp(sql)]) expect((await transfer(caller, caller)).error?.code).toBe('42501');
		expect((await remove(second, home.admin)).error).toMatchObject({ hint: 'workspace_owner' });
		expect((await transfer(home.admin, second)).error).toBeUndefined();
		expect(await workspaceOwner()).toBe(second);
		expect((await remove(home.admin, second)).error).toMatchObject({ hint: 'workspace_owner' });
		expect((await transfer(home.admin, home.admin)).error?.code).toBe('42501');
		expect((await remove(second, home.admin)).error).toBeUndefined();
	});

	test('given to two people at once has one owner', async () => {
		const [second, third] = [await addMember(sql, home, 'admin'), await addMember(sql, home, 'admin')];
		const [first, other] = await meetAtTheLock(database, [
			[home.admin, 'select public.transfer_workspace($1, $2)', [home.id, second]],
			[home.admin, 'select public.transfer_workspace($1, $2)', [home.id, third]]
		]);
		expect([first.error, other.error?.code]).toEqual([undefined, '42501']);
		expect(await workspaceOwner()).toBe(second);
	});

	test('is not given to an admin who is demoted at the same moment, whoever comes first', async () => {
		const second = await addMember(sql, home, 'admin');
		const demote = 'update public.members set role_id = $2 where user_id = $1 returning id';
		const [given, demoted] = await meetAtTheLock(database, [
			[home.admin, 'select public.transfer_workspace($1, $2)', [home.id, second]],
			[home.admin, demote, [second, home.roles.viewer ?? '']]
		]);
		expect([given.error, demoted.error?.hint]).toEqual([undefined, 'workspace_owner']);
		const third = await addMember(sql, home, 'admin');
		const [gone, refused] = await meetAtTheLock(database, [
			[second, demote, [third, home.roles.viewer ?? '']],
			[second, 'select public.transfer_workspace($1, $2)', [home.id, third]]
		]);
		expect([gone.rows?.length, refused.error?.hint]).toEqual([1, 'owner_not_admin']);
	});

	test('has an owner whom nobody suspends or demotes, and who is no column to write', async () => {
		const second = await addMember(sql, home, 'admin');
		for (const [column, value] of Object.entries({ status: 'suspended', role_id: home.roles.viewer ?? '' }))
			expect((await tries(second, `update public.members set ${column} = $2 where user_id = $1`, [home.admin, value])).error).toMatchObject(
				{
					hint: 'workspace_owner'
				}
			);
		expect((await tries(second, 'update public.organizations set owner_id = $1', [second])).error?.code).toBe('42501');
	});
});

describe('a role that asks for a second factor', () => {
	const demand = (caller: Caller, role: string, required = true) =>
		tries(caller, 'update public.roles set second_factor_required = $2 where id = $1 returning id', [home.roles[role] ?? '', required]);

	test('is not made of one’s own without having one', async () => {
		const weak = await signIn(sql, home.admin);
		expect((await demand(weak, 'admin')).error).toMatchObject({ hint: 'would_lock_out' });
		expect((await demand(home.admin, 'admin')).error).toMatchObject({ hint: 'would_lock_out' });
		expect((await demand(weak, 'sales')).rows).toHaveLength(1);
		await enrolFactor(sql, home.admin);
		const strong = await signIn(sql, home.admin, { aal: 'aal2' });
		expect((await demand(strong, 'admin')).rows).toHaveLength(1);
		expect((await tries(weak, 'select id from public.organizations')).rows).toEqual([]);
		expect((await demand(strong, 'admin', false)).rows).toHaveLength(1);
	});

	test('is made of admins by admins only', async () => {
		await addRole(sql, home, 'keeper', { update: 'all' }, ['roles']);
		const keeper = await addMember(sql, home, 'keeper');
		expect((await demand(keeper, 'admin')).error?.code).toBe('42501');
		expect((await demand(keeper, 'sales')).rows).toHaveLength(1);
	});

	test('is the operator’s to make and to end as well', async () => {
		for (const required of [true, false])
			expect(
				await sql`update public.roles set second_factor_required = ${required} where id = ${home.roles.admin ?? ''} returning id`
			).toHaveLength(1);
	});
});

describe('my_workspaces', () => {
	const mine = async (caller: Caller) =>
		((await tries(caller, 'select id, role, is_owner, state from public.my_workspaces()')).rows ?? []).map((row) => [
			row.id,
			row.role,
			row.is_owner,
			row.state
		]);

	test('names every workspace of a person, and why one is closed', async () => {
		expect(await mine(home.admin)).toEqual([[home.id, 'Admin', true, 'open']]);
		const member = await addMember(sql, home, 'viewer');
		const state = async (caller: Caller = member) => (await mine(caller))[0]?.[3];
		expect(await mine(member)).toEqual([[home.id, 'Viewer', false, 'open']]);
		const young = await signIn(sql, member);
		const old = await signIn(sql, member, { hoursAgo: 9 });
		await sql`update public.organizations set session_hours = 8 where id = ${home.id}`;
		expect([await state(young), await state(old)]).toEqual(['open', 'session_too_old']);
		await sql`update public.roles set second_factor_required = true where id = ${home.roles.viewer ?? ''}`;
		expect([await state(young), await state(await signIn(sql, member, { aal: 'aal2' }))]).toEqual(['second_factor', 'open']);
		await sql`delete from auth.sessions where id = ${young.session_id}`;
		expect(await state(young)).toBe('session_ended');
		await sql`update public.members set status = 'suspended' where user_id = ${member}`;
		expect(await state(old)).toBe('suspended');
		await sql`update public.organizations set status = 'suspended' where id = ${home.id}`;
		expect(await state(old)).toBe('workspace_suspended');
		expect(await mine(await signUp(sql))).toEqual([]);
	});
});
