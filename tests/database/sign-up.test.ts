import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { predefinedRoles, recordTables, type Role } from './permissions.ts';
import { addMember, createWorkspace, signUp, type Workspace } from './world.ts';

const database = await useDatabase();
const { sql } = database;

const make = (caller: string | null, name: string, currency = 'USD') =>
	database.as(caller, (tx) =>
		attempt(tx, async (inner) => [...(await inner`select * from public.create_workspace(${name}, ${currency})`)])
	);

describe('a person who signs up', () => {
	test('gets a profile with the name they gave', async () => {
		const id = await signUp(sql, '  Grace Hopper ');
		expect(await sql`select full_name, email from public.profiles where id = ${id}`).toEqual([
			{ full_name: 'Grace Hopper', email: `${id}@example.test` }
		]);
	});

	test('is never refused for a strange name, and follows a change of address', async () => {
		const id = await signUp(sql, 'x'.repeat(5000));
		await sql`update auth.users set email = 'new@example.test' where id = ${id}`;
		const [profile] = await sql`select char_length(full_name) as length, email from public.profiles where id = ${id}`;
		expect(profile).toEqual({ length: 120, email: 'new@example.test' });
	});

	test('may have line breaks in the name they gave, which the profile drops', async () => {
		const id = await signUp(sql, 'Eve\r\nBcc: all@example.test\t');
		expect(await sql`select full_name from public.profiles where id = ${id}`).toEqual([{ full_name: 'Eve Bcc: all@example.test' }]);
		const blank = await signUp(sql, '\n\t');
		expect(await sql`select full_name from public.profiles where id = ${blank}`).toEqual([{ full_name: blank }]);
	});

	test('sees nobody until they share a workspace, then colleagues only, and edits only themselves', async () => {
		const home = await createWorkspace(sql);
		const me = await signUp(sql, 'Newcomer');
		const ids = async () => (await database.as(me, (tx) => tx`select id from public.profiles`)).map(({ id }) => id).sort();
		expect(await ids()).toEqual([me]);
		await addMember(sql, home, 'viewer', me);
		expect(await ids()).toEqual([me, home.admin].sort());
		const renamed = await database.as(me, (tx) => tx`update public.profiles set full_name = 'Me' returning id`);
		expect(renamed.map(({ id }) => id)).toEqual([me]);
		const moved = await database.as(me, (tx) =>
			attempt(tx, async (inner) => [...(await inner`update public.profiles set email = 'x@y.z' where id = ${me}`)])
		);
		expect(moved.error?.code).toBe('42501');
	});
});

describe('a new workspace', () => {
	let founder: string;
	let home: Workspace;
	beforeAll(async () => {
		founder = await signUp(sql);
		home = await createWorkspace(sql, founder);
	});

	test('has its maker as admin and the default pipeline', async () => {
		expect(
			await sql`
			select m.user_id, r.key, m.status from public.members m join public.roles r on r.id = m.role_id where m.org_id = ${home.id}`
		).toEqual([{ user_id: founder, key: 'admin', status: 'active' }]);
		expect(await sql`select name, kind, probability from public.stages where org_id = ${home.id} order by position`).toEqual([
			{ name: 'Lead', kind: 'open', probability: 10 },
			{ name: 'Qualified', kind: 'open', probability: 25 },
			{ name: 'Proposal', kind: 'open', probability: 50 },
			{ name: 'Negotiation', kind: 'open', probability: 75 },
			{ name: 'Won', kind: 'won', probability: 100 },
			{ name: 'Lost', kind: 'lost', probability: 0 }
		]);
	});

	test.each(Object.entries<Role>(predefinedRoles))('gives %s exactly the rights of the permission table', async (key, role) => {
		const member = key === 'admin' ? founder : await addMember(sql, home, key);
		const rights = await database.as(member, (tx) => tx`select * from public.my_access(${home.id})`);
		const expected = [
			...recordTables.flatMap((resource) => Object.entries(role.records).map(([action, scope]) => `${resource}.${action} ${scope}`)),
			...role.settings.map((right) => `${right} all`),
			...Object.entries(role.contactPrivate ?? {}).map(([action, scope]) => `contact_private.${action} ${scope}`),
			...(role.analytics ? ['analytics.read all'] : [])
		];
		expect(rights.map(({ resource, action, scope }) => `${resource}.${action} ${scope}`).sort()).toEqual(expected.sort());
	});

	test('finds an address of its own', async () => {
		const [first, second, reserved, symbols] = [
			await make(founder, 'Acme, Inc.'),
			await make(founder, 'ACME inc'),
			await make(founder, 'Welcome'),
			await make(founder, '株式会社')
		].map((outcome) => outcome.rows?.[0]?.slug);
		expect(first).toBe('acme-inc');
		expect(second).toMatch(/^acme-inc-[0-9a-f]{6}$/);
		expect(reserved).toMatch(/^welcome-[0-9a-f]{6}$/);
		expect(symbols).toMatch(/^workspace/);
	});

	test('needs a name, a real currency and a signed-in person', async () => {
		expect((await make(founder, '   ')).error?.constraint).toBe('organizations_name_length');
		expect((await make(founder, 'x'.repeat(81))).error?.constraint).toBe('organizations_name_length');
		expect((await make(founder, 'Acme', 'XYZ')).error?.constraint).toBe('organizations_currency_known');
		expect((await make(null, 'Acme')).error?.code).toBe('42501');
		// A token that names nobody.
		expect((await database.tries({}, "select public.create_workspace('Acme')")).error?.code).toBe('42501');
	});

	test('is one of fifty that a person makes', async () => {
		const person = await signUp(sql);
		await sql`insert into public.organizations (name, slug, created_by)
			select 'One of many', 'one-of-many-' || n, ${person} from generate_series(1, 49) n`;
		expect((await make(person, 'The fiftieth')).rows).toHaveLength(1);
		expect((await make(person, 'One more')).error).toMatchObject({ code: 'P0001', hint: 'too_many_workspaces' });
	});
});

