import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { addMember, addRole, createWorkspace, signUp, type Workspace } from './world.ts';

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

	test('neither suspends nor removes an admin', async () => {
		await addMember(sql, home, 'admin');
		for (const statement of ["update public.members set status = 'suspended'", 'delete from public.members'])
			expect(await tries(holders.members, `${statement} where org_id = $1 and user_id = $2 returning id`, [home.id, home.admin])).toEqual({
				rows: []
			});
	});

	test('does what it is for', async () => {
		const { rows } = await tries(
			holders.members,
			'update public.members set role_id = $2 where org_id = $3 and user_id = $1 returning role_id',
			[victim, home.roles.viewer ?? '', home.id]
		);
		expect(rows).toHaveLength(1);
	});
});

describe('the right to edit roles', () => {
	const grant = (role: string, resource: string, action: string) =>
		tries(
			holders.roles,
			'insert into public.role_permissions (org_id, role_id, resource, action) values ($1, $2, $3, $4) returning role_id',
			[home.id, role, resource, action]
		);

	test('adds nothing to the role of its holder', async () => {
		expect((await grant(home.roles['keeper of roles'] ?? '', 'deals', 'read')).error?.code).toBe('42501');
	});

	test('gives no role the right over members or roles', async () => {
		for (const resource of ['members', 'roles'])
			expect((await grant(home.roles.viewer ?? '', resource, 'update')).error?.code).toBe('42501');
	});

	test('does what it is for', async () => {
		expect((await grant(home.roles.viewer ?? '', 'deals', 'create')).rows).toHaveLength(1);
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
