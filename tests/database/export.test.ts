import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, type Workspace } from './world.ts';

// Taking records along: needs a right of its own, which may reach less far than reading.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
let abroad: Workspace;
const people: Record<string, string> = {};

beforeAll(async () => {
	home = await createWorkspace(sql);
	abroad = await createWorkspace(sql);
	await addRole(sql, home, 'takes all, reads own', { read: 'own', export: 'all' });
	await addRole(sql, home, 'takes team', { read: 'all', export: 'team' });
	await addRole(sql, home, 'takes unseen', { export: 'all' });
	for (const role of ['manager', 'sales', 'viewer', 'takes all, reads own', 'takes team', 'takes unseen'])
		people[role] = await addMember(sql, home, role);
	people.admin = home.admin;
	people.mate = await addMember(sql, home, 'viewer');
	await addTeam(sql, home, [people['takes team'] ?? '', people.mate]);
});

const take = (person: string, table: string, after: string | null = null, max = 1000, workspace = home) =>
	tries(people[person] ?? '', 'select public.export_records($1, $2, $3, $4) as row', [workspace.id, table, after, max]);

describe.each(recordTables)('%s', (table) => {
	const rows: Record<string, string> = {};
	beforeAll(async () => {
		for (const [name, user] of Object.entries(people)) rows[name] = await addRecord(sql, home, table, user);
		rows.nobody = await addRecord(sql, home, table, null);
		rows.trashed = await addRecord(sql, home, table, people.manager ?? '');
		await sql.unsafe(`update public.${table} set deleted_at = now() where id = $1`, [rows.trashed]);
		await addRecord(sql, abroad, table, abroad.admin);
		await addShare(sql, home, table, rows.admin ?? '', { user: people['takes all, reads own'] ?? '', access: 'edit' });
		await addShare(sql, home, table, rows.admin ?? '', { user: people.sales ?? '' });
	});
	const taken = async (person: string) =>
		((await take(person, table)).rows ?? []).map(({ row }) => Object.entries(rows).find(([, id]) => id === row.id)?.[0]).sort();

	test('leave as far as both reading and exporting reach, the trash aside', async () => {
		const all = Object.keys(rows)
			.filter((name) => name !== 'trashed')
			.sort();
		expect(await taken('admin')).toEqual(all);
		expect(await taken('manager')).toEqual(all);
		expect(await taken('sales')).toEqual(['sales']);
		expect(await taken('takes team')).toEqual(['mate', 'takes team']);
		expect(await taken('takes all, reads own')).toEqual(['admin', 'takes all, reads own']);
		expect(await taken('takes unseen')).toEqual([]);
	});

	test('stay for those without the right, there or at all', async () => {
		expect((await take('viewer', table)).error?.code).toBe('42501');
		expect((await take('manager', table, null, 10, abroad)).error?.code).toBe('42501');
	});

	test('come page by page, each once, in whole rows', async () => {
		const ids: string[] = [];
		for (;;) {
			const page = (await take('admin', table, ids.at(-1) ?? null, 4)).rows ?? [];
			ids.push(...page.map(({ row }) => String(row.id)));
			if (page.length < 4) break;
		}
		expect(ids).toEqual(ids.toSorted());
		expect(new Set(ids).size).toBe(Object.keys(rows).length - 1);
		const [first] = (await take('admin', table, null, 1)).rows ?? [];
		const columns =
			await sql`select column_name as name from information_schema.columns where table_schema = 'public' and table_name = ${table}`;
		expect(Object.keys(first?.row).sort()).toEqual(columns.map(({ name }) => String(name)).sort());
	});
});

test('what is no record is not exported', async () => {
	expect((await take('admin', 'members')).error?.code).toBe('22023');
});
