import { beforeEach, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { meetAtTheLock } from './races.ts';
import { addMember, addRecord, createWorkspace, type Workspace } from './world.ts';

// A workspace can never be left without somebody who can repair it.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

const ways = {
	demoted: (user: string) => [`update public.members set role_id = '${home.roles.viewer}' where user_id = '${user}' returning id`],
	suspended: (user: string) => [`update public.members set status = 'suspended' where user_id = '${user}' returning id`],
	removed: (user: string) => [`delete from public.members where user_id = '${user}' returning id`]
};

/** Makes somebody the owner of the workspace, past the function that asks. */
const own = (user: string | null) => sql`update public.organizations set owner_id = ${user} where id = ${home.id}`;

const activeAdmins = async () => {
	const rows = await sql`
		select m.id from public.members m join public.roles r on r.id = m.role_id
		where m.org_id = ${home.id} and m.status = 'active' and r.key = 'admin'`;
	return rows.length;
};

describe.each(Object.entries(ways))('an admin who is %s', (_, statement) => {
	test('goes if another one stays', async () => {
		const second = await addMember(sql, home, 'admin');
		await own(second);
		const done = await database.as(second, (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(statement(home.admin)[0] ?? ''))]));
		expect(done.error).toBeUndefined();
		expect(await activeAdmins()).toBe(1);
	});

	test('stays if they are the last', async () => {
		const inactive = await addMember(sql, home, 'admin');
		await sql`update public.members set status = 'suspended' where user_id = ${inactive}`;
		const refused = await database.as(home.admin, (tx) =>
			attempt(tx, async (inner) => [...(await inner.unsafe(statement(home.admin)[0] ?? ''))])
		);
		expect(refused.error).toMatchObject({ code: 'P0001', hint: 'last_admin' });
		expect(await activeAdmins()).toBe(1);
	});

	test('cannot go at the same moment as the only other one', async () => {
		const second = await addMember(sql, home, 'admin');
		await own(null);
		// The second one waits for the first: only then does it look how many admins are left.
		const [first, other] = await meetAtTheLock(database, [
			[home.admin, statement(second)[0] ?? ''],
			[second, statement(home.admin)[0] ?? '']
		]);
		expect(first.rows).toHaveLength(1);
		expect(other.error).toMatchObject({ hint: 'last_admin' });
		expect(await activeAdmins()).toBe(1);
	});
});

test('a person who is the last admin cannot be deleted from auth either', async () => {
	await expect(sql`delete from auth.users where id = ${home.admin}`).rejects.toMatchObject({ hint: 'last_admin' });
	await own(await addMember(sql, home, 'admin'));
	await sql`delete from auth.users where id = ${home.admin}`;
	expect(await sql`select id from public.profiles where id = ${home.admin}`).toHaveLength(0);
});

test('a whole workspace can be removed with everything in it', async () => {
	const company = await addRecord(sql, home, 'companies', home.admin);
	const contact = await addRecord(sql, home, 'contacts', home.admin, { company_id: company });
	await addRecord(sql, home, 'deals', home.admin, { company_id: company, contact_id: contact });
	await sql`delete from public.organizations where id = ${home.id}`;
	const tables = await sql`
		select table_name from information_schema.columns where table_schema = 'public' and column_name = 'org_id'`;
	for (const { table_name } of tables)
		expect(await sql`select from ${sql(`public.${table_name}`)} where org_id = ${home.id}`).toHaveLength(0);
});
