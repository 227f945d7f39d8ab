import type { TransactionSql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, become, useDatabase } from './database.ts';
import { customRoles, roles } from './permissions.ts';
import { settingsTables, type SettingsTable } from './surface.ts';
import { addField, addFieldRule, addMember, addRole, addTeam, createWorkspace, signUp, type Workspace } from './world.ts';

// What is not a record: the workspace, its people and its pipelines. surface.ts says who reads and who writes each table.

const database = await useDatabase();
const { sql } = database;
const actors: Record<string, string> = {};

/** In each of two workspaces: a member nobody needs, a team without him, a spare role, pipeline and stage. */
type Place = Workspace & {
	spare: string;
	joinable: string;
	team: string;
	role: string;
	pipeline2: string;
	stage2: string;
	invitation: string;
	view: string;
	import: string;
	field: string;
};
const places: Record<string, Place> = {};

async function furnish(): Promise<Place> {
	const workspace = await createWorkspace(sql);
	const spare = await addMember(sql, workspace, 'viewer', await signUp(sql, 'Spare Member'));
	// The admin looks after them in a second workspace, and so may add them to this one.
	const joinable = await signUp(sql, 'Known Elsewhere');
	const role = await addRole(sql, workspace, 'Spare role', { read: 'own' }, ['deals']);
	const team = await addTeam(sql, workspace, [workspace.admin], 'Spare team');
	const [pipeline] = await sql<{ id: string }[]>`
		insert into public.pipelines (org_id, name) values (${workspace.id}, 'Spare') returning id`;
	const [stage] = await sql<{ id: string }[]>`
		insert into public.stages (org_id, pipeline_id, name) values (${workspace.id}, ${pipeline?.id ?? ''}, 'Spare') returning id`;
	await addFieldRule(sql, workspace, 'Spare role', 'deals', 'amount');
	const field = await addField(sql, workspace, 'deals', 'spare', { restricted: false, readers: ['Spare role'] });
	const [invitation] = await sql<{ id: string }[]>`insert into public.invitations (org_id, email, role_id, token_hash, expires_at)
		values (${workspace.id}, 'spare@example.test', ${role}, ${workspace.id}, now() + interval '1 day') returning id`;
	const [view] = await sql<{ id: string }[]>`insert into public.member_views (org_id, viewer_id, member_id, session_id)
		values (${workspace.id}, ${workspace.admin}, ${spare}, gen_random_uuid()) returning id`;
	const [begun] = await sql<
		{ id: string }[]
	>`insert into public.imports (org_id, created_by) values (${workspace.id}, ${spare}) returning id`;
	await sql`insert into public.import_rows (org_id, import_id, row_no, data) values (${workspace.id}, ${begun?.id ?? ''}, 1, '{}')`;
	await sql`insert into public.preferences (user_id) values (${spare})`;
	return {
		...workspace,
		spare,
		joinable,
		team,
		role,
		pipeline2: pipeline?.id ?? '',
		stage2: stage?.id ?? '',
		invitation: invitation?.id ?? '',
		view: view?.id ?? '',
		import: begun?.id ?? '',
		field
	};
}

beforeAll(async () => {
	const home = await furnish();
	const abroad = await furnish();
	Object.assign(places, { home, abroad });
	for (const [name, role] of Object.entries(customRoles)) await addRole(sql, home, name, role.records);
	for (const role of Object.keys(roles)) actors[role] = await addMember(sql, home, role);
	const elsewhere = await createWorkspace(sql);
	for (const person of Object.values(actors)) await addMember(sql, elsewhere, 'admin', person);
	for (const person of [home.joinable, abroad.joinable]) await addMember(sql, elsewhere, 'viewer', person);
});

