import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { meetAtTheLock } from './races.ts';
import { addMember, addRecord, addRole, createWorkspace, enrolFactor, type Session, signIn, signUp, type Workspace } from './world.ts';

// What a session must have proved before a workspace opens, and the codes for whoever lost the proof.

const database = await useDatabase();
const { sql, tries, request } = database;

let home: Workspace;
let person = '';
let weak: Session;
let strong: Session;

beforeEach(async () => {
	home = await createWorkspace(sql);
	person = await addMember(sql, home, 'manager');
	await addRecord(sql, home, 'deals', person);
	weak = await signIn(sql, person);
	strong = await signIn(sql, person, { aal: 'aal2' });
});

const opens = async (caller: Caller) => (await tries(caller, 'select id from public.deals')).rows?.length === 1;
const demand = (what: Partial<{ second_factor_required: boolean; session_hours: number }>) =>
	sql`update public.organizations set ${sql(what)} where id = ${home.id}`;
const renew = async (caller: Caller) =>
	(await tries(caller, 'select public.renew_recovery_codes() as code')).rows?.map(({ code }) => String(code)) ?? [];
const recover = (caller: Caller, code: string) => tries(caller, 'select public.use_recovery_code($1) as used', [code]);

describe('a workspace that demands a second factor', () => {
	test('shows a session without one nothing at all, not even that it is there', async () => {
		expect(await opens(weak)).toBe(true);
		await demand({ second_factor_required: true });
		expect([await opens(strong), await opens(weak), await opens(person)]).toEqual([true, false, false]);
		const tables = await sql<{ name: string }[]>`
			select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
			where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
			and has_any_column_privilege('authenticated', c.oid, 'select')`;
		expect(tables.length).toBeGreaterThan(15);
		for (const { name } of tables) expect((await tries(weak, `select org_id from public.${name}`)).rows, name).toEqual([]);
		expect((await tries(weak, 'select id from public.organizations')).rows).toEqual([]);
		expect((await tries(weak, 'select id from public.profiles where id <> $1', [person])).rows).toEqual([]);
		for (const text of ["insert into public.companies (org_id, name) values ($1, 'X')", 'select public.begin_view_as($1, null)'])
			expect((await tries(weak, text, [home.id])).error?.code).toBe('42501');
		for (const call of ['newest_deals($1)', `board_totals($1, '${home.pipeline}')`, "search_records($1, 'Example')", 'my_access($1)'])
			expect((await tries(weak, `select * from public.${call}`, [home.id])).rows, call).toEqual([]);
	});

	test('tells such a session neither who is a member nor what stages there are by its refusals', async () => {
		await demand({ second_factor_required: true });
		const refusal = (owner: string) =>
			tries(weak, "insert into public.companies (org_id, name, owner_id) values ($1, 'X', $2)", [home.id, owner]);
		const known = await refusal(home.admin);
		expect(known.error?.code).toBe('42501');
		expect(await refusal('00000000-0000-7000-8000-00000000dead')).toEqual(known);
	});

	test('may demand it of a role, which whoever edits roles asks for and an admin or a manager of the workspace lifts', async () => {
		await addRole(sql, home, 'keeper', { update: 'all' }, ['roles']);
		const keeper = await signIn(sql, await addMember(sql, home, 'keeper'), { aal: 'aal2' });
		const set = async (caller: Caller, role: string, value: boolean) =>
			(
				await tries(caller, 'update public.roles set second_factor_required = $2 where id = $1 returning id', [
					home.roles[role] ?? '',
					value
				])
			).error?.code;
		for (const role of ['keeper', 'manager']) {
			expect(await set(keeper, role, true)).toBeUndefined();
			expect([role, await set(keeper, role, false)]).toEqual([role, '42501']);
			expect(await set(home.admin, role, false)).toBeUndefined();
		}
		await sql`insert into public.role_permissions (org_id, role_id, resource, action)
			values (${home.id}, ${home.roles.keeper ?? ''}, 'organizations', 'manage')`;
		expect(await set(keeper, 'manager', true)).toBeUndefined();
		expect(await set(keeper, 'manager', false)).toBeUndefined();
	});

	test('may demand it of one role only', async () => {
		const viewer = await addMember(sql, home, 'viewer');
		await sql`update public.roles set second_factor_required = true where id = ${home.roles.manager ?? ''}`;
		expect([await opens(weak), await opens(strong), await opens(await signIn(sql, viewer))]).toEqual([false, true, true]);
	});

	test('is not made so by whoever would be outside, nor by a role that does not manage sign-in', async () => {
		const set = (caller: Caller, column: string, value: string) =>
			tries(caller, `update public.organizations set ${column} = ${value} where id = $1 returning id`, [home.id]);
		const [adminWeak, adminStrong] = [await signIn(sql, home.admin), await signIn(sql, home.admin, { aal: 'aal2', hoursAgo: 3 })];
		for (const caller of [home.admin, adminWeak])
			expect((await set(caller, 'second_factor_required', 'true')).error).toMatchObject({ hint: 'would_lock_out' });
		expect((await set(adminStrong, 'session_hours', '2')).error).toMatchObject({ hint: 'would_lock_out' });
		expect((await set(adminStrong, 'session_hours', '4')).rows).toHaveLength(1);
		expect((await set(adminStrong, 'second_factor_required', 'true')).rows).toHaveLength(1);
		expect((await set(adminStrong, 'second_factor_required', 'false')).rows).toHaveLength(1);
		await sql`delete from public.role_permissions where org_id = ${home.id} and action = 'manage' and role_id = ${home.roles.admin ?? ''}`;
		await sql`update auth.sessions set aal = 'aal2' where id = ${adminStrong.session_id}`;
		expect((await set(adminStrong, 'second_factor_required', 'true')).error?.code).toBe('42501');
		expect((await set(adminStrong, 'name', "'Renamed'")).rows).toHaveLength(1);
	});
});

