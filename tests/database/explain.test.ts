import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, enrolFactor, signIn, signUp, type Workspace } from './world.ts';

// Who can see this, and why can't Ann? Every reason there is, and who may ask.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
const people: Record<string, string> = {};

beforeEach(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own', update: 'own' });
	await addRole(sql, home, 'team', { read: 'team' });
	await addRole(sql, home, 'none', {});
	for (const [name, role] of Object.entries({
		owner: 'own',
		mate: 'team',
		ann: 'own',
		tim: 'team',
		nora: 'none',
		vera: 'viewer',
		zoe: 'sales'
	}))
		people[name] = await addMember(sql, home, role, await signUp(sql, name));
	people.admin = home.admin;
	await addTeam(sql, home, [people.owner ?? '', people.mate ?? '']);
});

const id = (name: string) => people[name] ?? '';
const nameOf = (user: unknown) => Object.entries(people).find(([, value]) => value === user)?.[0];
const canSee = async (caller: Caller, table: string, record: string) =>
	Object.fromEntries(
		((await tries(caller, 'select * from public.who_can_see($1, $2)', [table, record])).rows ?? []).map((row) => [
			nameOf(row.user_id),
			row.may_edit ? `${row.reason}, edits` : row.reason
		])
	);
const whyNot = (caller: Caller, table: string, record: string, member: string) =>
	tries(caller, 'select * from public.why_not($1, $2, $3)', [table, record, member]);
const reason = async (record: string, member: string) => (await whyNot(home.admin, 'deals', record, member)).rows?.[0]?.reason;

describe.each(recordTables)('of %s', (table) => {
	test('who can see one is told with the reason, to whoever sees it', async () => {
		const record = await addRecord(sql, home, table, id('owner'));
		await addShare(sql, home, table, record, { user: id('ann'), access: 'edit' });
		await addShare(sql, home, table, record, { team: await addTeam(sql, home, [id('ann'), id('tim')]) });
		const expected = {
			admin: 'role, edits',
			vera: 'role',
			zoe: 'role',
			owner: 'owner, edits',
			mate: 'team',
			ann: 'share, edits',
			tim: 'team_share'
		};
		for (const caller of ['admin', 'vera', 'owner', 'mate', 'ann', 'tim'])
			expect(await canSee(id(caller), table, record)).toEqual(expected);
		const told = await Promise.all(
			Object.keys(people).map(async (name) => [name, (await tries(id(name), `select id from public.${table}`)).rows?.length])
		);
		expect(told.filter(([, count]) => count === 1).map(([name]) => name)).toEqual(expect.arrayContaining(Object.keys(expected)));
		expect(told.filter(([, count]) => count === 1)).toHaveLength(Object.keys(expected).length);
	});

	test('nothing is told of one that the caller does not see', async () => {
		const record = await addRecord(sql, home, table, id('owner'));
		const stranger = (await createWorkspace(sql)).admin;
		for (const caller of [id('nora'), id('tim'), stranger])
			expect((await tries(caller, 'select * from public.who_can_see($1, $2)', [table, record])).error).toMatchObject({
				hint: 'reference_not_found'
			});
		expect((await whyNot(stranger, table, record, id('ann'))).error).toMatchObject({ hint: 'reference_not_found' });
	});
});

test('people who are suspended are not among those who see', async () => {
	const record = await addRecord(sql, home, 'deals', id('owner'));
	await sql`update public.members set status = 'suspended' where user_id = ${id('vera')}`;
	expect(await canSee(home.admin, 'deals', record)).not.toHaveProperty('vera');
});

describe('why somebody does not see a record', () => {
	test('is each rule by its name', async () => {
		const record = await addRecord(sql, home, 'deals', id('owner'));
		expect(await reason(record, id('vera'))).toBeNull();
		expect(await reason(record, id('ann'))).toBe('not_owner');
		expect(await reason(record, id('tim'))).toBe('other_team');
		expect(await reason(record, id('nora'))).toBe('role');
		expect(await reason(record, await signUp(sql))).toBe('not_a_member');
		await addShare(sql, home, 'deals', record, { user: id('ann'), expired: true });
		expect(await reason(record, id('ann'))).toBe('share_expired');
		await sql`update public.members set status = 'suspended' where user_id = ${id('zoe')}`;
		expect(await reason(record, id('zoe'))).toBe('suspended');
		expect(await reason(await addRecord(sql, home, 'deals', null), id('tim'))).toBe('unowned');
	});

	test('a team share that is over counts as one, and another person’s does not', async () => {
		const record = await addRecord(sql, home, 'deals', id('owner'));
		await addShare(sql, home, 'deals', record, { user: id('ann'), expired: true });
		await addShare(sql, home, 'deals', record, { team: await addTeam(sql, home, [id('tim')]), expired: true });
		const other = await addMember(sql, home, 'own');
		expect([await reason(record, id('tim')), await reason(record, other)]).toEqual(['share_expired', 'not_owner']);
	});

	test('is the second factor that they do not have', async () => {
		const strong = await signIn(sql, home.admin, { aal: 'aal2' });
		const record = await addRecord(sql, home, 'deals', id('owner'));
		await sql`update public.organizations set second_factor_required = true where id = ${home.id}`;
		const ask = async () => (await whyNot(strong, 'deals', record, id('vera'))).rows?.[0];
		expect(await ask()).toEqual({ reason: 'second_factor', role: 'Viewer', scope: 'all' });
		await enrolFactor(sql, id('vera'));
		expect(await ask()).toEqual({ reason: null, role: 'Viewer', scope: 'all' });
	});

	test('is told to admins only', async () => {
		const record = await addRecord(sql, home, 'deals', id('owner'));
		const manager = await addMember(sql, home, 'manager');
		for (const caller of [id('vera'), id('owner'), manager])
			expect((await whyNot(caller, 'deals', record, id('ann'))).error?.code).toBe('42501');
		// Nor to somebody who is admin elsewhere.
		const second = await createWorkspace(sql, id('vera'));
		expect((await whyNot(second.admin, 'deals', record, id('ann'))).error?.code).toBe('42501');
	});
});

test('of what is no record nobody can be asked about', async () => {
	const [member] = await sql<{ id: string }[]>`select id from public.members where user_id = ${home.admin}`;
	expect((await tries(home.admin, "select * from public.who_can_see('members', $1)", [member?.id ?? ''])).error).toMatchObject({
		hint: 'reference_not_found'
	});
	expect((await whyNot(home.admin, 'members', member?.id ?? '', id('ann'))).error).toMatchObject({ hint: 'reference_not_found' });
});
