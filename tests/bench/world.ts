import postgres from 'postgres';
import { createWorkspace, type Workspace } from '../support/workspace.ts';
import type { Bench } from './measure.ts';

/** A workspace of its own with so many deals, spread over the open stages and (of the first members) the owners. */
export async function workspaceWithDeals(bench: Bench, deals: number): Promise<Workspace> {
	const workspace = await createWorkspace(bench);
	await addDeals(bench, workspace, deals);
	return workspace;
}

/** Inserts deals in statements of 10,000, owned in turn by every member, and lets the planner know of them. */
export async function addDeals(bench: Bench, workspace: Workspace, deals: number): Promise<void> {
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	const open = workspace.stages.filter(({ kind }) => kind === 'open').map(({ id }) => id);
	try {
		for (let first = 0; first < deals; first += 10_000) {
			const last = Math.min(first + 10_000, deals) - 1;
			await sql`
				insert into public.deals (org_id, name, amount, currency, pipeline_id, stage_id, owner_id, expected_close, created_at)
				select ${workspace.id}, 'Deal ' || n, 100 + n % 9973, 'USD', ${workspace.pipelineId},
					(${open}::uuid[])[1 + n % ${open.length}], owners.ids[1 + n % array_length(owners.ids, 1)],
					current_date + n % 90, now() - n * interval '1 second'
				from generate_series(${first}::int, ${last}::int) n,
					(select array_agg(m.user_id order by m.created_at) as ids from public.members m where m.org_id = ${workspace.id}) owners`;
		}
		await sql`analyze public.deals`;
	} finally {
		await sql.end();
	}
}

/** Inserts contacts in statements of 50,000, owned in turn by every member, and lets the planner know of them. */
export async function addContacts(bench: Bench, workspace: Workspace, contacts: number): Promise<void> {
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	try {
		for (let first = 0; first < contacts; first += 50_000) {
			const last = Math.min(first + 50_000, contacts) - 1;
			await sql`
				insert into public.contacts (org_id, first_name, last_name, email, owner_id, created_at)
				select ${workspace.id}, 'First ' || n, 'Last ' || n % 9973, 'contact' || n || '@example.test',
					owners.ids[1 + n % array_length(owners.ids, 1)], now() - n * interval '1 second'
				from generate_series(${first}::int, ${last}::int) n,
					(select array_agg(m.user_id order by m.created_at) as ids from public.members m where m.org_id = ${workspace.id}) owners`;
		}
		await sql`analyze public.contacts`;
	} finally {
		await sql.end();
	}
}