describe('sessions', () => {
	test('too old for a workspace are outside it, and so are tokens that belong to none', async () => {
		await demand({ session_hours: 8 });
		const old = await signIn(sql, person, { aal: 'aal2', hoursAgo: 9 });
		expect([await opens(weak), await opens(old), await opens(person)]).toEqual([true, false, false]);
	});

	test('that have ended open nothing, whatever their token says', async () => {
		const ended = await signIn(sql, person);
		await sql`delete from auth.sessions where id = ${ended.session_id}`;
		expect((await request(ended, 'select id from public.deals')).error).toMatchObject({ code: 'PT401', hint: 'session_ended' });
		await sql`update auth.sessions set not_after = now() where id = ${strong.session_id}`;
		expect((await request({ ...strong, aal: 'aal2' }, 'select id from public.deals')).error).toMatchObject({ code: 'PT401' });
		expect((await request(weak, 'select id from public.deals')).rows).toHaveLength(1);
	});

	test('of a person with a second factor open nothing before it is used, but the way to use it', async () => {
		await enrolFactor(sql, person);
		const owed = { code: 'PT403', hint: 'second_factor' };
		for (const path of ['/deals', '/rpc/list_sessions', '/', ''])
			expect((await request(weak, 'select 1 as one', [], { path })).error).toMatchObject(owed);
		for (const path of ['/rpc/my_workspaces', '/rpc/use_recovery_code'])
			expect((await request(weak, 'select 1 as one', [], { path })).rows).toEqual([{ one: 1 }]);
		expect((await request({ ...weak, aal: 'aal2' }, 'select 1 as one')).error).toMatchObject(owed);
		expect((await request(strong, 'select 1 as one')).rows).toHaveLength(1);
		// A factor that was begun and never confirmed is none.
		const other = await signUp(sql);
		await enrolFactor(sql, other);
		await sql`update auth.mfa_factors set status = 'unverified' where user_id = ${other}`;
		expect((await request(await signIn(sql, other), 'select 1 as one')).rows).toHaveLength(1);
	});

	test('that owe a second factor do not listen either, and without the path nothing is let through', async () => {
		await enrolFactor(sql, person);
		const joins = async (caller: Caller) => (await tries(caller, 'select private.may_join($1) as yes', [`org:${home.id}`])).rows?.[0]?.yes;
		const listening = ({ session_id }: Session) => ({ use: 'realtime', actor: person, session_id });
		expect([await joins(listening(weak)), await joins(listening(strong))]).toEqual([false, true]);
		await sql`delete from auth.sessions where id = ${strong.session_id}`;
		expect(await joins(listening(strong))).toBe(false);
		const pathless = sql.begin(async (tx) => {
			await tx`select set_config('request.jwt.claims', ${JSON.stringify({ ...weak, role: 'authenticated' })}, true)`;
			await tx`select private.check_request()`;
		});
		await expect(pathless).rejects.toMatchObject({ code: 'PT403' });
	});
});

