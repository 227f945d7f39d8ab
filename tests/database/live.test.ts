import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, addShare, addTeam, createWorkspace, requiredColumns, signUp, type Workspace } from './world.ts';

// What is broadcast when rows change, and to whom. Who may listen: live-topics.test.ts.

const database = await useDatabase();
const { sql } = database;

type Message = {
	topic: string;
	event: string;
	private: boolean;
	payload: {
		table: string;
		op: string;
		rows?: { id: string; version: number }[];
		count?: number;
		actor: string | null;
		request_id: string | null;
	};
};

/** Messages written by `work`, without the id that realtime.send adds. */
async function heard(work: () => Promise<unknown>): Promise<Message[]> {
	await sql`delete from realtime.messages`;
	await work();
	return sql<Message[]>`select topic, event, private, payload - 'id' as payload from realtime.messages order by inserted_at, topic`;
}

let home: Workspace;
beforeAll(async () => {
	// The table is realtime's; only its owner may empty it.
	await sql`set role supabase_realtime_admin`;
	await sql`grant delete on realtime.messages to postgres`;
	await sql`reset role`;
});
beforeEach(async () => {
	home = await createWorkspace(sql);
});

describe.each(recordTables)('%s', (table) => {
	test('announce a new, a changed and a deleted row with ids and versions only', async () => {
		const columns = { org_id: home.id, ...requiredColumns(home, table) };
		let id = '';
		const message = (op: string, version: number) => [
			{
				topic: `org:${home.id}`,
				event: 'change',
				private: true,
				payload: { table, op, rows: [{ id, version }], actor: home.admin, request_id: 'req-1' }
			}
		];
		const request = { 'x-request-id': 'req-1' };
		const inserted = await heard(() =>
			database.as(
				home.admin,
				async (tx) => {
					const [row] = await tx`insert into ${tx(`public.${table}`)} ${tx(columns)} returning id`;
					id = row?.id;
				},
				request
			)
		);
		expect(inserted).toEqual(message('insert', 1));
		const updated = await heard(() =>
			database.as(home.admin, (tx) => tx.unsafe(`update public.${table} set description = 'x' where id = $1`, [id]), request)
		);
		expect(updated).toEqual(message('update', 2));
		const deleted = await heard(() =>
			database.as(home.admin, (tx) => tx.unsafe(`delete from public.${table} where id = $1`, [id]), request)
		);
		expect(deleted).toEqual(message('delete', 2));
	});

	test('announce one message per statement, a count above a hundred rows, and nothing for nothing', async () => {
		const fill = (rows: number) =>
			sql`insert into ${sql(`public.${table}`)} ${sql(Array.from({ length: rows }, () => ({ org_id: home.id, ...requiredColumns(home, table) })))}`;
		const [hundred] = await heard(() => fill(100));
		expect(hundred?.payload.rows).toHaveLength(100);
		const many = await heard(() => fill(101));
		expect(many.map(({ payload }) => payload)).toEqual([{ table, op: 'insert', count: 101, actor: null, request_id: null }]);
		const all = await heard(() => sql.unsafe(`update public.${table} set description = 'x' where org_id = $1`, [home.id]));
		expect(all.map(({ payload }) => payload.count)).toEqual([201]);
		expect(await heard(() => sql.unsafe(`update public.${table} set description = 'x' where false`))).toEqual([]);
		expect(await heard(() => sql.unsafe(`delete from public.${table} where false`))).toEqual([]);
	});

	test('of two workspaces in one statement are told apart', async () => {
		const second = await createWorkspace(sql);
		const here = await addRecord(sql, home, table, null);
		const there = await addRecord(sql, second, table, null);
		const messages = await heard(() => sql.unsafe(`update public.${table} set description = 'x' where id in ($1, $2)`, [here, there]));
		expect(messages.map(({ topic, payload }) => [topic, payload.rows?.map(({ id }) => id)]).sort()).toEqual(
			[
				[`org:${home.id}`, [here]],
				[`org:${second.id}`, [there]]
			].sort()
		);
	});

	test('tell a member of narrower scope about what they may read, before or after, and about nothing else', async () => {
		await addRole(sql, home, 'own only', { read: 'own' });
		await addRole(sql, home, 'team only', { read: 'team' });
		await addRole(sql, home, 'nothing', {});
		const own = await addMember(sql, home, 'own only');
		const team = await addMember(sql, home, 'team only');
		const mate = await addMember(sql, home, 'sales');
		await addMember(sql, home, 'nothing');
		const suspended = await addMember(sql, home, 'own only');
		const theirs = await addRecord(sql, home, table, suspended);
		await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
		await addTeam(sql, home, [team, mate]);
		const topics = async (work: () => Promise<unknown>) =>
			(await heard(work)).map(({ topic }) => topic.replace(`:${home.id}`, '').replace(own, 'own').replace(team, 'team')).sort();

		expect(await topics(() => addRecord(sql, home, table, home.admin))).toEqual(['org']);
		expect(await topics(() => addRecord(sql, home, table, null))).toEqual(['org']);
		expect(await topics(() => sql.unsafe(`update public.${table} set description = 'x' where id = $1`, [theirs]))).toEqual(['org']);
		expect(await topics(() => addRecord(sql, home, table, own))).toEqual(['member:own', 'org']);
		expect(await topics(() => addRecord(sql, home, table, mate))).toEqual(['member:team', 'org']);
		const id = await addRecord(sql, home, table, own);
		const give = (owner: string | null) => sql.unsafe(`update public.${table} set owner_id = $2 where id = $1`, [id, owner]);
		expect(await topics(() => give(mate))).toEqual(['member:own', 'member:team', 'org']);
		expect(await topics(() => give(home.admin))).toEqual(['member:team', 'org']);
		expect(await topics(() => give(null))).toEqual(['org']);
		expect(await topics(() => give(team))).toEqual(['member:team', 'org']);
		expect(await topics(() => sql.unsafe(`delete from public.${table} where id = $1`, [id]))).toEqual(['member:team', 'org']);

		// In a mixed statement each gets their own ids.
		const [mine, others] = [await addRecord(sql, home, table, own), await addRecord(sql, home, table, home.admin)];
		const messages = await heard(() => sql.unsafe(`update public.${table} set description = 'x' where id in ($1, $2)`, [mine, others]));
		const forOwn = messages.find(({ topic }) => topic === `member:${home.id}:${own}`);
		expect(forOwn?.payload.rows).toEqual([{ id: mine, version: 2 }]);
	});
});

