import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { meetAtTheLock } from './races.ts';
import { addMember, addRole, addTeam, createWorkspace, signUp, type Workspace } from './world.ts';

// Into a workspace by letter: who may send one, who may use it, and what happens to it meanwhile.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

/** A person who has confirmed their address. */
async function addPerson(): Promise<{ id: string; email: string }> {
	const id = await signUp(sql, 'Ina Invited');
	const [row] = await sql<{ email: string }[]>`update auth.users set email_confirmed_at = now() where id = ${id} returning email`;
	return { id, email: row?.email ?? '' };
}

const invite = (caller: Caller, emails: string[], role = 'sales', team: string | null = null, days = 7, workspace = home) =>
	tries(caller, 'select * from public.invite_members($1, $2, $3, $4, $5)', [workspace.id, emails, workspace.roles[role] ?? '', team, days]);
const accept = (caller: Caller, token: string) => tries(caller, 'select public.accept_invitation($1) as slug', [token]);
const seat = (person: string) =>
	sql`select r.key, m.status from public.members m join public.roles r on r.id = m.role_id where m.org_id = ${home.id} and m.user_id = ${person}`;

/** An invitation for one address, its token and its id. */
async function letter(email: string, role = 'sales', team: string | null = null, by = home.admin) {
	const { rows } = await invite(by, [email], role, team);
	const [row] = rows ?? [];
	return { token: String(row?.token), id: String(row?.invitation_id) };
}
const over = { hint: 'invitation_over' };