describe('recovery codes', () => {
	beforeEach(() => enrolFactor(sql, person));

	test('are ten, stored as hashes, and void when renewed', async () => {
		const codes = await renew(strong);
		expect(new Set(codes).size).toBe(10);
		for (const code of codes) expect(code).toMatch(/^[2-9a-hjkmnp-z]{5}-[2-9a-hjkmnp-z]{5}$/);
		const stored = JSON.stringify([...(await sql`select * from private.recovery_codes where user_id = ${person}`)]);
		for (const code of codes) expect(stored).not.toContain(code.replace('-', ''));
		const fresh = await renew(strong);
		expect((await recover(weak, codes[0] ?? '')).rows).toEqual([{ used: false }]);
		expect((await recover(weak, fresh[0] ?? '')).rows).toEqual([{ used: true }]);
		expect((await tries(strong, 'select public.count_recovery_codes() as left')).rows).toEqual([{ left: 9 }]);
	});

	test('are shown only to a session with a second factor of the same person, and not in a view', async () => {
		for (const caller of [weak, await signIn(sql, home.admin)])
			expect((await tries(caller, 'select public.renew_recovery_codes()')).error).toMatchObject({
				code: '42501',
				hint: 'insufficient_aal'
			});
		await renew(strong);
		const viewing = { ...(await signIn(sql, home.admin, { aal: 'aal2' })), use: 'view', actor: person, view_org: home.id };
		for (const call of ['renew_recovery_codes()', "use_recovery_code('x')"])
			expect((await tries(viewing, `select public.${call}`)).error?.code).toBe('42501');
		expect((await tries(viewing, 'select public.count_recovery_codes() as left')).rows).toEqual([{ left: 0 }]);
		expect((await tries(home.admin, 'select public.count_recovery_codes() as left')).rows).toEqual([{ left: 0 }]);
	});

	test('open what a second factor opens, to that session alone, each once, however it is typed', async () => {
		await demand({ second_factor_required: true });
		const [code = ''] = await renew(strong);
		const other = await signIn(sql, person);
		expect((await recover(weak, ` ${code.toUpperCase().replace('-', ' ')} `)).rows).toEqual([{ used: true }]);
		expect([await opens(weak), await opens(other)]).toEqual([true, false]);
		expect((await request(weak, 'select id from public.deals')).rows).toHaveLength(1);
		expect((await recover(other, code)).rows).toEqual([{ used: false }]);
		const thief = await signUp(sql);
		await enrolFactor(sql, thief);
		expect((await recover(await signIn(sql, thief), (await renew(strong))[0] ?? '')).rows).toEqual([{ used: false }]);
	});

	test('used twice at once are good once', async () => {
		const [code = ''] = await renew(strong);
		const other = await signIn(sql, person);
		const [first, second] = await meetAtTheLock(database, [
			[weak, 'select public.use_recovery_code($1) as used', [code]],
			[other, 'select public.use_recovery_code($1) as used', [code]]
		]);
		expect([first.rows, second.rows]).toEqual([[{ used: true }], [{ used: false }]]);
		expect(
			await sql`select session_id from private.recovered_sessions where session_id in (${weak.session_id}, ${other.session_id})`
		).toEqual([{ session_id: weak.session_id }]);
	});

	test('cannot be guessed: after ten wrong ones the right one is refused too, for an hour', async () => {
		const [code = ''] = await renew(strong);
		for (let n = 0; n < 10; n++) expect((await recover(weak, `wrong-${n}`)).rows).toEqual([{ used: false }]);
		expect((await recover(weak, code)).error).toMatchObject({ hint: 'too_many_tries' });
		await sql`update private.recovery_tries set tried_at = now() - interval '61 minutes' where user_id = ${person}`;
		expect((await recover(weak, code)).rows).toEqual([{ used: true }]);
	});

	test('are worth nothing once there is no second factor to stand in for', async () => {
		const [code = ''] = await renew(strong);
		await sql`delete from auth.mfa_factors where user_id = ${person}`;
		await demand({ second_factor_required: true });
		expect((await recover(weak, code)).error).toMatchObject({ hint: 'no_factor' });
		expect(await opens(weak)).toBe(false);
	});

	test('need a session that lives', async () => {
		const [code = ''] = await renew(strong);
		const ended = await signIn(sql, person);
		await sql`delete from auth.sessions where id = ${ended.session_id}`;
		for (const caller of [ended, person, null]) expect((await recover(caller, code)).error?.code).toBe('42501');
		expect((await recover(weak, code)).rows).toEqual([{ used: true }]);
	});
});