test('names of people, workspaces and teams hold no control characters', async () => {
	const { admin, id } = await createWorkspace(sql);
	const writes: [string, string][] = [
		["update public.profiles set full_name = E'A\\nB' where id = $1", admin],
		["update public.organizations set name = E'A\\rB' where id = $1", id],
		["insert into public.teams (org_id, name) values ($1, E'A\\u0007B')", id]
	];
	const constraints = ['profiles_full_name_printable', 'organizations_name_printable', 'teams_name_printable'];
	for (const [n, [text, value]] of writes.entries())
		expect((await database.tries(admin, text, [value])).error?.constraint, text).toBe(constraints[n]);
	expect((await make(admin, 'A\nB')).error?.constraint).toBe('organizations_name_printable');
});

describe('a request without a session', () => {
	test('may read and write no table and call no function', async () => {
		const tables = await sql`select tablename from pg_tables where schemaname = 'public'`;
		for (const { tablename } of tables)
			for (const text of [`select * from public.${tablename}`, `delete from public.${tablename}`]) {
				const outcome = await database.as(null, (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text))]));
				expect(outcome.error?.code, text).toBe('42501');
			}
		const functions = await sql`
			select p.oid::regprocedure::text as name from pg_proc p
			where p.pronamespace = 'public'::regnamespace and has_function_privilege('anon', p.oid, 'execute')`;
		expect(functions).toEqual([]);
	});
});

describe('the check before every request', () => {
	const check = (claims: object) =>
		sql.begin(async (tx) => {
			await tx`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true), set_config('role', 'authenticated', true)`;
			return attempt(tx, async (inner) => [...(await inner`select private.check_request()`)]);
		});

	test('refuses tokens made for realtime and no others', async () => {
		const sub = '00000000-0000-7000-8000-000000000001';
		expect((await check({ sub, role: 'authenticated', use: 'realtime' })).error?.code).toBe('PT403');
		expect((await check({ sub, role: 'authenticated' })).error).toBeUndefined();
		expect((await check({})).error).toBeUndefined();
	});

	test('such a token names its user under another claim, which counts for nothing else', async () => {
		const actor = '00000000-0000-7000-8000-000000000001';
		const actorOf = (claims: object) =>
			sql.begin(async (tx) => {
				await tx`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
				const [row] = await tx`select private.actor() as id`;
				return row?.id;
			});
		expect(await actorOf({ use: 'realtime', actor })).toBe(actor);
		expect(await actorOf({ actor })).toBeNull();
		expect(await actorOf({ sub: actor, actor: '00000000-0000-7000-8000-000000000002' })).toBe(actor);
	});

	test('is the one that REST calls', async () => {
		const [setting] = await sql`
			select s.setting from pg_db_role_setting r, unnest(r.setconfig) s (setting)
			where r.setrole = 'authenticator'::regrole and s.setting like 'pgrst.db_pre_request=%'`;
		expect(setting?.setting).toBe('pgrst.db_pre_request=private.check_request');
	});
});