describe('an invitation', () => {
	test('makes whoever holds its letter and its address a member with its role and team, once', async () => {
		const person = await addPerson();
		const team = await addTeam(sql, home, [home.admin]);
		const { token, id } = await letter(person.email, 'manager', team);
		expect((await accept(person.id, token)).rows).toHaveLength(1);
		expect(await seat(person.id)).toEqual([{ key: 'manager', status: 'active' }]);
		expect(await sql`select user_id from public.team_members where team_id = ${team} and user_id = ${person.id}`).toHaveLength(1);
		expect(await sql`select status, accepted_by from public.invitations where id = ${id}`).toEqual([
			{ status: 'accepted', accepted_by: person.id }
		]);
		// A lost answer may be asked for again; after being removed it opens nothing any more.
		expect((await accept(person.id, token)).rows).toHaveLength(1);
		await sql`delete from public.members where org_id = ${home.id} and user_id = ${person.id}`;
		expect((await accept(person.id, token)).error).toMatchObject(over);
		expect(await seat(person.id)).toEqual([]);
	});

	test('is for its address only, confirmed, and for nobody who is not signed in', async () => {
		const person = await addPerson();
		const thief = await addPerson();
		const { token } = await letter(person.email.toUpperCase());
		expect((await accept(thief.id, token)).error).toMatchObject({ hint: 'invitation_for_another' });
		await sql`update auth.users set email_confirmed_at = null where id = ${person.id}`;
		expect((await accept(person.id, token)).error).toMatchObject({ hint: 'invitation_for_another' });
		expect((await accept(null, token)).error?.code).toBe('42501');
		expect((await accept({}, token)).error?.code).toBe('42501');
		for (const wrong of ['', 'x', token.slice(1), `${token}0`])
			expect((await accept(person.id, wrong)).error).toMatchObject({ hint: 'invitation_unknown' });
		expect(await sql`select from public.members where org_id = ${home.id}`).toHaveLength(1);
	});

	test('that is over, revoked or replaced opens nothing', async () => {
		const person = await addPerson();
		const old = await letter(person.email);
		await sql`update public.invitations set expires_at = now() where id = ${old.id}`;
		expect((await accept(person.id, old.token)).error).toMatchObject(over);
		// Past its time it makes way for another.
		const next = await letter(person.email);
		expect(next.id).not.toBe(old.id);
		await sql`update public.invitations set sent_at = now() - interval '2 minutes' where id = ${next.id}`;
		const [resent] = (await tries(home.admin, 'select * from public.resend_invitation($1)', [next.id])).rows ?? [];
		expect(resent?.email).toBe(person.email);
		expect((await accept(person.id, next.token)).error).toMatchObject({ hint: 'invitation_unknown' });
		expect((await tries(home.admin, 'select public.revoke_invitation($1)', [next.id])).error).toBeUndefined();
		expect((await accept(person.id, String(resent?.token))).error).toMatchObject(over);
		expect(await seat(person.id)).toEqual([]);
	});

	test('into a suspended workspace waits, and brings no suspended member back', async () => {
		const person = await addPerson();
		const { token } = await letter(person.email);
		await sql`update public.organizations set status = 'suspended' where id = ${home.id}`;
		expect((await accept(person.id, token)).error).toMatchObject(over);
		await sql`update public.organizations set status = 'active' where id = ${home.id}`;
		await addMember(sql, home, 'viewer', person.id);
		await sql`update public.members set status = 'suspended' where user_id = ${person.id}`;
		expect((await accept(person.id, token)).error).toMatchObject(over);
		expect(await seat(person.id)).toEqual([{ key: 'viewer', status: 'suspended' }]);
	});

	test('that was used does not say again where it leads, while its member or the workspace is suspended', async () => {
		const person = await addPerson();
		const { token } = await letter(person.email);
		const slug = (await accept(person.id, token)).rows;
		for (const table of ['members', 'organizations']) {
			const row = table === 'members' ? 'user_id' : 'id';
			const set = (status: string) =>
				sql.unsafe(`update public.${table} set status = $1 where ${row} = $2`, [status, table === 'members' ? person.id : home.id]);
			await set('suspended');
			expect((await accept(person.id, token)).error).toMatchObject(over);
			await set('active');
			expect((await accept(person.id, token)).rows).toEqual(slug);
		}
	});

	test('does no more than its maker still may', async () => {
		const [first, second] = [await addPerson(), await addPerson()];
		const maker = await addMember(sql, home, 'admin');
		const asAdmin = await letter(first.email, 'admin', null, maker);
		await addRole(sql, home, 'keeper', { create: 'all' }, ['members']);
		const asSales = await letter(second.email, 'sales', null, maker);
		await sql`update public.members set role_id = ${home.roles.keeper ?? ''} where user_id = ${maker}`;
		expect((await accept(first.id, asAdmin.token)).error).toMatchObject(over);
		await sql`update public.members set role_id = ${home.roles.manager ?? ''} where user_id = ${maker}`;
		expect((await accept(second.id, asSales.token)).error).toMatchObject(over);
		await sql`update public.members set role_id = ${home.roles.keeper ?? ''}, status = 'suspended' where user_id = ${maker}`;
		expect((await accept(second.id, asSales.token)).error).toMatchObject(over);
		await sql`update public.members set status = 'active' where user_id = ${maker}`;
		expect((await accept(second.id, asSales.token)).rows).toHaveLength(1);
	});

	test('gives no rights and no team that its maker may no longer give', async () => {
		const [first, second] = [await addPerson(), await addPerson()];
		const maker = await addMember(sql, home, 'admin');
		await addRole(sql, home, 'recruiter', { create: 'all' }, ['members']);
		await addRole(sql, home, 'keeper', { update: 'all' }, ['roles']);
		const asKeeper = await letter(first.email, 'keeper', null, maker);
		const intoTeam = await letter(second.email, 'sales', await addTeam(sql, home, [home.admin]), maker);
		await sql`update public.members set role_id = ${home.roles.recruiter ?? ''} where user_id = ${maker}`;
		expect((await accept(first.id, asKeeper.token)).error).toMatchObject(over);
		expect((await accept(second.id, intoTeam.token)).error).toMatchObject(over);
		await sql`insert into public.role_permissions (org_id, role_id, resource, action)
			values (${home.id}, ${home.roles.recruiter ?? ''}, 'roles', 'update'), (${home.id}, ${home.roles.recruiter ?? ''}, 'teams', 'update')`;
		expect((await accept(first.id, asKeeper.token)).rows).toHaveLength(1);
		expect((await accept(second.id, intoTeam.token)).rows).toHaveLength(1);
	});

	test('is revoked when the person is removed, in this workspace only', async () => {
		const person = await addPerson();
		const second = await createWorkspace(sql);
		const { token, id } = await letter(person.email, 'manager');
		const other = await letter('other@example.test');
		const elsewhere = await invite(second.admin, [person.email], 'sales', null, 7, second);
		await addMember(sql, home, 'viewer', person.id);
		await tries(home.admin, 'select public.remove_member($1, $2)', [home.id, person.id]);
		expect((await accept(person.id, token)).error).toMatchObject(over);
		expect(await seat(person.id)).toEqual([]);
		const open = await sql`select id from public.invitations where org_id in (${home.id}, ${second.id}) and status = 'open'`;
		expect(open.map((row) => row.id).sort()).toEqual([other.id, elsewhere.rows?.[0]?.invitation_id].sort());
		expect(await sql`select status from public.invitations where id = ${id}`).toEqual([{ status: 'revoked' }]);
	});

	test('is not used from a view', async () => {
		const person = await addPerson();
		const { token } = await letter(person.email);
		const viewing = { use: 'view', sub: home.admin, actor: person.id, view_org: home.id };
		expect((await accept(viewing, token)).error?.code).toBe('42501');
	});

	test('that two requests use at once makes one member', async () => {
		const person = await addPerson();
		const { token } = await letter(person.email);
		const outcomes = await meetAtTheLock(database, [
			[person.id, 'select public.accept_invitation($1)', [token]],
			[person.id, 'select public.accept_invitation($1)', [token]]
		]);
		expect(outcomes.map(({ rows }) => rows?.length)).toEqual([1, 1]);
		expect(await seat(person.id)).toHaveLength(1);
	});

	test('that is revoked at the same moment is revoked', async () => {
		const person = await addPerson();
		const { token, id } = await letter(person.email);
		const [, accepted] = await meetAtTheLock(database, [
			[home.admin, 'select public.revoke_invitation($1)', [id]],
			[person.id, 'select public.accept_invitation($1)', [token]]
		]);
		expect(accepted?.error).toMatchObject(over);
		expect(await seat(person.id)).toEqual([]);
	});
});

