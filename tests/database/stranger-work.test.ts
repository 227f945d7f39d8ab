import { randomUUID } from 'node:crypto';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Resource } from '../support/furnishing.ts';
import { argumentsOf, functionsWithIds, idFor, kindsFor } from '../support/tenant-functions.ts';
import { idLike } from '../support/two-workspaces.ts';
import { attempt, become, useDatabase, type Caller, type Value } from './database.ts';
import { furnish, type Furnished } from './furnished.ts';
import { signIn } from './world.ts';

// An answer about an id of another workspace takes as long as one about nobody's if the database does the same for both (docs/decisions/021). What it does
// is seen from the functions that it calls: rights are asked for by function. tests/deep/tenant-timing.test.ts holds a clock to it.

const database = await useDatabase();
const { sql } = database;

/** May have the calls of functions counted. */
let counting: Sql;
let home: Furnished;
let lair: Furnished;
/** Thieves by role: who reads everything is asked other things than who reads her own and what is shared with her. */
let thieves: Caller[];

beforeAll(async () => {
	const { adminUrl } = inject('cluster');
	counting = postgres(Object.assign(new URL(adminUrl), { pathname: new URL(database.url).pathname }).href, { max: 1 });
	home = await furnish(database);
	lair = await furnish(database);
	thieves = [await signIn(sql, lair.workspace.admin), await signIn(sql, lair.mate)];
});
afterAll(() => counting.end());

/** How often each function was called. To read the note of the caller's workspaces is no work; to look them up would show as `my_orgs`. */
type Work = Record<string, number>;

async function calls(tx: TransactionSql): Promise<Work> {
	const found = await tx<{ name: string; calls: number }[]>`
		select p.oid::regprocedure::text as name, pg_stat_get_xact_function_calls(p.oid)::int as calls from pg_proc p
		where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.proname <> 'known_orgs' order by 1`;
	return Object.fromEntries(found.map(({ name, calls: count }) => [name, count ?? 0]));
}

/** How the statements inside functions are planned: for these values, and for whichever, as after some calls. What is asked for can differ. */
const plannings = ['force_custom_plan', 'force_generic_plan'] as const;
type Planning = (typeof plannings)[number];

