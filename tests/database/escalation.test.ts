import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { addMember, addRole, addTeam, createWorkspace, signUp, type Workspace } from './world.ts';

// People who hold some right over members or roles and want more: to become an admin, or to pull others into a workspace of theirs.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let lair: Workspace;
let victim = '';
const holders: Record<string, string> = {};

beforeAll(async () => {
	home = await createWorkspace(sql);
	for (const resource of ['members', 'roles'])
		await addRole(sql, home, `keeper of ${resource}`, { create: 'all', update: 'all', delete: 'all' }, [resource]);
	await addRole(sql, home, 'keeper of teams', { update: 'all' }, ['teams']);
	await addRole(sql, home, 'keeper of the workspace', { update: 'all' }, ['organizations']);
	for (const resource of ['members', 'roles']) holders[resource] = await addMember(sql, home, `keeper of ${resource}`);
	victim = await addMember(sql, home, 'sales');
	// A workspace that a viewer of home has made.
	const viewer = await signUp(sql, 'Viewer');
	await addMember(sql, home, 'viewer', viewer);
	lair = await createWorkspace(sql);
	await addMember(sql, lair, 'admin', viewer);
	holders.viewer = viewer;
});

const tries = (caller: string | undefined, text: string, values: (string | null)[]) =>
	database.rehearse(caller ?? '', (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]));