describe('inviting', () => {
	test('is for those who may add members, and only admins invite admins', async () => {
		await addRole(sql, home, 'keeper', { create: 'all' }, ['members']);
		const keeper = await addMember(sql, home, 'keeper');
		expect((await invite(keeper, ['new@example.test'])).rows).toMatchObject([{ outcome: 'invited' }]);
		expect((await invite(keeper, ['boss@example.test'], 'admin')).error?.code).toBe('42501');
		expect((await invite(home.admin, ['boss@example.test'], 'admin')).rows).toMatchObject([{ outcome: 'invited' }]);
		for (const role of ['manager', 'sales', 'viewer'])
			expect((await invite(await addMember(sql, home, role), ['other@example.test'])).error?.code).toBe('42501');
		const second = await createWorkspace(sql);
		expect((await invite(second.admin, ['other@example.test'])).error?.code).toBe('42501');
		// Nor is an admin's invitation resent or revoked by somebody who could not have made it.
		const [boss] = await sql`select id from public.invitations where email = 'boss@example.test' and org_id = ${home.id}`;
		await sql`update public.invitations set sent_at = now() - interval '1 hour' where id = ${boss?.id}`;
		for (const name of ['resend_invitation', 'revoke_invitation'])
			expect((await tries(keeper, `select public.${name}($1)`, [boss?.id])).error).toMatchObject({ hint: 'reference_not_found' });
	});

	test('takes a pasted list and says of each address what became of it', async () => {
		const member = await addMember(sql, home, 'sales');
		const [{ email } = { email: '' }] = await sql<{ email: string }[]>`select email from public.profiles where id = ${member}`;
		await invite(home.admin, ['twice@example.test']);
		const { rows } = await invite(home.admin, [
			' New@Example.test',
			'new@example.test ',
			'nobody',
			'a@b',
			'x y@example.test',
			email,
			'twice@example.test'
		]);
		expect(Object.fromEntries((rows ?? []).map((row) => [row.email, row.outcome]))).toEqual({
			'new@example.test': 'invited',
			nobody: 'not_an_address',
			'a@b': 'not_an_address',
			'x y@example.test': 'not_an_address',
			[email]: 'already_member',
			'twice@example.test': 'already_invited'
		});
		expect((rows ?? []).filter(({ token }) => token !== null)).toHaveLength(1);
	});

	test('refuses a role or team of another workspace, and more than a letter-box takes', async () => {
		const second = await createWorkspace(sql);
		const foreign = await tries(home.admin, 'select * from public.invite_members($1, $2, $3)', [
			home.id,
			['a@example.test'],
			second.roles.sales ?? ''
		]);
		expect(foreign.error).toMatchObject({ hint: 'reference_not_found', detail: 'role' });
		const team = await addTeam(sql, second, [second.admin]);
		expect((await invite(home.admin, ['a@example.test'], 'sales', team)).error).toMatchObject({
			hint: 'reference_not_found',
			detail: 'team'
		});
		const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `p${from + n}@example.test`);
		expect((await invite(home.admin, many(201))).error).toMatchObject({ hint: 'too_many_invitations' });
		for (let n = 0; n < 5; n++) expect((await invite(home.admin, many(200, n * 200))).error).toBeUndefined();
		expect((await invite(home.admin, ['one-more@example.test'])).error).toMatchObject({ code: 'P0001', hint: 'too_many_invitations' });
	});

	test('takes at most a thousand addresses a day of one person, over all their workspaces', async () => {
		const second = await createWorkspace(sql, home.admin);
		const many = (from: number, count = 200) => Array.from({ length: count }, (_, n) => `p${from + n}@example.test`);
		for (let n = 0; n < 5; n++) expect((await invite(home.admin, many(n * 200))).error).toBeUndefined();
		const more = () => invite(home.admin, ['one-more@example.test'], 'sales', null, 7, second);
		expect((await more()).error).toMatchObject({ code: 'P0001', hint: 'too_many_invitations' });
		await sql`update public.invitations set created_at = now() - interval '25 hours' where org_id = ${home.id}`;
		expect((await more()).rows).toMatchObject([{ outcome: 'invited' }]);
	});

	test('is sent five times at most', async () => {
		const { id } = await letter('often@example.test');
		const resend = async () => {
			await sql`update public.invitations set sent_at = now() - interval '2 minutes' where id = ${id}`;
			return tries(home.admin, 'select * from public.resend_invitation($1)', [id]);
		};
		for (let n = 0; n < 4; n++) expect((await resend()).rows).toHaveLength(1);
		expect((await resend()).error).toMatchObject({ code: 'P0001', hint: 'sent_often' });
	});

	test('lasts a day at least and a month at most, and a resent one another week', async () => {
		const days = async (asked: number, email: string) => {
			await invite(home.admin, [email], 'sales', null, asked);
			const [row] =
				await sql`select round(extract(epoch from expires_at - now()) / 86400)::int as days from public.invitations where email = ${email}`;
			return row?.days;
		};
		expect([await days(0, 'a@example.test'), await days(5, 'b@example.test'), await days(400, 'c@example.test')]).toEqual([1, 5, 30]);
		const [early] = await sql`select id from public.invitations where email = 'a@example.test'`;
		expect((await tries(home.admin, 'select public.resend_invitation($1)', [early?.id])).error).toMatchObject({ hint: 'sent_just_now' });
		await sql`update public.invitations set sent_at = now() - interval '2 minutes' where id = ${early?.id}`;
		expect((await tries(home.admin, 'select public.resend_invitation($1)', [early?.id])).error).toBeUndefined();
		const [row] =
			await sql`select round(extract(epoch from expires_at - now()) / 86400)::int as days, times_sent from public.invitations where id = ${early?.id}`;
		expect(row).toEqual({ days: 7, times_sent: 2 });
	});
});

