import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import postgres, { type Sql } from 'postgres';
import { createWorkspace, must, type Workspace } from '../support/workspace.ts';
import { atLeast, type Bench, type Figure, median, round } from './measure.ts';

const rows = 10_000;
const chunk = 1_000;
const rounds = 3;

type Row = Record<'name' | 'company' | 'stage_id' | 'amount' | 'currency' | 'owner_id' | 'expected_close' | 'created_at', string>;

/** What a file of deals becomes after mapping: the rows the app stages. */
function dealsOf(workspace: Workspace): Row[] {
	const open = workspace.stages.filter(({ kind }) => kind === 'open');
	return Array.from({ length: rows }, (_, n) => ({
		name: `Imported deal ${n}`,
		company: `Company ${n % 500}`,
		stage_id: open[n % open.length]?.id ?? '',
		amount: `${n}.50`,
		currency: n % 4 ? 'USD' : 'EUR',
		owner_id: workspace.admin.id,
		expected_close: `2027-0${1 + (n % 9)}-15`,
		created_at: `2026-0${1 + (n % 9)}-01T09:00:00Z`
	}));
}

/** COPY of the same rows as the tables' owner: the floor, with the same indexes, keys and triggers behind it. */
async function copy(sql: Sql, workspace: Workspace, deals: Row[]): Promise<number> {
	const companies = new Map(
		(
			await sql<{ id: string; name: string }[]>`
				insert into public.companies (org_id, name) select ${workspace.id}, name from unnest(${[...new Set(deals.map(({ company }) => company))]}::text[]) name
				returning id, name`
		).map(({ id, name }) => [name, id])
	);
	const lines = deals.map((deal) =>
		[
			workspace.id,
			workspace.pipelineId,
			companies.get(deal.company),
			deal.name,
			deal.stage_id,
			deal.amount,
			deal.currency,
			deal.owner_id,
			deal.expected_close,
			deal.created_at
		].join('\t')
	);
	const started = performance.now();
	const target = await sql`
		copy public.deals (org_id, pipeline_id, company_id, name, stage_id, amount, currency, owner_id, expected_close, created_at) from stdin`.writable();
	await pipeline(Readable.from([`${lines.join('\n')}\n`]), target);
	return performance.now() - started;
}

/** The import as the app does it, with a member's token: staged in chunks, committed by one call. */
async function importThroughRest(workspace: Workspace, deals: Row[]): Promise<{ total: number; commit: number }> {
	const { client } = workspace.admin;
	const started = performance.now();
	const { id } = must(
		await client
			.from('imports')
			.insert({ org_id: workspace.id, resource: 'deals', file_name: 'bench.csv', total_rows: deals.length })
			.select('id')
			.single()
	);
	for (let first = 0; first < deals.length; first += chunk)
		must(await client.rpc('stage_import_rows', { import: id, first_row: first + 1, rows: deals.slice(first, first + chunk) }));
	const staged = performance.now();
	const done = must(await client.rpc('commit_import', { import: id }));
	if (done.taken_rows !== deals.length) throw new Error(`only ${done.taken_rows} rows were taken`);
	const ended = performance.now();
	return { total: ended - started, commit: ended - staged };
}

/** Rows a second of an import of 10,000, from the first chunk to the answer of the commit, against COPY of the same rows. */
export async function run(bench: Bench): Promise<Record<string, Figure>> {
	const sql = postgres(bench.dbUrl, { max: 1, onnotice: () => {} });
	const copies: number[] = [];
	const imports: number[] = [];
	const commits: number[] = [];
	try {
		for (let n = 0; n < rounds; n++) {
			const copied = await createWorkspace(bench);
			copies.push(await copy(sql, copied, dealsOf(copied)));
			const imported = await createWorkspace(bench);
			const { total, commit } = await importThroughRest(imported, dealsOf(imported));
			imports.push(total);
			commits.push(commit);
		}
	} finally {
		await sql.end();
	}
	const detail = {
		rows,
		import_ms: round(median(imports), 0),
		commit_ms: round(median(commits), 0),
		copy_ms: round(median(copies), 0),
		import_rows_per_second: round((rows / median(imports)) * 1000, 0)
	};
	return { rows_per_second_to_copy: atLeast(median(copies) / median(imports), 0.3, '×', detail) };
}