describe('the right to edit members', () => {
	test('makes nobody an admin, least of all its holder', async () => {
		for (const user of [holders.members ?? '', victim]) {
			const outcome = await tries(
				holders.members,
				'update public.members set role_id = $2 where org_id = $3 and user_id = $1 returning id',
				[user, home.roles.admin ?? '', home.id]
			);
			expect(outcome.error?.code ?? outcome.rows).toEqual(user === victim ? '42501' : []);
		}
	});

	const beyond = ['admin', 'keeper of roles', 'keeper of teams', 'keeper of the workspace'];
	const within = ['manager', 'viewer', 'keeper of members'];

	test('gives nobody a right over people, roles, teams or the workspace that its holder lacks', async () => {
		const given = async (caller: string | undefined, role: string) =>
			(
				await tries(caller, 'update public.members set role_id = $2 where org_id = $3 and user_id = $1 returning id', [
					victim,
					home.roles[role] ?? '',
					home.id
				])
			).rows?.length ?? 0;
		for (const role of beyond) expect([role, await given(holders.members, role)]).toEqual([role, 0]);
		for (const role of within) expect([role, await given(holders.members, role)]).toEqual([role, 1]);
		for (const role of [...beyond, ...within]) expect([role, await given(home.admin, role)]).toEqual([role, 1]);
	});

	test('adds nobody with such a right either, as an admin may', async () => {
		// A person of a second workspace whose members both look after too.
		const second = await createWorkspace(sql, home.admin);
		await addMember(sql, second, 'admin', holders.members);
		const newcomer = await addMember(sql, second, 'viewer');
		const added = async (role: string, caller = holders.members) =>
			(
				await tries(caller, 'insert into public.members (org_id, user_id, role_id) values ($1, $2, $3) returning id', [
					home.id,
					newcomer,
					home.roles[role] ?? ''
				])
			).error?.code;
		for (const role of beyond) expect([role, await added(role)]).toEqual([role, '42501']);
		for (const role of within) expect([role, await added(role)]).toEqual([role, undefined]);
		for (const role of [...beyond, ...within]) expect([role, await added(role, home.admin)]).toEqual([role, undefined]);
	});

	test('invites nobody with such a right, nor into a team', async () => {
		const team = await addTeam(sql, home, [home.admin]);
		const invited = async (caller: string | undefined, role: string, into: string | null = null) =>
			(
				await tries(caller, "select outcome from public.invite_members($1, array['new@example.test'], $2, $3)", [
					home.id,
					home.roles[role] ?? '',
					into
				])
			).error?.code;
		for (const role of beyond) expect([role, await invited(holders.members, role)]).toEqual([role, '42501']);
		for (const role of within) expect([role, await invited(holders.members, role)]).toEqual([role, undefined]);
		expect(await invited(holders.members, 'viewer', team)).toBe('42501');
		expect(await invited(home.admin, 'keeper of roles', team)).toBeUndefined();
	});

	test('neither suspends nor removes an admin', async () => {
		await addMember(sql, home, 'admin');
		for (const statement of ["update public.members set status = 'suspended'", 'delete from public.members'])
			expect(await tries(holders.members, `${statement} where org_id = $1 and user_id = $2 returning id`, [home.id, home.admin])).toEqual({
				rows: []
			});
	});

	test('does what it is for', async () => {
		for (const [caller, user] of [
			[holders.members, victim],
			[home.admin, victim],
			[home.admin, await addMember(sql, home, 'admin')]
		])
			for (const statement of [
				`update public.members set role_id = '${home.roles.viewer ?? ''}'`,
				"update public.members set status = 'suspended'",
				'delete from public.members'
			])
				expect(
					(await tries(caller, `${statement} where org_id = $1 and user_id = $2 returning user_id`, [home.id, user ?? ''])).rows
				).toEqual([{ user_id: user }]);
	});

	test('touches nobody who holds such a right, by whatever way', async () => {
		for (const role of beyond.slice(1)) {
			const holder = await addMember(sql, home, role);
			for (const statement of [
				`update public.members set role_id = '${home.roles.viewer ?? ''}'`,
				"update public.members set status = 'suspended'",
				'delete from public.members'
			])
				expect(await tries(holders.members, `${statement} where org_id = $1 and user_id = $2 returning id`, [home.id, holder])).toEqual({
					rows: []
				});
			expect((await tries(holders.members, 'select public.remove_member($1, $2)', [home.id, holder])).error?.code).toBe('42501');
			expect((await tries(home.admin, 'select public.remove_member($1, $2)', [home.id, holder])).error).toBeUndefined();
		}
	});

	test('is told of each role whether it may be given', async () => {
		const givable = async (caller: string | undefined) => {
			const { rows = [] } = await tries(caller, 'select r.id from public.roles r where r.org_id = $1 and public.may_give(r)', [home.id]);
			return [...beyond, ...within].filter((name) => rows.some(({ id }) => id === home.roles[name]));
		};
		expect(await givable(holders.members)).toEqual(within);
		expect(await givable(home.admin)).toEqual([...beyond, ...within]);
		expect(await givable(holders.viewer)).toEqual(['manager', 'viewer']);
	});

	test('is nobody’s by being a member', async () => {
		const statement = "update public.members set status = 'suspended' where org_id = $1 and user_id = $2 returning user_id";
		for (const caller of [victim, holders.roles, holders.viewer])
			expect(await tries(caller, statement, [home.id, holders.members ?? ''])).toEqual({ rows: [] });
	});
});

