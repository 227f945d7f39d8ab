import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { become } from './database.ts';

export type Stage = { id: string; name: string; kind: 'open' | 'won' | 'lost' };

/** A workspace with its admin, default pipeline and roles by key or name. */
export type Workspace = {
	id: string;
	admin: string;
	pipeline: string;
	/** In board order. */
	stages: Stage[];
	roles: Record<string, string>;
	/** The stage of that name; throws when there is none. */
	stage(name: string): string;
};

/** A signed-up person; returns the user's id. */
export async function signUp(sql: Sql, name = 'Ada Example'): Promise<string> {
	const id = randomUUID();
	await sql`insert into auth.users (id, email, aud, role, raw_user_meta_data)
		values (${id}, ${`${id}@example.test`}, 'authenticated', 'authenticated', ${sql.json({ full_name: name })})`;
	return id;
}

/** Somebody's session in Auth as a caller: `aal2` has used a second factor. */
export async function signIn(sql: Sql, user: string, session: { aal?: 'aal1' | 'aal2'; hoursAgo?: number } = {}): Promise<Session> {
	const id = randomUUID();
	await sql`insert into auth.sessions (id, user_id, aal, created_at, updated_at)
		values (${id}, ${user}, ${session.aal ?? 'aal1'}, now() - make_interval(hours => ${session.hoursAgo ?? 0}), now())`;
	return { sub: user, session_id: id };
}

/** The claims of a session's token. */
export type Session = { sub: string; session_id: string };

/** Gives a person a second factor that is ready for use. */
export async function enrolFactor(sql: Sql, user: string): Promise<void> {
	await sql`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at, secret)
		values (${randomUUID()}, ${user}, 'totp', 'verified', now(), now(), 'SECRET')`;
}

/** A share of a record with a person or a team, made past row-level security; returns its id. */
export async function addShare(
	sql: Sql,
	workspace: Workspace,
	resource: string,
	record: string,
	share: { user?: string; team?: string; access?: 'read' | 'edit'; expired?: boolean }
): Promise<string> {
	const [made] = await sql<{ id: string }[]>`
		insert into public.shares (org_id, resource, record_id, user_id, team_id, access, expires_at)
		values (${workspace.id}, ${resource}, ${record}, ${share.user ?? null}, ${share.team ?? null}, ${share.access ?? 'read'},
			${share.expired === undefined ? null : sql`now() + make_interval(hours => ${share.expired ? -1 : 1})`}) returning id`;
	if (!made) throw new Error('no share');
	return made.id;
}

/** A field of records that members of a role (by key or name) may not change. */
export async function addFieldRule(sql: Sql, workspace: Workspace, role: string, resource: string, field: string): Promise<void> {
	await sql`insert into public.field_rules (org_id, role_id, resource, field)
		values (${workspace.id}, ${workspace.roles[role] ?? ''}, ${resource}, ${field})`;
}

/** A field of the workspace's own, and the roles (by key or name) it is open to when restricted; returns its id. */
export async function addField(
	sql: Sql,
	workspace: Workspace,
	resource: string,
	key: string,
	field: { kind?: string; choices?: string[]; restricted?: boolean; readers?: string[]; editors?: string[] } = {}
): Promise<string> {
	const { kind = 'text', choices, restricted = true, readers = [], editors = [] } = field;
	const [made] = await sql<{ id: string }[]>`insert into public.custom_fields (org_id, resource, key, label, kind, choices, restricted)
		values (${workspace.id}, ${resource}, ${key}, ${`Label of ${key}`}, ${kind}, ${choices ? sql.json(choices) : null}, ${restricted}) returning id`;
	if (!made) throw new Error('no field');
	for (const role of [...readers, ...editors])
		await sql`insert into public.custom_field_roles (org_id, field_id, role_id, may_edit)
			values (${workspace.id}, ${made.id}, ${workspace.roles[role] ?? ''}, ${editors.includes(role)})`;
	return made.id;
}