/** What one statement of the thief's makes the database do, when it is not the first of its kind; the statement is undone. Storage has no `path`. */
async function work(thief: Caller, planning: Planning, path: string | null, statement: string, values: Value[]): Promise<Work> {
	const undone = new Error('undone');
	let done: Work = {};
	await counting
		.begin(async (tx) => {
			await tx`set local track_functions = 'all'`;
			// As where there are many rows: a scan of all meets a row in any case.
			await tx`set local enable_seqscan = off`;
			await tx`select set_config('plan_cache_mode', ${planning}, true)`;
			await become(tx, thief);
			if (path === null) await tx`select set_config('storage.allow_delete_query', 'true', true)`;
			else await tx`select set_config('request.path', ${path}, true), private.check_request()`;
			const ask = () => attempt(tx, (inner) => inner.unsafe(statement, values));
			// The first one is planned, too.
			await ask();
			const before = await calls(tx);
			await ask();
			done = Object.fromEntries(
				Object.entries(await calls(tx)).flatMap(([name, count]) =>
					count > (before[name] ?? 0) ? [[name, count - (before[name] ?? 0)]] : []
				)
			);
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	return done;
}

/** A function's argument as a placeholder takes it. */
function placeholder(value: unknown): Value {
	if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
	if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
	return JSON.stringify(value);
}

/** An id of something in a workspace, by the name of a function's argument. */
const idIn = ({ workspace, mate, rows }: Furnished, resource: Resource, name: string) =>
	idFor(
		name,
		{
			workspace: { id: workspace.id, pipelineId: workspace.pipeline, stages: workspace.stages },
			mate: { id: mate },
			rows
		},
		resource
	);

/** The columns of a table that people write so, and whether they are ids. */
const columnsFor = (privilege: 'INSERT' | 'UPDATE', table: string) => sql<{ name: string; isId: boolean }[]>`
	select column_name as name, format_type(a.atttypid, null) = 'uuid' as "isId"
	from information_schema.column_privileges p
	join pg_attribute a on a.attrelid = ${`public.${table}`}::regclass and a.attname = p.column_name
	where p.table_schema = 'public' and p.table_name = ${table} and p.grantee = 'authenticated' and p.privilege_type = ${privilege}`;

/** Tries a statement with each stolen id and, for comparison, with an id of nothing. */
async function expectSilence(path: string, name: string, stolen: (id: (real: string) => string) => [string, Value[]]): Promise<void> {
	for (const planning of plannings)
		for (const thief of thieves) {
			const real = await work(thief, planning, path, ...stolen((id) => id));
			const none = await work(thief, planning, path, ...stolen(idLike));
			expect({ path, name, planning, work: real }).toEqual({ path, name, planning, work: none });
		}
}

describe('as much is asked about an id of another workspace as about one of nobody’s', () => {
	/** Each function with each kind of record that it takes; `call` writes the call with ids that `id` gives by the arguments' names. */
	async function* functions() {
		for (const { path, args } of await functionsWithIds(sql)) {
			for (const resource of kindsFor(args))
				yield {
					path,
					resource,
					ids: args.filter(({ format }) => format.startsWith('uuid')).map(({ name }) => name),
					call(id: (name: string) => string): [string, Value[]] {
						const given = argumentsOf(args, id, resource);
						// The driver would make a JSON text of what is one.
						const list = args.map(
							({ name, format }, place) => `${name} => $${place + 1}${/^json/.test(format) ? `::text::${format}` : ''}`
						);
						return [
							`select * from public.${path.replace('/rpc/', '')}(${list.join(', ')})`,
							args.map(({ name }) => placeholder(given[name]))
						];
					}
				};
		}
	}

	test('by functions, when all ids are the other’s', async () => {
		let tried = 0;
		for await (const { path, resource, call } of functions()) {
			await expectSilence(path, resource, (stolen) => call((argument) => stolen(idIn(home, resource, argument))));
			tried++;
		}
		expect(tried).toBeGreaterThan(30);
	});

	test('by functions, when one is, beside ids of the caller’s own', async () => {
		for await (const { path, resource, ids, call } of functions())
			for (const tried of ids)
				await expectSilence(path, `${resource} ${tried}`, (stolen) =>
					call((argument) => (argument === tried ? stolen(idIn(home, resource, argument)) : idIn(lair, resource, argument)))
				);
	});

	test('by a profile', async () => {
		const colleagues = [lair.mate, lair.workspace.admin];
		for (const planning of plannings)
			for (const [place, thief] of thieves.entries()) {
				const asked = (id = '') => work(thief, planning, '/profiles', 'select from public.profiles where id = $1', [id]);
				expect(await asked(home.mate)).toEqual({});
				expect(await asked(colleagues[place])).toHaveProperty(['private.my_orgs()']);
			}
	});

	test('by the name of a photo as Storage asks for it', async () => {
		const colleagues = [lair.mate, lair.workspace.admin];
		const statements: Record<string, string> = {
			reads: 'select from storage.objects where bucket_id = $1 and name = $2',
			'reads some': 'select from storage.objects where bucket_id = $1 and name = any (array[$2])',
			replaces: "update storage.objects set metadata = '{}' where bucket_id = $1 and name = $2 returning id",
			removes: 'delete from storage.objects where bucket_id = $1 and name = $2 returning id'
		};
		const photo = (person = '') => `${person}/photo.png`;
		for (const person of [home.mate, ...colleagues])
			await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${photo(person)})`;
		for (const [name, statement] of Object.entries(statements))
			for (const planning of plannings)
				for (const [place, thief] of thieves.entries()) {
					const asked = (object: string) => work(thief, planning, null, statement, ['avatars', object]);
					const none = await asked(`${home.mate}/${randomUUID()}.png`);
					expect({ name, planning, work: await asked(photo(home.mate)) }).toEqual({ name, planning, work: none });
					if (name.startsWith('reads')) expect(await asked(photo(colleagues[place]))).toHaveProperty(['private.my_orgs()']);
				}
	});

	test('by a change of one’s own row that points at it', async () => {
		const pointed: Record<string, unknown> = {
			owner_id: home.mate,
			company_id: home.rows.companies?.id,
			contact_id: home.rows.contacts?.id
		};
		let tried = 0;
		for (const [table, row] of Object.entries(lair.rows))
			for (const { name: column } of (await columnsFor('UPDATE', table)).filter(({ isId }) => isId)) {
				const there = pointed[column] ?? home.rows[table]?.[column];
				if (typeof there !== 'string') throw new Error(`nothing that ${table}.${column} points at`);
				await expectSilence(`/${table}`, column, (stolen) => [
					`update public.${table} set ${column} = $1 where id = $2`,
					[stolen(there), String(row.id)]
				]);
				tried++;
			}
		expect(tried).toBeGreaterThan(7);
	});

	test('by lists and objects that hold it beside what is the caller’s own', async () => {
		const { workspace, rows, mate } = lair;
		for (const table of ['companies', 'contacts', 'deals'] as const) {
			const ids = (stolen: (id: string) => string) => [String(rows[table]?.id), stolen(String(home.rows[table]?.id))];
			// And back, so that each asking finds the rows as they were.
			await expectSilence('/rpc/trash_records', table, (stolen) => [
				'select count(t), (select count(r) from public.restore_records($1, $2) r) from public.trash_records($1, $2) t',
				[table, ids(stolen)]
			]);
			await expectSilence('/rpc/assign_records', table, (stolen) => [
				'select count(a), (select count(b) from public.assign_records($1, $2, $4) b) from public.assign_records($1, $2, $3) a',
				[table, ids(stolen), workspace.admin, mate]
			]);
		}
		await expectSilence('/rpc/save_custom_field', 'readers', (stolen) => [
			"select public.save_custom_field($1, 'Label', null, true, $2::text::jsonb)",
			[String(rows.custom_fields?.id), JSON.stringify([{ role_id: stolen(home.workspace.roles.sales ?? ''), may_edit: true }])]
		]);
		const row = { name: 'x', stage_id: workspace.stages[0]?.id ?? '' };
		for (const [column, there] of Object.entries({ stage_id: home.workspace.stages[0]?.id ?? '', owner_id: home.mate }))
			await expectSilence('/rpc/commit_import', column, (stolen) => [
				`with made as (insert into public.imports (org_id, file_name, total_rows) values ($1, 'x.csv', 1) returning id)
				select public.stage_import_rows(m.id, 0, $2::text::jsonb), (public.commit_import(m.id)).refused_rows from made m`,
				[workspace.id, JSON.stringify([{ ...row, [column]: stolen(there) }])]
			]);
	});

	test('by a new row of one’s own that points at it, or is to be there', async () => {
		let tried = 0;
		for (const [table, row] of Object.entries(lair.rows)) {
			const writable = await columnsFor('INSERT', table);
			const names = writable.map(({ name }) => name);
			for (const { name: column } of writable.filter(({ isId }) => isId)) {
				const there = home.rows[table]?.[column];
				if (typeof there !== 'string') continue;
				await expectSilence(`/${table}`, column, (stolen) => [
					`insert into public.${table} (${names.join(', ')}) select ${names.join(', ')} from jsonb_populate_record(null::public.${table}, $1::text::jsonb)`,
					[JSON.stringify({ ...row, [column]: stolen(there) })]
				]);
				tried++;
			}
		}
		expect(tried).toBeGreaterThan(20);
	});
});
