import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, type Workspace } from './world.ts';

// The newest records, by function: the same rows in the same order as the table shows through its policies, page by page. Where a team looks through the
// newest of the workspace first: lists-window.test.ts.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
const people: Record<string, string> = {};

beforeAll(async () => {
	home = await createWorkspace(sql);
	const elsewhere = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own' });
	await addRole(sql, home, 'team', { read: 'team' });
	await addRole(sql, home, 'none', {});
	for (const role of ['own', 'team', 'none', 'sales', 'viewer']) people[role] = await addMember(sql, home, role);
	people.outsider = elsewhere.admin;
	// In two teams with the same colleague: nothing may come twice.
	for (let n = 0; n < 2; n++) await addTeam(sql, home, [people.team ?? '', people.sales ?? '']);
	// Of a team too large to take the newest of each.
	const crowd = [];
	for (let n = 0; n < 6; n++) crowd.push(await addMember(sql, home, 'own'));
	people.crowd = await addMember(sql, home, 'team');
	await addTeam(sql, home, [people.crowd, ...crowd]);
	people.guest = await addMember(sql, home, 'own');
	const owners = [people.own, people.team, people.sales, home.admin, null, crowd[0], people.sales, people.own, home.admin];
	for (const table of recordTables) {
		for (let n = 0; n < 90; n++) {
			const id = await addRecord(sql, home, table, owners[n % owners.length] ?? null);
			if (n % 6 === 0) await addShare(sql, home, table, id, { user: people.guest });
			// Some of them in reach of a team anyway: nothing may come twice.
			if (n % 10 === 0) for (const person of [people.team, people.crowd]) await addShare(sql, home, table, id, { user: person });
			// Two of each day, so that the id decides between them.
			await sql.unsafe(`update public.${table} set created_at = date_trunc('day', now()) - make_interval(days => $2) where id = $1`, [
				id,
				(n * 7) % 20
			]);
			if (n % 9 === 0) await sql.unsafe(`update public.${table} set deleted_at = now() where id = $1`, [id]);
		}
		await addRecord(sql, elsewhere, table, elsewhere.admin);
	}
});

type Row = { id: string; created_at: string };

const newest = (caller: string, table: string, owner: string | null = null, max = 500, after?: Row) =>
	database.as(people[caller] ?? '', (tx) =>
		tx.unsafe<Row[]>(`select id, created_at::text from public.newest_${table}($1, $2, $3, $4::text::timestamptz, $5)`, [
			home.id,
			owner,
			max,
			after?.created_at ?? null,
			after?.id ?? null
		])
	);

const readable = (caller: string, table: string, owner: string | null = null) =>
	database.as(people[caller] ?? '', (tx) =>
		tx.unsafe<Row[]>(
			`select id, created_at::text from public.${table}
			where org_id = $1 and deleted_at is null and ($2::uuid is null or owner_id = $2) order by created_at desc, id desc`,
			[home.id, owner]
		)
	);

describe.each(recordTables)('%s', (table) => {
	test.each(['viewer', 'sales', 'team', 'crowd', 'own', 'guest', 'none', 'outsider'])('for %s are those of the table', async (caller) => {
		expect([...(await newest(caller, table))]).toEqual([...(await readable(caller, table))]);
		for (const owner of [people.sales ?? null, people.own ?? null])
			expect([...(await newest(caller, table, owner))]).toEqual([...(await readable(caller, table, owner))]);
	});

	test.each(['own', 'team', 'crowd', 'guest'])(
		'are the newest for %s however few are asked for, also where others own almost everything newer',
		async (caller) => {
			const all = [...(await readable(caller, table))];
			for (let max = 1; max <= all.length; max++) expect([...(await newest(caller, table, null, max))]).toEqual(all.slice(0, max));
			const everything = [...(await readable('viewer', table))];
			const mine = new Set(all.map(({ id }) => id));
			for (const [at, cursor] of everything.entries()) {
				const next = everything.slice(at + 1).filter(({ id }) => mine.has(id));
				const max = 1 + (at % 2);
				expect([...(await newest(caller, table, null, max, cursor))]).toEqual(next.slice(0, max));
			}
		}
	);

	test.each([
		['viewer', 4],
		['team', 4],
		['crowd', 4],
		['viewer', 60]
	] as const)('come page by page for %s, at most %i of them', async (caller, most) => {
		const all = [...(await readable(caller, table))];
		const paged: Row[] = [];
		for (;;) {
			const page = await newest(caller, table, null, most, paged.at(-1));
			if (page.length === 0) break;
			expect(page.length).toBeLessThanOrEqual(most);
			paged.push(...page);
		}
		expect(paged).toEqual(all);
		expect(all.length).toBeGreaterThan(8);
	});
});