/** One statement of each kind on a table; `value` names the row it must return to count as done. */
function statements(table: SettingsTable, at: Place): Record<'select' | 'insert' | 'update' | 'delete', [string, (string | null)[]]> {
	const org = at.id;
	switch (table) {
		case 'organizations':
			return {
				select: ['select id from public.organizations where id = $1', [org]],
				insert: ["insert into public.organizations (name, slug) values ('New', 'brand-new-one') returning id", []],
				update: ["update public.organizations set name = 'Changed' where id = $1 returning id", [org]],
				delete: ['delete from public.organizations where id = $1 returning id', [org]]
			};
		case 'members':
			return {
				select: ['select id from public.members where org_id = $1 and user_id = $2', [org, at.spare]],
				insert: ['insert into public.members (org_id, user_id, role_id) values ($1, $2, $3) returning id', [org, at.joinable, at.role]],
				update: ['update public.members set role_id = $3 where org_id = $1 and user_id = $2 returning id', [org, at.spare, at.role]],
				delete: ['delete from public.members where org_id = $1 and user_id = $2 returning id', [org, at.spare]]
			};
		case 'roles':
			return {
				select: ['select id from public.roles where id = $1', [at.role]],
				insert: ["insert into public.roles (org_id, name) values ($1, 'New') returning id", [org]],
				update: ["update public.roles set name = 'Changed' where id = $1 returning id", [at.role]],
				delete: ['delete from public.roles where id = $1 returning id', [at.role]]
			};
		case 'role_permissions':
			return {
				select: ['select scope from public.role_permissions where role_id = $1', [at.role]],
				insert: [
					"insert into public.role_permissions (org_id, role_id, resource, action, scope) values ($1, $2, 'deals', 'update', 'own') returning role_id",
					[org, at.role]
				],
				update: ["update public.role_permissions set scope = 'all' where role_id = $1 returning role_id", [at.role]],
				delete: ['delete from public.role_permissions where role_id = $1 returning role_id', [at.role]]
			};
		case 'teams':
			return {
				select: ['select id from public.teams where id = $1', [at.team]],
				insert: ["insert into public.teams (org_id, name) values ($1, 'New') returning id", [org]],
				update: ["update public.teams set name = 'Changed' where id = $1 returning id", [at.team]],
				delete: ['delete from public.teams where id = $1 returning id', [at.team]]
			};
		case 'team_members':
			return {
				select: ['select user_id from public.team_members where team_id = $1', [at.team]],
				insert: [
					'insert into public.team_members (org_id, team_id, user_id) values ($1, $2, $3) returning user_id',
					[org, at.team, at.spare]
				],
				update: ['update public.team_members set is_lead = true where team_id = $1 returning user_id', [at.team]],
				delete: ['delete from public.team_members where team_id = $1 returning user_id', [at.team]]
			};
		case 'pipelines':
			return {
				select: ['select id from public.pipelines where id = $1', [at.pipeline2]],
				insert: ["insert into public.pipelines (org_id, name) values ($1, 'New') returning id", [org]],
				update: ["update public.pipelines set name = 'Changed' where id = $1 returning id", [at.pipeline2]],
				delete: ['delete from public.pipelines where id = $1 returning id', [at.pipeline2]]
			};
		case 'custom_fields':
			return {
				select: ['select id from public.custom_fields where id = $1', [at.field]],
				insert: [
					"insert into public.custom_fields (org_id, resource, key, label, kind) values ($1, 'deals', 'brand_new', 'New', 'text') returning id",
					[org]
				],
				update: ["update public.custom_fields set label = 'Changed' where id = $1 returning id", [at.field]],
				delete: ['delete from public.custom_fields where id = $1 returning id', [at.field]]
			};
		case 'custom_field_roles':
			return {
				select: ['select role_id from public.custom_field_roles where field_id = $1', [at.field]],
				insert: [
					'insert into public.custom_field_roles (org_id, field_id, role_id) values ($1, $2, $3) returning role_id',
					[org, at.field, at.roles.viewer ?? '']
				],
				update: ['update public.custom_field_roles set may_edit = true where field_id = $1 returning role_id', [at.field]],
				delete: ['delete from public.custom_field_roles where field_id = $1 returning role_id', [at.field]]
			};
		case 'field_rules':
			return {
				select: ['select field from public.field_rules where role_id = $1', [at.role]],
				insert: [
					"insert into public.field_rules (org_id, role_id, resource, field) values ($1, $2, 'deals', 'name') returning field",
					[org, at.role]
				],
				update: ["update public.field_rules set field = 'name' where role_id = $1 returning field", [at.role]],
				delete: ['delete from public.field_rules where role_id = $1 returning field', [at.role]]
			};
		case 'invitations':
			return {
				select: ['select id from public.invitations where id = $1', [at.invitation]],
				insert: [
					"insert into public.invitations (org_id, email, role_id, token_hash, expires_at) values ($1, 'a@b.test', $2, 'x', now()) returning id",
					[org, at.role]
				],
				update: ["update public.invitations set status = 'revoked' where id = $1 returning id", [at.invitation]],
				delete: ['delete from public.invitations where id = $1 returning id', [at.invitation]]
			};
		case 'member_views':
			return {
				select: ['select id from public.member_views where id = $1', [at.view]],
				insert: [
					'insert into public.member_views (org_id, viewer_id, member_id, session_id) values ($1, $2, $2, $2) returning id',
					[org, at.spare]
				],
				update: ['update public.member_views set ended_at = now() where id = $1 returning id', [at.view]],
				delete: ['delete from public.member_views where id = $1 returning id', [at.view]]
			};
		case 'imports':
			return {
				select: ['select id from public.imports where id = $1', [at.import]],
				insert: ['insert into public.imports (org_id, created_by) values ($1, $2) returning id', [org, at.spare]],
				update: ["update public.imports set status = 'cancelled' where id = $1 returning id", [at.import]],
				delete: ['delete from public.imports where id = $1 returning id', [at.import]]
			};
		case 'import_rows':
			return {
				select: ['select row_no from public.import_rows where import_id = $1', [at.import]],
				insert: [
					"insert into public.import_rows (org_id, import_id, row_no, data) values ($1, $2, 2, '{}') returning row_no",
					[org, at.import]
				],
				update: ["update public.import_rows set data = '[]' where import_id = $1 returning row_no", [at.import]],
				delete: ['delete from public.import_rows where import_id = $1 returning row_no', [at.import]]
			};
		case 'profiles':
			return {
				select: ['select id from public.profiles where id = $1', [at.spare]],
				insert: ['insert into public.profiles (id) values ($1) returning id', [at.spare]],
				update: ["update public.profiles set full_name = 'Changed' where id = $1 returning id", [at.spare]],
				delete: ['delete from public.profiles where id = $1 returning id', [at.spare]]
			};
		case 'preferences':
			return {
				select: ['select user_id from public.preferences where user_id = $1', [at.spare]],
				insert: ['insert into public.preferences (user_id) values ($1) returning user_id', [at.joinable]],
				update: ['update public.preferences set settings = \'{"a": 1}\' where user_id = $1 returning user_id', [at.spare]],
				delete: ['delete from public.preferences where user_id = $1 returning user_id', [at.spare]]
			};
		case 'stages':
			return {
				select: ['select id from public.stages where id = $1', [at.stage2]],
				insert: ["insert into public.stages (org_id, pipeline_id, name) values ($1, $2, 'New') returning id", [org, at.pipeline2]],
				update: ["update public.stages set name = 'Changed' where id = $1 returning id", [at.stage2]],
				delete: ['delete from public.stages where id = $1 returning id', [at.stage2]]
			};
	}
}