test('a member who reads all deals but only own contacts hears of all deals on their own topic', async () => {
	await addRole(sql, home, 'mixed', { read: 'all' }, ['deals']);
	const mixed = await addMember(sql, home, 'mixed');
	const messages = await heard(() => addRecord(sql, home, 'deals', home.admin));
	expect(messages.map(({ topic }) => topic)).toContain(`member:${home.id}:${mixed}`);
	expect(await heard(() => addRecord(sql, home, 'contacts', home.admin))).toHaveLength(1);
});

test('a shared record is told to those whose share runs and whose role reads, and to nobody who listens to the whole workspace', async () => {
	await addRole(sql, home, 'own', { read: 'own' });
	await addRole(sql, home, 'nothing', {});
	const [guest, late, teamless, blind] = await Promise.all(['own', 'own', 'own', 'nothing'].map((role) => addMember(sql, home, role)));
	const suspended = await addMember(sql, home, 'own');
	const viewer = await addMember(sql, home, 'viewer');
	const id = await addRecord(sql, home, 'deals', home.admin);
	for (const user of [guest, blind, suspended, viewer]) await addShare(sql, home, 'deals', id, { user: user ?? '' });
	await addShare(sql, home, 'deals', id, { user: late ?? '', expired: true });
	await addShare(sql, home, 'deals', id, { team: await addTeam(sql, home, [guest ?? '']) });
	await addShare(sql, home, 'contacts', id, { user: teamless ?? '' });
	await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
	const told = async (work: () => Promise<unknown>) =>
		(await heard(work)).filter(({ payload }) => payload.table === 'deals').map(({ topic, payload }) => [topic, payload.rows]);
	const row = (version: number) => [{ id, version }];
	expect(await told(() => sql`update public.deals set description = 'x' where id = ${id}`)).toEqual([
		[`member:${home.id}:${guest}`, row(2)],
		[`org:${home.id}`, row(2)]
	]);
	expect(await told(() => sql`delete from public.deals where id = ${id}`)).toEqual([
		[`member:${home.id}:${guest}`, row(2)],
		[`org:${home.id}`, row(2)]
	]);
});