describe('the list of invitations', () => {
	test('is seen by those who may invite, without tokens, and written by nobody', async () => {
		await letter('new@example.test');
		const seen = (caller: string) => tries(caller, 'select email from public.invitations where org_id = $1', [home.id]);
		expect((await seen(home.admin)).rows).toHaveLength(1);
		expect((await seen(await addMember(sql, home, 'manager'))).rows).toEqual([]);
		expect((await seen((await createWorkspace(sql)).admin)).rows).toEqual([]);
		expect((await tries(home.admin, 'select token_hash from public.invitations')).error?.code).toBe('42501');
		for (const text of [
			"update public.invitations set status = 'open'",
			'delete from public.invitations',
			'insert into public.invitations default values'
		])
			expect((await tries(home.admin, text)).error?.code).toBe('42501');
	});

	test('keeps a hash from which no letter can be made', async () => {
		const { token, id } = await letter('new@example.test');
		const [row] = await sql<{ token_hash: string }[]>`select token_hash from public.invitations where id = ${id}`;
		expect(token).toMatch(/^[0-9a-f]{64}$/);
		expect(row?.token_hash).not.toContain(token);
		const person = await addPerson();
		expect((await accept(person.id, row?.token_hash ?? '')).error).toMatchObject({ hint: 'invitation_unknown' });
	});
});

