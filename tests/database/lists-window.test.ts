import { beforeAll, expect, test } from 'vitest';
import { useDatabase, type Value } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRole, addShare, addTeam, createWorkspace, requiredColumns, type Workspace } from './world.ts';

// A member whose team has more than five people looks through the newest of the workspace before she looks for each owner's: here others own almost all of
// them, so that a page begins within what is looked through and ends behind it.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let caller = '';

beforeAll(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'team', { read: 'team' });
	const mates: string[] = [];
	for (let n = 0; n < 6; n++) mates.push(await addMember(sql, home, 'team'));
	caller = await addMember(sql, home, 'team');
	await addTeam(sql, home, [caller, ...mates]);
	// Of every forty one is of the team, and three are shared: of somebody else's, of the team's, of nobody's.
	const owner = (n: number) => ({ 3: mates[n % 6], 11: home.admin, 23: mates[0], 31: null })[n % 40] ?? (n % 2 === 0 ? home.admin : null);
	for (const table of recordTables) {
		const rows = Array.from({ length: 600 }, (_, n) => ({ ...requiredColumns(home, table), owner_id: owner(n), n }));
		const columns = Object.keys(requiredColumns(home, table)).join(', ');
		const made = await sql.unsafe<{ id: string; n: number }[]>(
			`with rows as (select r.*, gen_random_uuid() as key, (x ->> 'n')::int as n
				from jsonb_array_elements($2::text::jsonb) x, jsonb_populate_record(null::public.${table}, x) r),
			made as (insert into public.${table} (id, org_id, owner_id, created_at, ${columns})
				-- Two of each minute, so that the id decides between them.
				select key, $1, owner_id, now() - make_interval(mins => n / 2), ${columns} from rows)
			select key as id, n from rows`,
			[home.id, JSON.stringify(rows)]
		);
		for (const { id, n } of made) if ([11, 23, 31].includes(n % 40)) await addShare(sql, home, table, id, { user: caller });
	}
});

type Row = { id: string; at: string };
const read = (text: string, values: Value[]) => database.as(caller, async (tx) => [...(await tx.unsafe<Row[]>(text, values))]);

test.each(recordTables)('%s of a team are the newest, within what is looked through and behind it', async (table) => {
	const columns = 'id, created_at::text as at';
	const all = await read(`select ${columns} from public.${table} where org_id = $1 order by created_at desc, id desc`, [home.id]);
	expect(all).toHaveLength(60);
	const page = (max: number, after?: Row) =>
		read(`select ${columns} from public.newest_${table}($1, null, $2, $3::text::timestamptz, $4)`, [
			home.id,
			max,
			after?.at ?? null,
			after?.id ?? null
		]);
	for (const max of [1, 24, 25, 26, 27, 49, 50, 51, 59, 60, 61, 300]) expect(await page(max)).toEqual(all.slice(0, max));
	for (const [at, after] of all.entries()) expect(await page(30 + (at % 30), after)).toEqual(all.slice(at + 1, at + 31 + (at % 30)));
	// From anywhere: what is looked through ends at another row each time.
	const everything = await sql.unsafe<Row[]>(
		`select ${columns} from public.${table} where org_id = $1 order by created_at desc, id desc limit 120`,
		[home.id]
	);
	const mine = new Set(all.map(({ id }) => id));
	for (const [at, after] of everything.entries()) {
		const seen = everything.slice(0, at + 1).filter(({ id }) => mine.has(id)).length;
		expect(await page(50, after)).toEqual(all.slice(seen, seen + 50));
	}
});
