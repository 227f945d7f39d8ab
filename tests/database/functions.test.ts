import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { everyRole } from './matrix-world.ts';
import { customRoles } from './permissions.ts';
import { prepareRehearsals, rehearse } from './rehearsal.ts';
import { ownFunctions, serverFunctions, type WorkspaceFunction, workspaceFunctions } from './surface.ts';
import { addField, addMember, addRecord, addRole, createWorkspace, signIn, type Session, type Workspace } from './world.ts';

// Every role × function on a workspace × here and elsewhere, against what surface.ts says of it.

const database = await useDatabase();
const { sql } = database;

type Place = Workspace & { deal: string; spare: string; invitation: string; view: string; import: string; field: string };
const places: Record<string, Place> = {};
const actors: Record<string, Session> = {};
let owner: Session;

async function furnish(): Promise<Place> {
	const workspace = await createWorkspace(sql);
	const spare = await addMember(sql, workspace, 'viewer');
	const [invitation] = await sql<{ id: string }[]>`insert into public.invitations (org_id, email, role_id, token_hash, expires_at, sent_at)
		values (${workspace.id}, 'spare@example.test', ${workspace.roles.viewer ?? ''}, ${workspace.id}, now() + interval '1 day', now() - interval '1 hour')
		returning id`;
	const [view] = await sql<{ id: string }[]>`insert into public.member_views (org_id, viewer_id, member_id, session_id)
		values (${workspace.id}, ${workspace.admin}, ${spare}, gen_random_uuid()) returning id`;
	const [begun] = await sql<
		{ id: string }[]
	>`insert into public.imports (org_id, created_by) values (${workspace.id}, ${workspace.admin}) returning id`;
	return {
		...workspace,
		deal: await addRecord(sql, workspace, 'deals', spare),
		spare,
		invitation: invitation?.id ?? '',
		view: view?.id ?? '',
		import: begun?.id ?? '',
		field: await addField(sql, workspace, 'deals', 'spare', { restricted: false })
	};
}

beforeAll(async () => {
	await prepareRehearsals(sql);
	const home = await furnish();
	Object.assign(places, { home, abroad: await furnish() });
	for (const [name, role] of Object.entries(customRoles)) await addRole(sql, home, name, role.records);
	for (const [role] of everyRole) actors[role] = await signIn(sql, await addMember(sql, home, role));
	owner = await signIn(sql, home.admin);
});

/** A call, and a query that finds a row when it has done what it is for. */
const calls: Record<WorkspaceFunction, (at: Place) => [call: string, trace: string]> = {
	my_access: (at) => [`select * from public.my_access('${at.id}') where resource = 'analytics' or resource = 'companies'`, ''],
	delete_stage: (at) => [
		`select public.delete_stage('${at.stage('Lead')}', '${at.stage('Qualified')}')`,
		`select from public.organizations where not exists (select from public.stages where id = '${at.stage('Lead')}') limit 1`
	],
	invite_members: (at) => [
		`select * from public.invite_members('${at.id}', array['new@example.test'], '${at.roles.viewer}')`,
		`select id from public.invitations where org_id = '${at.id}' and email = 'new@example.test'`
	],
	resend_invitation: (at) => [
		`select * from public.resend_invitation('${at.invitation}')`,
		`select id from public.invitations where id = '${at.invitation}' and times_sent = 2`
	],
	revoke_invitation: (at) => [
		`select public.revoke_invitation('${at.invitation}')`,
		`select id from public.invitations where id = '${at.invitation}' and status = 'revoked'`
	],
	set_role_rights: (at) => [
		`select public.set_role_rights('${at.roles.viewer}', '[{"resource": "deals", "action": "read", "scope": "own"}]', '[{"resource": "deals", "field": "name"}]')`,
		`select from public.role_permissions p where p.role_id = '${at.roles.viewer}' group by p.role_id
			having count(*) = 1 and (select count(*) from public.field_rules f where f.role_id = p.role_id) = 1`
	],
	save_custom_field: (at) => [
		`select public.save_custom_field('${at.field}', 'Changed', null, false)`,
		`select id from public.custom_fields where id = '${at.field}' and label = 'Changed'`
	],
	count_custom_values: (at) => [`select public.count_custom_values('${at.field}') as held`, ''],
	remove_member: (at) => [
		`select public.remove_member('${at.id}', '${at.spare}')`,
		`select from public.organizations where not exists (select from public.members where org_id = '${at.id}' and user_id = '${at.spare}') limit 1`
	],
	transfer_workspace: (at) => [
		`select public.transfer_workspace('${at.id}', '${actors.admin?.sub}')`,
		`select id from public.organizations where id = '${at.id}' and owner_id = '${actors.admin?.sub}'`
	],
	why_not: (at) => [`select * from public.why_not('deals', '${at.deal}', '${at.spare}')`, ''],
	begin_view_as: (at) => [
		`select public.begin_view_as('${at.id}', '${at.spare}')`,
		`select id from public.member_views where org_id = '${at.id}' and id <> '${at.view}'`
	],
	end_view_as: (at) => [
		`select public.end_view_as('${at.view}')`,
		`select id from public.member_views where id = '${at.view}' and ended_at is not null`
	],
	cancel_import: (at) => [
		`select public.cancel_import('${at.import}')`,
		`select id from public.imports where id = '${at.import}' and status = 'cancelled'`
	]
};

