import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { addMember, createWorkspace, signUp, type Workspace } from './world.ts';

// What belongs to one person: they read and write it, and nobody else does, colleague, admin or stranger.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
let me = '';
let others: string[] = [];
beforeEach(async () => {
	home = await createWorkspace(sql);
	me = await addMember(sql, home, 'sales');
	others = [home.admin, await addMember(sql, home, 'sales'), (await createWorkspace(sql)).admin];
});

test('a person edits their profile, and nobody else’s', async () => {
	const rename = (caller: string) =>
		tries(caller, "update public.profiles set full_name = 'New name' where id = $1 returning full_name", [me]);
	for (const other of others) expect((await rename(other)).rows).toEqual([]);
	expect((await rename(me)).rows).toEqual([{ full_name: 'New name' }]);
	const everybody = await tries(me, 'update public.profiles set title = $1 returning id', ['Boss']);
	expect(everybody.rows).toEqual([{ id: me }]);
});

test('a profile is seen by colleagues, suspended ones too, and names no photo of somebody else', async () => {
	const stranger = await signUp(sql);
	const suspended = others[1] ?? '';
	await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
	const seen = (await tries(me, 'select id from public.profiles')).rows?.map(({ id }) => String(id)).sort();
	expect(seen).toEqual([me, home.admin, suspended].sort());
	expect((await tries(stranger, 'select id from public.profiles')).rows).toEqual([{ id: stranger }]);
	const photo = (path: string) => tries(me, 'update public.profiles set photo_path = $1 returning id', [path]);
	expect((await photo(`${home.admin}/photo.png`)).error?.constraint).toBe('profiles_photo_path_format');
	expect((await photo(`${me}/photo.png`)).rows).toHaveLength(1);
});

test('a profile beside a seat is found by its id alone, however many colleagues there are', async () => {
	await sql`insert into auth.users (id, email, aud, role, raw_user_meta_data)
		select gen_random_uuid(), gen_random_uuid() || '@example.test', 'authenticated', 'authenticated', '{}' from generate_series(1, 500)`;
	await sql`insert into public.members (org_id, user_id, role_id)
		select ${home.id}, u.id, ${home.roles.sales ?? ''} from auth.users u where not exists (select from public.members m where m.user_id = u.id)`;
	const plan = await database.rehearse(me, async (tx) => {
		// As it is planned for whichever workspace, most of which are small.
		await tx`set local enable_hashjoin = off`;
		await tx`set local enable_mergejoin = off`;
		const lines = await tx<{ 'QUERY PLAN': string }[]>`explain (analyze, costs off, timing off)
			select m.user_id, p.full_name from public.members m left join lateral (select * from public.profiles p where p.id = m.user_id) p on true`;
		return lines.map((line) => line['QUERY PLAN'].trim());
	});
	const at = plan.findIndex((line) => / using profiles_pkey on profiles/.test(line));
	expect(plan[at]).toMatch(/loops=50\d\)$/);
	expect(plan[at + 1]).toBe('Index Cond: (id = m.user_id)');
	// The caller's workspaces are looked up once for each policy that asks for them, not for each row.
	expect(plan.filter((line) => /ProjectSet/.test(line) && !/loops=[01]\)/.test(line))).toEqual([]);
});

test('preferences are made, read and changed by their person alone', async () => {
	expect((await tries(me, `insert into public.preferences (settings) values ('{"theme": "dark"}') returning user_id`)).rows).toEqual([
		{ user_id: me }
	]);
	for (const other of others) {
		expect((await tries(other, 'select user_id from public.preferences')).rows).toEqual([]);
		expect((await tries(other, "update public.preferences set settings = '{}' returning user_id")).rows).toEqual([]);
	}
	expect((await tries(me, "update public.preferences set settings = '{}' returning user_id")).rows).toEqual([{ user_id: me }]);
	expect((await tries(me, 'insert into public.preferences (user_id) values ($1)', [home.admin])).error?.code).toBe('42501');
	// Whoever asks for nothing back need not see what they change.
	for (const other of others) await tries(other, `update public.preferences set settings = '{"theme": "light"}'`);
	expect(await sql`select settings from public.preferences where user_id = ${me}`).toEqual([{ settings: {} }]);
});

describe('an import', () => {
	const begin = (caller: string, workspace = home) =>
		tries(caller, "insert into public.imports (org_id, file_name) values ($1, 'deals.csv') returning id", [workspace.id]);

	test('is begun by those who may import, where they may, and seen with its rows by themselves alone', async () => {
		const [made] = (await begin(me)).rows ?? [];
		expect((await tries(me, `select public.stage_import_rows($1, 1, '[{"name": "x"}]') as staged`, [made?.id])).rows).toEqual([
			{ staged: 1 }
		]);
		const sees = async (caller: string) => [
			(await tries(caller, 'select id from public.imports')).rows?.length,
			(await tries(caller, 'select row_no from public.import_rows')).rows?.length
		];
		expect(await sees(me)).toEqual([1, 1]);
		for (const other of others) expect(await sees(other)).toEqual([0, 0]);
		expect((await begin(await addMember(sql, home, 'viewer'))).error?.code).toBe('42501');
		expect((await begin(others[2] ?? '')).error?.code).toBe('42501');
		await sql`update public.members set status = 'suspended' where user_id = ${me}`;
		expect(await sees(me)).toEqual([0, 0]);
	});

	test('is staged, committed and cancelled by whoever brought it, while they may', async () => {
		const [made] = (await begin(me)).rows ?? [];
		const calls = [`select public.stage_import_rows($1, 1, '[{}]')`, 'select public.commit_import($1)', 'select public.cancel_import($1)'];
		for (const call of calls)
			for (const other of others) expect((await tries(other, call, [made?.id])).error).toMatchObject({ hint: 'reference_not_found' });
		await sql`update public.members set role_id = ${home.roles.viewer ?? ''} where user_id = ${me}`;
		for (const call of calls.slice(0, 2)) expect((await tries(me, call, [made?.id])).error?.code).toBe('42501');
		expect((await tries(me, calls[2] ?? '', [made?.id])).error).toBeUndefined();
	});
});