test('a new, changed or ended share is told to its recipients and the workspace’s topic, to nobody else', async () => {
	await addRole(sql, home, 'own', { read: 'own' });
	const [guest = '', mate = '', bystander = ''] = await Promise.all(['own', 'own', 'own'].map((role) => addMember(sql, home, role)));
	const suspended = await addMember(sql, home, 'own');
	const team = await addTeam(sql, home, [mate, suspended]);
	await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
	const id = await addRecord(sql, home, 'deals', bystander);
	const topics = async (work: () => Promise<unknown>) =>
		(await heard(work))
			.map(({ topic, payload }) => `${payload.table} ${topic.replace(`:${home.id}`, '').replace(guest, 'guest').replace(mate, 'mate')}`)
			.sort();
	const [one, all] = [
		['access member:guest', 'access org'],
		['access member:guest', 'access member:mate', 'access org']
	];
	expect(await topics(() => addShare(sql, home, 'deals', id, { user: guest }))).toEqual(one);
	expect(await topics(() => addShare(sql, home, 'deals', id, { team }))).toEqual(['access member:mate', 'access org']);
	expect(await topics(() => sql`update public.shares set access = 'edit' where record_id = ${id}`)).toEqual(all);
	expect(await topics(() => sql`delete from public.shares where record_id = ${id}`)).toEqual(all);
});

test('a change reads the shares of its own record, not sixty thousand of others', async () => {
	await addRole(sql, home, 'own', { read: 'own' });
	const guest = await addMember(sql, home, 'own');
	const id = await addRecord(sql, home, 'deals', home.admin);
	await addShare(sql, home, 'deals', id, { user: guest });
	await sql`insert into public.shares (org_id, resource, record_id, user_id)
		select ${home.id}, 'deals', gen_random_uuid(), ${guest} from generate_series(1, 60000)`;
	await sql`analyze public.shares`;
	const update = () => sql`update public.deals set description = 'x' where id = ${id}`;
	const read = await sql.begin(async (tx) => {
		await tx`update public.deals set description = 'x' where id = ${id}`;
		const [shares] = await tx<{ rows: number }[]>`
			select sum(pg_stat_get_xact_tuples_returned(c.oid) + pg_stat_get_xact_tuples_fetched(c.oid))::int as rows
			from pg_class c left join pg_index i on i.indexrelid = c.oid
			where 'public.shares'::regclass in (c.oid, i.indrelid)`;
		return shares?.rows;
	});
	expect(read).toBeGreaterThan(0);
	expect(read).toBeLessThan(10);
	expect((await heard(update)).map(({ topic }) => topic)).toEqual([`member:${home.id}:${guest}`, `org:${home.id}`]);
});

test('members of two workspaces who change in one statement are told where they belong', async () => {
	const second = await createWorkspace(sql);
	const [here, there] = [await addMember(sql, home, 'sales'), await addMember(sql, second, 'sales')];
	const messages = await heard(() => sql`update public.members set status = 'suspended' where user_id in (${here}, ${there})`);
	expect(messages.map(({ topic }) => topic).sort()).toEqual(
		[`org:${home.id}`, `member:${home.id}:${here}`, `org:${second.id}`, `member:${second.id}:${there}`].sort()
	);
});