async function isDone(caller: Caller, call: string, trace: string): Promise<boolean> {
	const { rows, error, seen } = await rehearse(sql, caller, call, trace);
	if (error && error.code !== '42501' && error.hint !== 'reference_not_found') throw new Error(`${error.code} ${error.message}`);
	const done = trace === '' ? !error && (rows ?? []).length > 0 : seen.length > 0;
	if (done && error) throw new Error('refused, and yet it was done');
	return done;
}

const functionNames = Object.keys(workspaceFunctions).filter((name): name is WorkspaceFunction => name in workspaceFunctions);

describe.each(functionNames)('%s', (name) => {
	const right: string = workspaceFunctions[name];

	test.each(everyRole)('by %s, here and elsewhere', async (role, { settings, records, analytics }) => {
		const caller = actors[role] ?? null;
		const [home, abroad] = [places.home, places.abroad];
		if (!home || !abroad) throw new Error('no places');
		// Whoever holds no right at all has none to be told of.
		const hasAny = analytics || Object.keys(records).length > 0;
		const allowed = (right === 'member' && hasAny) || (right === 'admin' && role === 'admin') || settings.some((held) => held === right);
		expect(await isDone(caller, ...calls[name](home))).toBe(allowed);
		expect(await isDone(caller, ...calls[name](abroad))).toBe(false);
	});

	test('by whose it is', async () => {
		const [home, abroad] = [places.home, places.abroad];
		if (!home || !abroad) throw new Error('no places');
		expect(await isDone(owner, ...calls[name](home))).toBe(true);
		expect(await isDone(owner, ...calls[name](abroad))).toBe(false);
		const suspended = sql.begin(async (tx) => {
			await tx`update public.organizations set status = 'suspended' where id = ${home.id}`;
			const { rows, error, seen } = await rehearse(tx, owner, ...calls[name](home));
			await tx`update public.organizations set status = 'active' where id = ${home.id}`;
			return { error: error !== null, done: calls[name](home)[1] === '' ? (rows ?? []).length > 0 && !error : seen.length > 0 };
		});
		// Ending a view of one's own is no access to anything.
		expect((await suspended).done).toBe(name === 'end_view_as');
	});

	test('by nobody', async () => {
		const home = places.home;
		if (!home) throw new Error('no place');
		expect((await rehearse(sql, null, ...calls[name](home))).error?.code).toBe('42501');
	});
});

test('rights of a role elsewhere are refused as those of no role, also when there is nothing to write', async () => {
	for (const role of [places.abroad?.roles.viewer ?? '', randomUUID()])
		expect((await rehearse(sql, owner, `select public.set_role_rights('${role}', '[]')`)).error).toMatchObject({
			hint: 'reference_not_found'
		});
});

test('functions for the app’s server are refused to everybody else, and own ones to visitors', async () => {
	const signatures = await sql<{ name: string; types: string[] }[]>`
		select p.proname as name, array(
			select t.typnamespace::regnamespace || '.' || quote_ident(t.typname)
			from unnest(p.proargtypes::oid[]) with ordinality a (type, place) join pg_type t on t.oid = a.type order by a.place) as types
		from pg_proc p where p.pronamespace = 'public'::regnamespace`;
	const call = (name: string) => {
		const types = signatures.find((one) => one.name === name)?.types ?? [];
		return `select public.${name}(${types.map((type) => `null::${type}`).join(', ')})`;
	};
	for (const name of serverFunctions)
		for (const caller of [actors.admin ?? null, null])
			expect((await rehearse(sql, caller, call(name))).error?.message, name).toContain('permission denied');
	for (const name of Object.keys(ownFunctions))
		expect((await rehearse(sql, null, call(name))).error?.message, name).toContain('permission denied');
});