/** Everything in a table, to see whether anything changed. */
const contents = (tx: TransactionSql, table: string) =>
	tx.unsafe(`select md5(string_agg(t::text, '|' order by t::text)) as sum from public.${table} t`);

const undone = new Error('undone');
const settingsTableNames = Object.keys(settingsTables).filter((name): name is SettingsTable => name in settingsTables);

for (const [role, { settings }] of Object.entries(roles))
	for (const table of settingsTableNames)
		describe(`${role} · ${table}`, () => {
			test.each([
				['select', 'home'],
				['insert', 'home'],
				['update', 'home'],
				['delete', 'home'],
				['select', 'abroad'],
				['insert', 'abroad'],
				['update', 'abroad'],
				['delete', 'abroad']
			] as const)('%s at %s', async (command, where) => {
				const place = places[where];
				if (!place) throw new Error(where);
				const right: string = settingsTables[table][command];
				const allowed =
					where === 'home' && (right === 'member' || settings.some((held) => held === right) || (right === 'admin' && role === 'admin'));
				const [text, values] = statements(table, place)[command];
				await sql
					.begin(async (tx) => {
						const before = await contents(tx, table);
						await become(tx, actors[role] ?? '');
						const outcome = await attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]);
						await tx`reset role`;
						const after = await contents(tx, table);
						if (allowed) {
							expect(outcome.error).toBeUndefined();
							expect(outcome.rows).toHaveLength(1);
							if (command !== 'select') expect(after).not.toEqual(before);
						} else {
							if (outcome.error) expect(outcome.error.code).toBe('42501');
							else expect(outcome.rows).toEqual([]);
							expect(after).toEqual(before);
						}
						throw undone;
					})
					.catch((error: unknown) => {
						if (error !== undone) throw error;
					});
			});
		});

describe('what even an admin may not', () => {
	const asAdmin = (text: string, values: (string | null)[]) =>
		database.rehearse(actors.admin ?? '', (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]));

	test('change, add or remove rights of the role admin', async () => {
		const role = places.home?.roles.admin ?? '';
		const granted = "insert into public.role_permissions (org_id, role_id, resource, action) values ($1, $2, 'deals', 'read')";
		expect((await asAdmin(granted, [places.home?.id ?? '', role])).error?.code).toBe('42501');
		expect(await asAdmin('delete from public.role_permissions where role_id = $1 returning role_id', [role])).toEqual({ rows: [] });
		expect(await asAdmin('delete from public.roles where id = $1 returning id', [role])).toEqual({ rows: [] });
	});

	test('remove a predefined role or take its key', async () => {
		expect(await asAdmin("delete from public.roles where key = 'viewer' returning id", [])).toEqual({ rows: [] });
		const renamed = await asAdmin("update public.roles set key = 'x' where key = 'viewer' returning id", []);
		expect(renamed.error?.code).toBe('42501');
	});

	test('make a member of somebody they cannot see, and the answer does not say whether the person exists', async () => {
		const stranger = await signUp(sql, 'Stranger');
		const add = (user: string) =>
			asAdmin('insert into public.members (org_id, user_id, role_id) values ($1, $2, $3)', [
				places.home?.id ?? '',
				user,
				places.home?.roles.viewer ?? ''
			]);
		const existing = await add(stranger);
		expect(existing.error?.code).toBe('42501');
		expect(await add('00000000-0000-7000-8000-00000000dead')).toEqual(existing);
	});

	test('give a workspace away, suspend it or move its address', async () => {
		for (const column of ['status', 'slug', 'created_by', 'version'])
			expect(
				(await asAdmin(`update public.organizations set ${column} = default where id = $1`, [places.home?.id ?? ''])).error?.code
			).toBe('42501');
	});
});