describe('what a letter says', () => {
	const read = async (token: string) => [...(await sql`select * from public.read_invitation(${token})`)];

	test('names the workspace, the role and who invited while it stands, then only that it is over', async () => {
		const person = await addPerson();
		const { token, id } = await letter(person.email, 'viewer');
		const [{ name } = { name: '' }] = await sql<{ name: string }[]>`select name from public.organizations where id = ${home.id}`;
		const says = { email: person.email, workspace: name, role: 'Viewer', invited_by: 'Ada Admin', has_account: true };
		const nothing = { email: null, workspace: null, role: null, invited_by: null, has_account: null };
		expect(await read(token)).toEqual([{ ...says, state: 'open' }]);
		await sql`update public.invitations set status = 'accepted' where id = ${id}`;
		expect(await read(token)).toEqual([{ ...nothing, state: 'accepted' }]);
		await sql`update public.invitations set status = 'open' where id = ${id}`;
		await sql`update public.invitations set expires_at = now() where id = ${id}`;
		expect(await read(token)).toEqual([{ ...nothing, state: 'expired' }]);
		await sql`update public.invitations set status = 'revoked' where id = ${id}`;
		expect(await read(token)).toEqual([{ ...nothing, state: 'revoked' }]);
		const stranger = await letter('stranger@example.test');
		expect(await read(stranger.token)).toMatchObject([{ state: 'open', has_account: false }]);
		await sql`update public.organizations set status = 'suspended' where id = ${home.id}`;
		expect(await read(stranger.token)).toEqual([{ ...nothing, state: 'expired' }]);
		expect(await read('nothing')).toEqual([]);
	});

	test('is for the app’s server alone', async () => {
		const { token } = await letter('new@example.test');
		for (const caller of [home.admin, null])
			expect((await tries(caller, 'select * from public.read_invitation($1)', [token])).error?.code).toBe('42501');
	});
});