test('what every member reads is announced to all, and that rights have changed without a word about whose', async () => {
	await addRole(sql, home, 'nothing', {});
	const nobody = await addMember(sql, home, 'nothing');
	const [sales = '', newcomer, stage = ''] = [await addMember(sql, home, 'sales'), await signUp(sql), home.stage('Lead')];
	const team = await addTeam(sql, home, []);
	const [field] = await sql<{ id: string }[]>`insert into public.custom_fields (org_id, resource, key, label, kind, restricted)
		values (${home.id}, 'deals', 'margin', 'Margin', 'number', true) returning id`;
	const [role = '', of] = [home.roles.nothing, sql`org_id = ${home.id}`];
	const changes: [table: string, statement: () => Promise<unknown>][] = [
		['members', () => addMember(sql, home, 'sales', newcomer)],
		['stages', () => sql`update public.stages set name = 'Inbox' where id = ${stage}`],
		[
			'stages',
			() => sql`insert into public.stages (org_id, pipeline_id, name, kind, probability, position)
			values (${home.id}, ${home.pipeline}, 'Later', 'open', 15, 50)`
		],
		['stages', () => sql`delete from public.stages where ${of} and name = 'Later'`],
		['pipelines', () => sql`insert into public.pipelines (org_id, name) values (${home.id}, 'Partners')`],
		['pipelines', () => sql`update public.pipelines set name = 'Friends' where ${of} and name = 'Partners'`],
		['pipelines', () => sql`delete from public.pipelines where ${of} and name = 'Friends'`],
		[
			'access',
			() => sql`insert into public.role_permissions (org_id, role_id, resource, action) values (${home.id}, ${role}, 'analytics', 'read')`
		],
		['access', () => sql`update public.role_permissions set scope = 'all' where role_id = ${role}`],
		['access', () => sql`delete from public.role_permissions where role_id = ${role}`],
		['access', () => sql`update public.roles set description = 'x' where id = ${role}`],
		[
			'access',
			() => sql`insert into public.field_rules (org_id, role_id, resource, field) values (${home.id}, ${role}, 'deals', 'amount')`
		],
		['access', () => sql`delete from public.field_rules where ${of}`],
		['access', () => sql`insert into public.team_members (org_id, team_id, user_id) values (${home.id}, ${team}, ${sales})`],
		['access', () => sql`update public.team_members set is_lead = true where ${of}`],
		['access', () => sql`delete from public.team_members where ${of}`],
		[
			'access',
			() => sql`insert into public.custom_field_roles (org_id, field_id, role_id) values (${home.id}, ${field?.id ?? ''}, ${role})`
		],
		['access', () => sql`update public.custom_field_roles set may_edit = true where ${of}`],
		['access', () => sql`delete from public.custom_field_roles where ${of}`],
		[
			'access',
			() => sql`insert into public.custom_fields (org_id, resource, key, label, kind) values (${home.id}, 'deals', 'size', 'Size', 'text')`
		],
		['access', () => sql`update public.custom_fields set label = 'Girth' where ${of} and key = 'size'`],
		['access', () => sql`delete from public.custom_fields where ${of} and key = 'size'`],
		[
			'access',
			() => sql`insert into public.invitations (org_id, email, role_id, token_hash, expires_at)
			values (${home.id}, 'new@example.test', ${role}, ${'0'.repeat(64)}, now() + interval '1 day')`
		],
		['access', () => sql`update public.invitations set status = 'revoked' where ${of}`]
	];
	for (const [index, [table, change]] of changes.entries()) {
		const messages = await heard(change);
		const topics = messages.map(({ topic }) => topic);
		// Rights may narrow or widen what somebody hears of: of those, everybody is told where they may be.
		expect([index, topics]).toEqual([index, expect.arrayContaining([`member:${home.id}:${nobody}`, `org:${home.id}`])]);
		for (const { topic, payload } of messages)
			expect([index, topic.includes(home.id), payload.table, payload.rows?.length ?? 0]).toEqual([
				index,
				true,
				table,
				table === 'access' ? 0 : 1
			]);
	}
});

test('a member hears of the end or change of the membership where they listened until then, and hears nothing else of it', async () => {
	await addRole(sql, home, 'own', { read: 'own' });
	const [person = '', other = ''] = [await addMember(sql, home, 'own'), await addMember(sql, home, 'own')];
	const topics = async (work: () => Promise<unknown>) =>
		(await heard(work))
			.map(({ topic, payload }) => `${payload.op} ${topic.replace(`:${home.id}`, '').replace(person, 'person').replace(other, 'other')}`)
			.sort();
	const everybody = (op: string) => [`${op} member:other`, `${op} member:person`, `${op} org`];
	const change = (to: { role_id: string } | { status: string }) =>
		topics(() => sql`update public.members set ${sql(to)} where user_id = ${person}`);
	expect(await change({ status: 'suspended' })).toEqual(everybody('update'));
	expect(await change({ status: 'active' })).toEqual(everybody('update'));
	expect(await change({ role_id: home.roles['viewer'] ?? '' })).toEqual(everybody('update'));
	expect(await change({ role_id: home.roles['own'] ?? '' })).toEqual(everybody('update'));
	expect(await topics(() => sql`delete from public.members where user_id = ${person}`)).toEqual(everybody('delete'));
});

test('a deal that loses its company, or whose stage is removed, is announced too', async () => {
	const company = await addRecord(sql, home, 'companies', null);
	const deal = await addRecord(sql, home, 'deals', null, { company_id: company });
	const messages = await heard(() => sql`delete from public.companies where id = ${company}`);
	expect(messages.map(({ payload }) => [payload.table, payload.op, payload.rows?.[0]?.id]).sort()).toEqual([
		['companies', 'delete', company],
		['deals', 'update', deal]
	]);
});

test('a request id is cut, and a missing one is null', async () => {
	const write = (headers?: Record<string, string>) =>
		heard(() => database.as(home.admin, (tx) => tx`insert into public.companies (org_id, name) values (${home.id}, 'X')`, headers));
	expect((await write({ 'x-request-id': 'r'.repeat(500) }))[0]?.payload.request_id).toHaveLength(64);
	expect((await write({}))[0]?.payload.request_id).toBeNull();
	expect((await write())[0]?.payload.request_id).toBeNull();
});
