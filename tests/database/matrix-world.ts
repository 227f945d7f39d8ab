import type { Sql } from 'postgres';
import {
	customRoles,
	ownerOfKind,
	type OwnerKind,
	recordTables,
	type RecordTable,
	type Role,
	roles,
	type RowKind,
	rowKinds
} from './permissions.ts';
import { prepareRehearsals } from './rehearsal.ts';
import {
	addField,
	addMember,
	addRecord,
	addRole,
	addShare,
	addTeam,
	createWorkspace,
	type Session,
	signIn,
	signUp,
	type Workspace
} from './world.ts';

/** Everybody of the permission table in one workspace, with a row of every kind in every record table, and a second workspace beside it. */
export type Matrix = {
	home: Workspace;
	abroad: Workspace;
	/** The member who holds the role. */
	actor(role: string): string;
	/** The owner of rows of that kind, seen from the role's member. */
	owner(role: string, kind: OwnerKind): string | null;
	/** The row of that kind. */
	row(role: string, table: RecordTable, kind: RowKind): string;
	/** The restricted text field of a table's rows in the workspace of that kind: every row has the value `1` in it. */
	field(table: RecordTable, kind: RowKind): string;
	/** The workspace in which rows of that kind are. */
	place(kind: RowKind): Workspace;
	/** A session of somebody who is admin at home, and the views of each role's member that it has begun. */
	admin: Session;
	view(role: string): string;
};

const named = (from: Record<string, string>, name: string): string => {
	const found = from[name];
	if (!found) throw new Error(`nothing called ${name}`);
	return found;
};

/** Every role of the permission table by name. */
export const everyRole: [string, Role][] = Object.entries(roles);

/** Builds the world that the cells of the matrix look at. Nothing of it is changed by them. */
export async function buildMatrix(sql: Sql): Promise<Matrix> {
	await prepareRehearsals(sql);
	const home = await createWorkspace(sql);
	const abroad = await createWorkspace(sql);
	const actors: Record<string, string> = {};
	const teams: Record<string, string> = {};
	for (const [name, role] of Object.entries<Role>(customRoles)) {
		await addRole(sql, home, name, role.records);
		for (const [action, scope] of Object.entries(role.contactPrivate ?? {}))
			await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
				values (${home.id}, ${home.roles[name] ?? ''}, 'contact_private', ${action}, ${scope})`;
	}
	const fields: Record<string, string> = {};
	for (const table of recordTables) {
		const open = everyRole.filter(([name, { restrictedFields }]) => restrictedFields && name !== 'admin');
		fields[`${table} home`] = await addField(sql, home, table, 'secret', {
			readers: open.filter(([, role]) => role.restrictedFields === 'read').map(([name]) => name),
			editors: open.filter(([, role]) => role.restrictedFields === 'edit').map(([name]) => name)
		});
		fields[`${table} abroad`] = await addField(sql, abroad, table, 'secret');
	}
	const fieldOf = (table: RecordTable, workspace: Workspace) => named(fields, `${table} ${workspace === home ? 'home' : 'abroad'}`);
	for (const [role] of everyRole) actors[role] = await addMember(sql, home, role);
	const teammate = await addMember(sql, home, 'sales', await signUp(sql, 'Tea Mate'));
	const other = await addMember(sql, home, 'sales', await signUp(sql, 'Otto Ther'));
	const bystander = await addMember(sql, home, 'sales', await signUp(sql, 'By Stander'));
	for (const [role] of everyRole) teams[role] = await addTeam(sql, home, [named(actors, role), teammate]);
	const theirTeam = await addTeam(sql, home, [bystander]);

	const rows: Record<string, string> = {};
	const add = async (table: RecordTable, key: string, owner: string | null, workspace = home) => {
		const id = await addRecord(sql, workspace, table, owner, table === 'deals' ? { amount: 1 } : {});
		rows[`${table} ${key}`] = id;
		await sql`insert into public.custom_values (org_id, resource, record_id, field_id, text_value)
			values (${workspace.id}, ${table}, ${id}, ${fieldOf(table, workspace)}, '1')`;
		if (table === 'contacts')
			await sql`insert into public.contact_private (org_id, contact_id, mobile) values (${workspace.id}, ${id}, '1')`;
		return id;
	};
	for (const table of recordTables) {
		for (const [role] of everyRole) await add(table, `own ${role}`, named(actors, role));
		await add(table, "teammate's", teammate);
		await add(table, "other member's", other);
		await add(table, 'unowned', null);
		await add(table, "other tenant's", abroad.admin, abroad);
		const [read, edit, teamRead, teamEdit, over, others] = [
			await add(table, 'shared to read', other),
			await add(table, 'shared to edit', other),
			await add(table, 'shared with the team to read', other),
			await add(table, 'shared with the team to edit', other),
			await add(table, 'shared until yesterday', other),
			await add(table, 'shared with somebody else', other)
		];
		for (const [role] of everyRole) {
			const [user, team] = [named(actors, role), named(teams, role)];
			await addShare(sql, home, table, read, { user, expired: false });
			await addShare(sql, home, table, edit, { user, access: 'edit' });
			await addShare(sql, home, table, teamRead, { team });
			await addShare(sql, home, table, teamEdit, { team, access: 'edit', expired: false });
			await addShare(sql, home, table, over, { user, access: 'edit', expired: true });
			await addShare(sql, home, table, over, { team, access: 'edit', expired: true });
		}
		await addShare(sql, home, table, others, { user: bystander, access: 'edit' });
		await addShare(sql, home, table, others, { team: theirTeam, access: 'edit' });
	}

	// The members' sessions are of no account to a view; the admin's is.
	const admin = await signIn(sql, home.admin);
	const views: Record<string, string> = {};
	for (const [role] of everyRole) {
		const [view] = await sql<{ id: string }[]>`insert into public.member_views (org_id, viewer_id, member_id, session_id)
			values (${home.id}, ${home.admin}, ${named(actors, role)}, ${admin.session_id}) returning id`;
		views[role] = view?.id ?? '';
	}
	const owners: Record<Exclude<OwnerKind, 'own'>, string | null> = {
		"teammate's": teammate,
		"other member's": other,
		unowned: null,
		"other tenant's": abroad.admin
	};
	return {
		home,
		abroad,
		admin,
		actor: (role) => named(actors, role),
		owner: (role, kind) => (kind === 'own' ? named(actors, role) : owners[kind]),
		row: (role, table, kind) => named(rows, `${table} ${kind === 'own' ? `own ${role}` : kind}`),
		field: (table, kind) => fieldOf(table, ownerOfKind(kind) === "other tenant's" ? abroad : home),
		place: (kind) => (ownerOfKind(kind) === "other tenant's" ? abroad : home),
		view: (role) => named(views, role)
	};
}

/** What every cell of one line of the matrix answers, kind by kind: compared whole, so that a wrong one is named. */
export async function line<K extends RowKind>(kinds: readonly K[], cell: (kind: K) => Promise<unknown>): Promise<Record<string, unknown>> {
	const answers: Record<string, unknown> = {};
	for (const kind of kinds) answers[kind] = await cell(kind);
	return answers;
}

/** The same of a prediction. */
export const predicted = <K extends RowKind>(kinds: readonly K[], cell: (kind: K) => unknown): Record<string, unknown> =>
	Object.fromEntries(kinds.map((kind) => [kind, cell(kind)]));

export { rowKinds };