/** A new workspace, made by `admin` (by default a new person) as the app makes it. */
export async function createWorkspace(sql: Sql, admin?: string): Promise<Workspace> {
	const founder = admin ?? (await signUp(sql, 'Ada Admin'));
	const id = await sql.begin(async (tx) => {
		await become(tx, founder);
		const [made] = await tx<{ id: string }[]>`select id from public.create_workspace(${`Workspace ${randomUUID().slice(0, 8)}`})`;
		if (!made) throw new Error('no workspace');
		return made.id;
	});
	const stages = await sql<(Stage & { pipeline_id: string })[]>`
		select id, name, kind, pipeline_id from public.stages where org_id = ${id} order by position`;
	const roles = await sql<{ id: string; key: string }[]>`select id, key from public.roles where org_id = ${id}`;
	return {
		id,
		admin: founder,
		pipeline: stages[0]?.pipeline_id ?? '',
		stages,
		roles: Object.fromEntries(roles.map((role) => [role.key, role.id])),
		stage(name) {
			const found = stages.find((stage) => stage.name === name);
			if (!found) throw new Error(`no stage ${name}`);
			return found.id;
		}
	};
}

/** Makes a person (by default a new one) a member with the role of that key or name; returns the user's id. */
export async function addMember(sql: Sql, workspace: Workspace, role: string, person?: string): Promise<string> {
	const user = person ?? (await signUp(sql, `${role} member`));
	const roleId = workspace.roles[role];
	if (!roleId) throw new Error(`no role ${role}`);
	await sql`insert into public.members (org_id, user_id, role_id) values (${workspace.id}, ${user}, ${roleId})`;
	return user;
}

/** Adds a role of the workspace's own with rights on the record tables. */
export async function addRole(
	sql: Sql,
	workspace: Workspace,
	name: string,
	rights: Record<string, string | undefined>,
	tables: readonly string[] = ['companies', 'contacts', 'deals']
): Promise<string> {
	const [role] = await sql<{ id: string }[]>`insert into public.roles (org_id, name) values (${workspace.id}, ${name}) returning id`;
	if (!role) throw new Error('no role');
	for (const resource of tables)
		for (const [action, scope] of Object.entries(rights))
			await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
				values (${workspace.id}, ${role.id}, ${resource}, ${action}, ${scope ?? 'all'})`;
	workspace.roles[name] = role.id;
	return role.id;
}

/** A team of these members. */
export async function addTeam(
	sql: Sql,
	workspace: Workspace,
	members: string[],
	name = `Team ${randomUUID().slice(0, 8)}`
): Promise<string> {
	const [team] = await sql<{ id: string }[]>`insert into public.teams (org_id, name) values (${workspace.id}, ${name}) returning id`;
	if (!team) throw new Error('no team');
	for (const user of members)
		await sql`insert into public.team_members (org_id, team_id, user_id) values (${workspace.id}, ${team.id}, ${user})`;
	return team.id;
}

/** The columns a row of a record table cannot do without. */
export function requiredColumns(workspace: Workspace, table: string, name = 'Example'): Record<string, string> {
	if (table === 'contacts') return { first_name: name };
	if (table === 'companies') return { name };
	return { name, pipeline_id: workspace.pipeline, stage_id: workspace.stages[0]?.id ?? '' };
}

/** A row of a record table, made past row-level security; returns its id. */
export async function addRecord(
	sql: Sql,
	workspace: Workspace,
	table: string,
	owner: string | null,
	columns: Record<string, string | number | null> = {}
): Promise<string> {
	const row = { org_id: workspace.id, ...requiredColumns(workspace, table), owner_id: owner, ...columns };
	const [made] = await sql<{ id: string }[]>`insert into ${sql(`public.${table}`)} ${sql(row)} returning id`;
	if (!made) throw new Error(`no row in ${table}`);
	return made.id;
}
