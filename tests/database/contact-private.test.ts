import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, type Workspace } from './world.ts';

// Personal data of contacts: only for roles with the right to it, and only where the contact itself is seen.

const database = await useDatabase();
const { sql, tries } = database;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'team', { read: 'team' }, ['contacts', 'contact_private']);
	await addRole(sql, home, 'narrow', { read: 'own' }, ['contacts']);
	await addRole(sql, home, 'nosy', { read: 'all', update: 'all' }, ['contact_private']);
});

async function addContact(owner: string | null, workspace = home): Promise<string> {
	const id = await addRecord(sql, workspace, 'contacts', owner);
	await sql`insert into public.contact_private (org_id, contact_id, mobile) values (${workspace.id}, ${id}, '1')`;
	return id;
}

const reads = async (caller: string, contact: string) =>
	(await tries(caller, 'select mobile from public.contact_private where contact_id = $1', [contact])).rows?.length === 1;
/** What of insert, update and delete somebody can do. */
async function writes(caller: string, contact: string): Promise<string[]> {
	const done = [];
	const update = await tries(caller, "update public.contact_private set mobile = mobile || '1' where contact_id = $1", [contact]);
	const [row] = await sql`select mobile from public.contact_private where contact_id = ${contact}`;
	if (!update.error && row?.mobile !== '1') done.push('update');
	await sql`update public.contact_private set mobile = '1' where contact_id = ${contact}`;
	await tries(caller, 'delete from public.contact_private where contact_id = $1', [contact]);
	if ((await sql`select from public.contact_private where contact_id = ${contact}`).length === 0) done.push('delete');
	await sql`delete from public.contact_private where contact_id = ${contact}`;
	const insert = await tries(caller, "insert into public.contact_private (org_id, contact_id, mobile) values ($1, $2, '2')", [
		home.id,
		contact
	]);
	if (!insert.error) done.push('insert');
	else expect(insert.error.code).toBe('42501');
	return done;
}
const everything = ['update', 'delete', 'insert'];

test('a viewer reads contacts and nothing personal; a manager reads and writes all of it', async () => {
	const viewer = await addMember(sql, home, 'viewer');
	const manager = await addMember(sql, home, 'manager');
	const contact = await addContact(null);
	expect([await reads(viewer, contact), await reads(manager, contact)]).toEqual([false, true]);
	expect([await writes(viewer, contact), await writes(manager, contact)]).toEqual([[], everything]);
});

test('sales does so for own contacts only', async () => {
	const sales = await addMember(sql, home, 'sales');
	const [mine, other] = [await addContact(sales), await addContact(home.admin)];
	expect([await reads(sales, mine), await reads(sales, other)]).toEqual([true, false]);
	expect([await writes(sales, mine), await writes(sales, other)]).toEqual([everything, []]);
});

test('scope team goes by the contact’s owner', async () => {
	const me = await addMember(sql, home, 'team');
	const mate = await addMember(sql, home, 'sales');
	await addTeam(sql, home, [me, mate]);
	expect(await reads(me, await addContact(mate))).toBe(true);
	expect(await reads(me, await addContact(home.admin))).toBe(false);
	expect(await writes(me, await addContact(mate))).toEqual([]);
});

test('the right to personal data shows none of a contact that is not seen', async () => {
	const nosy = await addMember(sql, home, 'nosy');
	const contact = await addContact(home.admin);
	expect(await reads(nosy, contact)).toBe(false);
	expect(await writes(nosy, contact)).toEqual([]);
});

test('a share shows the contact, and personal data only where the role reaches it', async () => {
	const narrow = await addMember(sql, home, 'narrow');
	const contact = await addContact(home.admin);
	await addShare(sql, home, 'contacts', contact, { user: narrow });
	expect((await tries(narrow, 'select id from public.contacts where id = $1', [contact])).rows).toHaveLength(1);
	expect(await reads(narrow, contact)).toBe(false);
	await sql`insert into public.role_permissions (org_id, role_id, resource, action, scope)
		values (${home.id}, ${home.roles.narrow ?? ''}, 'contact_private', 'read', 'all')`;
	expect(await reads(narrow, contact)).toBe(true);
});

test('another workspace reads and writes nothing, and no row can name two workspaces', async () => {
	const second = await createWorkspace(sql);
	const contact = await addContact(home.admin);
	expect(await reads(second.admin, contact)).toBe(false);
	expect(await writes(second.admin, contact)).toEqual([]);
	const bare = await addRecord(sql, home, 'contacts', home.admin);
	const forged = await tries(second.admin, 'insert into public.contact_private (org_id, contact_id) values ($1, $2)', [second.id, bare]);
	expect(forged.error).toBeDefined();
	expect(await sql`select from public.contact_private where contact_id = ${bare}`).toHaveLength(0);
});

describe('the data', () => {
	test('goes with its contact, counts its versions and keeps what clients do not write', async () => {
		const contact = await addContact(home.admin);
		const { rows } = await tries(home.admin, "update public.contact_private set note = 'x' where contact_id = $1 returning version", [
			contact
		]);
		expect(rows).toEqual([{ version: 2 }]);
		for (const column of ['version', 'created_by', 'org_id', 'contact_id', 'created_at'])
			expect((await tries(home.admin, `update public.contact_private set ${column} = default`)).error?.code).toBe('42501');
		expect((await tries(home.admin, 'delete from public.contacts where id = $1 returning id', [contact])).rows).toHaveLength(1);
		expect(await sql`select from public.contact_private where contact_id = ${contact}`).toHaveLength(0);
	});

	test('is embedded in no export', async () => {
		const contact = await addContact(home.admin);
		await sql`update public.contact_private set note = 'very secret' where contact_id = ${contact}`;
		const { rows } = await tries(home.admin, "select public.export_records($1, 'contacts')::text as row", [home.id]);
		expect(rows).toHaveLength(1);
		expect(rows?.[0]?.row).not.toContain('very secret');
	});
});
