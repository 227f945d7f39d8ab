import type { Sql } from 'postgres';
import type { Database } from './database.ts';
import {
	addField,
	addFieldRule,
	addMember,
	addRecord,
	addShare,
	addTeam,
	createWorkspace,
	signIn,
	signUp,
	type Workspace
} from './world.ts';

/** A row of a table as the database has it. */
type Row = Record<string, unknown>;

/** A workspace with a row in every table; `rows` has the newest of each. `guest` was viewed there and has imported, and is no member. */
export type Furnished = { workspace: Workspace; mate: string; guest: string; rows: Record<string, Row> };

/** Every table that belongs to a workspace. */
export async function workspaceTables(sql: Sql): Promise<string[]> {
	const found = await sql<{ name: string }[]>`
		select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`;
	return found.map(({ name }) => name);
}

/** Makes a workspace with something in every table that belongs to one. */
export async function furnish(database: Database): Promise<Furnished> {
	const { sql } = database;
	const workspace = await createWorkspace(sql);
	const mate = await addMember(sql, workspace, 'sales');
	const guest = await signUp(sql);
	await addTeam(sql, workspace, [mate]);
	await addRecord(sql, workspace, 'companies', mate);
	const contact = await addRecord(sql, workspace, 'contacts', mate);
	await sql`insert into public.contact_private (org_id, contact_id) values (${workspace.id}, ${contact})`;
	const deal = await addRecord(sql, workspace, 'deals', mate);
	await addShare(sql, workspace, 'deals', deal, { user: mate });
	await addField(sql, workspace, 'deals', 'size', { restricted: false });
	const margin = await addField(sql, workspace, 'deals', 'margin', { kind: 'number', readers: ['sales'] });
	await sql`insert into public.custom_values (org_id, resource, record_id, field_id, number_value) values (${workspace.id}, 'deals', ${deal}, ${margin}, 1)`;
	await addFieldRule(sql, workspace, 'sales', 'deals', 'amount');
	await database.tries(workspace.admin, 'select public.invite_members($1, $2, $3)', [
		workspace.id,
		['new@example.test'],
		workspace.roles.sales ?? ''
	]);
	const { sub, session_id } = await signIn(sql, workspace.admin);
	await sql`insert into public.member_views (org_id, viewer_id, member_id, session_id) values (${workspace.id}, ${sub}, ${guest}, ${session_id})`;
	const [made] = await sql<{ id: string }[]>`
		insert into public.imports (org_id, resource, file_name, total_rows, created_by) values (${workspace.id}, 'deals', 'x.csv', 1, ${guest}) returning id`;
	await sql`insert into public.import_rows (org_id, import_id, row_no, data) values (${workspace.id}, ${made?.id ?? ''}, 1, '{}')`;
	const rows: Record<string, Row> = {};
	for (const table of await workspaceTables(sql)) {
		const [found] = await sql.unsafe<{ row: Row }[]>(
			`select to_jsonb(t) as row from public.${table} t where t.org_id = $1 order by to_jsonb(t) ->> 'created_at' desc, to_jsonb(t)::text limit 1`,
			[workspace.id]
		);
		if (!found) throw new Error(`no row of ${table}`);
		rows[table] = found.row;
	}
	return { workspace, mate, guest, rows };
}