describe('the right to edit roles', () => {
	const grant = (role: string, resource: string, action: string, caller = holders.roles) =>
		tries(caller, 'insert into public.role_permissions (org_id, role_id, resource, action) values ($1, $2, $3, $4) returning role_id', [
			home.id,
			role,
			resource,
			action
		]);

	test('adds nothing to the role of its holder', async () => {
		expect((await grant(home.roles['keeper of roles'] ?? '', 'deals', 'read')).error?.code).toBe('42501');
	});

	test('gives no role the right over members, roles, teams or the workspace, as an admin may', async () => {
		for (const resource of ['members', 'roles', 'teams', 'organizations']) {
			expect((await grant(home.roles.viewer ?? '', resource, 'update')).error?.code).toBe('42501');
			expect((await grant(home.roles.viewer ?? '', resource, 'update', home.admin)).rows).toHaveLength(1);
		}
	});

	test('takes no such right away, as an admin may, nor any of its holder’s role', async () => {
		await sql`insert into public.role_permissions (org_id, role_id, resource, action)
			values (${home.id}, ${home.roles['keeper of roles'] ?? ''}, 'companies', 'read')`;
		const takes = async (caller: string | undefined, role: string) => {
			const taken = 'delete from public.role_permissions where org_id = $1 and role_id = $2 returning action';
			return ((await tries(caller, taken, [home.id, home.roles[role] ?? ''])).rows ?? []).length > 0;
		};
		for (const role of ['keeper of members', 'keeper of roles', 'keeper of teams', 'keeper of the workspace']) {
			expect([role, await takes(holders.roles, role)]).toEqual([role, false]);
			expect([role, await takes(home.admin, role)]).toEqual([role, true]);
		}
	});

	test('widens no right of its holder’s role, of the role admin, or over people', async () => {
		await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
			values (${home.id}, ${home.roles['keeper of roles'] ?? ''}, 'deals', 'read', 'own')`;
		const change = async (caller: string | undefined, role: string, resource: string, scope = 'all') => {
			const statement = 'update public.role_permissions set scope = $3 where role_id = $1 and resource = $2 returning role_id';
			return ((await tries(caller, statement, [home.roles[role] ?? '', resource, scope])).rows ?? []).length > 0;
		};
		expect(await change(holders.roles, 'keeper of roles', 'deals')).toBe(false);
		expect(await change(holders.roles, 'keeper of members', 'members')).toBe(false);
		for (const caller of [holders.roles, home.admin]) expect(await change(caller, 'admin', 'deals', 'own')).toBe(false);
		expect(await change(holders.roles, 'sales', 'deals')).toBe(true);
		expect(await change(home.admin, 'keeper of members', 'members')).toBe(true);
	});

	test('renames roles of the workspace’s own, not the predefined ones', async () => {
		const renamed = async (caller: string | undefined, role: string) =>
			(await tries(caller, "update public.roles set name = 'Harmless' where id = $1 returning id", [home.roles[role] ?? ''])).error?.code;
		for (const role of ['admin', 'viewer']) expect([role, await renamed(holders.roles, role)]).toEqual([role, '42501']);
		expect(await renamed(holders.roles, 'keeper of teams')).toBeUndefined();
		expect(await renamed(home.admin, 'viewer')).toBeUndefined();
		const described = "update public.roles set description = 'Looks on.' where id = $1 returning id";
		expect((await tries(holders.roles, described, [home.roles.viewer ?? ''])).rows).toHaveLength(1);
	});

	test('does what it is for', async () => {
		expect((await grant(home.roles.viewer ?? '', 'deals', 'create')).rows).toHaveLength(1);
		const taken = "delete from public.role_permissions where role_id = $1 and resource = 'deals' and action = 'read' returning action";
		expect((await tries(holders.roles, taken, [home.roles.viewer ?? ''])).rows).toHaveLength(1);
	});
});

describe('a workspace of a stranger', () => {
	test('gets no member who did not come by themselves, colleague or not', async () => {
		for (const user of [victim, home.admin])
			expect(
				(
					await tries(holders.viewer, 'insert into public.members (org_id, user_id, role_id) values ($1, $2, $3)', [
						lair.id,
						user,
						lair.roles.sales ?? ''
					])
				).error?.code
			).toBe('42501');
	});

	test('can be left', async () => {
		await addMember(sql, lair, 'sales', victim);
		const left = await tries(victim, 'delete from public.members where org_id = $1 and user_id = $2 returning user_id', [lair.id, victim]);
		expect(left.rows).toEqual([{ user_id: victim }]);
		const others = await tries(victim, 'delete from public.members where org_id = $1 and user_id <> $2 returning user_id', [
			lair.id,
			victim
		]);
		expect(others.rows).toEqual([]);
	});
});
