import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { become, useDatabase, type Caller } from './database.ts';
import { furnish, workspaceTables } from './furnished.ts';
import { signUp, type Workspace } from './world.ts';

// Rows of a workspace that is not one's own are refused before any right is asked for, or time would tell that they exist.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let stranger = '';
let tables: string[] = [];

beforeAll(async () => {
	({ workspace: home, guest: stranger } = await furnish(database));
	tables = await workspaceTables(sql);
});

type Plan = { 'Node Type': string; 'Actual Loops': number; Plans?: Plan[] };

/** The parts of a plan that ran, the outermost first. */
const ran = (plan: Plan): string[] => [
	...(plan['Actual Loops'] > 0 ? [plan['Node Type']] : []),
	...(plan.Plans ?? []).flatMap((part) => ran(part))
];

test('no right is asked for on the row of a stranger’s workspace, whatever the table', async () => {
	// An index on workspaces finds nothing of others, whatever is asked for; what is to be seen is what happens when a row is found.
	await sql`set enable_indexscan = off`;
	await sql`set enable_indexonlyscan = off`;
	await sql`set enable_bitmapscan = off`;
	for (const table of tables) {
		const [held] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from public.${table}`);
		expect([table, (held?.n ?? 0) > 0]).toEqual([table, true]);
		const { rows, error } = await database.request(stranger, `explain (analyze, format json) select from public.${table}`);
		expect([table, error]).toEqual([table, undefined]);
		const [{ Plan: plan }] = rows?.[0]?.['QUERY PLAN'] ?? [];
		// The table is read, and the note of the caller's workspaces; nothing else.
		expect([table, ran(plan)]).toEqual([table, ['Seq Scan', 'Result', 'Result']]);
	}
});

test('the other policies turn strangers away without this one', async () => {
	const undone = new Error('undone');
	const seen: Record<string, number> = {};
	await sql
		.begin(async (tx) => {
			for (const table of tables) await tx.unsafe(`drop policy "strangers are turned away first" on public.${table}`);
			await become(tx, stranger);
			for (const table of tables) seen[table] = (await tx.unsafe(`select from public.${table}`)).length;
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	expect(seen).toEqual(Object.fromEntries(tables.map((table) => [table, 0])));
});

test.each(['count=planned', 'count=estimated', 'return=minimal, count="planned"'])(
	'the planner’s guesses are not told (%s)',
	async (prefer) => {
		const asks = (caller: Caller, wish: string) => database.request(caller, 'select 1 as n', [], { headers: { prefer: wish } });
		expect((await asks(home.admin, prefer)).error).toMatchObject({ code: 'PT400', hint: 'count_exact_only' });
		expect((await asks(null, prefer)).error).toMatchObject({ code: 'PT400', hint: 'count_exact_only' });
		expect((await asks(home.admin, 'count=exact')).rows).toEqual([{ n: 1 }]);
	}
);

describe('the note of a request’s workspaces', () => {
	test('opens nothing', async () => {
		const [first] = await database.as(stranger, async (tx) => {
			await tx`select set_config('crm.orgs', ${`{${home.id}}`}, true)`;
			return tx`select (select count(*)::int from public.deals) as deals, (select count(*)::int from public.members) as members,
				(select count(*)::int from public.profiles where id <> ${stranger}) as others`;
		});
		expect(first).toEqual({ deals: 0, members: 0, others: 0 });
	});

	test('knows a workspace that was made, or joined, in the same request', async () => {
		const made = await database.request(
			stranger,
			`with made as materialized (select id from public.create_workspace($1))
			select (select count(*)::int from public.stages s where s.org_id = m.id) as stages from made m`,
			[`Workspace ${randomUUID().slice(0, 8)}`]
		);
		expect(made).toEqual({ rows: [{ stages: expect.any(Number) }] });
		// A statement sees what was there when it began; the next one sees the rest.
		const seen = await database.as(await signUp(sql), async (tx) => {
			await tx`select private.check_request()`;
			const [workspace] = await tx<{ id: string }[]>`select id from public.create_workspace('Another of theirs')`;
			return tx`select id from public.pipelines where org_id = ${workspace?.id ?? ''}`;
		});
		expect(seen).toHaveLength(1);
	});
});
