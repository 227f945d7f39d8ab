import { beforeEach, describe, expect, test } from 'vitest';
import { attempt, type Outcome, useDatabase } from './database.ts';
import { addMember, addRecord, addRole, addTeam, createWorkspace, type Workspace } from './world.ts';

const database = await useDatabase();
const { sql } = database;

type Row = Record<string, string | number | null>;

let home: Workspace;
beforeEach(async () => {
	home = await createWorkspace(sql);
});

const begin = async (caller: string, total = 0): Promise<string> => {
	const [row] = await database.as(
		caller,
		(tx) => tx<{ id: string }[]>`
			insert into public.imports (org_id, resource, file_name, total_rows) values (${home.id}, 'deals', 'deals.csv', ${total}) returning id`
	);
	return row?.id ?? '';
};

const stage = (caller: string, id: string, rows: unknown, first = 1): Promise<Outcome> =>
	database.as(caller, (tx) =>
		attempt(tx, async (inner) => [
			...(await inner`select public.stage_import_rows(${id}, ${first}, ${JSON.stringify(rows)}::text::jsonb) as staged`)
		])
	);

const commit = (caller: string, id: string): Promise<Outcome> =>
	database.as(caller, (tx) => attempt(tx, async (inner) => [...(await inner`select * from public.commit_import(${id})`)]));

const run = async (caller: string, rows: Row[]) => {
	const id = await begin(caller, rows.length);
	expect((await stage(caller, id, rows)).error).toBeUndefined();
	const outcome = await commit(caller, id);
	if (outcome.error) throw new Error(outcome.error.message);
	const refused = await database.as(
		caller,
		(tx) => tx`select row_no, error from public.import_rows where import_id = ${id} order by row_no`
	);
	return { id, done: outcome.rows[0], refused };
};

const deal = (columns: Row = {}): Row => ({ name: 'Imported deal', stage_id: home.stage('Lead'), ...columns });
const deals = () => sql`
	select d.name, d.amount, d.currency, s.name as stage, d.owner_id, d.created_by, d.expected_close::text, d.closed_on::text, d.close_reason,
		c.name as company, d.created_at::date::text as created
	from public.deals d join public.stages s on s.id = d.stage_id left join public.companies c on c.id = d.company_id
	where d.org_id = ${home.id} order by d.rank, d.id`;

describe('an import', () => {
	test('makes deals of its rows, with companies found or made, and counts them', async () => {
		await addRecord(sql, home, 'companies', home.admin, { name: 'Known Ltd' });
		const sales = await addMember(sql, home, 'sales');
		const { done, refused } = await run(home.admin, [
			deal({
				name: 'First',
				company: 'known LTD',
				amount: '1234.50',
				currency: 'eur',
				owner_id: sales,
				expected_close: '2027-03-01',
				created_at: '2026-01-05T10:00:00Z'
			}),
			deal({ name: 'Second', company: 'New GmbH ', amount: '7', created_at: '2026-01-04' }),
			deal({
				name: 'Third',
				company: 'new gmbh',
				amount: null,
				stage_id: home.stage('Won'),
				created_at: '2026-01-03',
				expected_close: '2026-02-01'
			}),
			deal({
				name: 'Fourth',
				stage_id: home.stage('Lost'),
				close_reason: 'Price',
				closed_on: '2026-02-02',
				created_at: '2026-01-02',
				company: ''
			})
		]);
		expect(refused).toHaveLength(0);
		expect(done).toMatchObject({ status: 'committed', total_rows: 4, staged_rows: 4, taken_rows: 4, refused_rows: 0 });
		const common = {
			owner_id: home.admin,
			created_by: home.admin,
			currency: 'USD',
			expected_close: null,
			closed_on: null,
			close_reason: null
		};
		expect(await deals()).toEqual([
			{
				...common,
				name: 'First',
				amount: '1234.50',
				currency: 'EUR',
				stage: 'Lead',
				owner_id: sales,
				expected_close: '2027-03-01',
				company: 'Known Ltd',
				created: '2026-01-05'
			},
			{ ...common, name: 'Second', amount: '7.00', stage: 'Lead', company: 'New GmbH', created: '2026-01-04' },
			{
				...common,
				name: 'Third',
				amount: null,
				stage: 'Won',
				company: 'New GmbH',
				created: '2026-01-03',
				expected_close: '2026-02-01',
				closed_on: '2026-02-01',
				close_reason: 'Imported'
			},
			{
				...common,
				name: 'Fourth',
				amount: null,
				stage: 'Lost',
				company: null,
				created: '2026-01-02',
				closed_on: '2026-02-02',
				close_reason: 'Price'
			}
		]);
		expect(await sql`select count(*)::int from public.companies where org_id = ${home.id}`).toEqual([{ count: 2 }]);
	});

	test('refuses each row it cannot take with its reason, and takes the rest', async () => {
		const stranger = (await createWorkspace(sql)).admin;
		const suspended = await addMember(sql, home, 'sales');
		await sql`update public.members set status = 'suspended' where user_id = ${suspended}`;
		const bad: [Row, RegExp][] = [
			[deal({ name: '  ' }), /name is missing/],
			[deal({ name: null }), /name is missing/],
			[deal({ name: 'x'.repeat(201) }), /longer than 200/],
			[deal({ company: 'x'.repeat(201) }), /company's name/],
			[deal({ stage_id: null }), /stage is missing/],
			[deal({ stage_id: 'Lead' }), /stage does not exist/],
			[deal({ stage_id: '00000000-0000-7000-8000-00000000dead' }), /stage does not exist/],
			[deal({ amount: '-1' }), /amount/],
			[deal({ amount: '1e9' }), /amount/],
			[deal({ amount: '1.234' }), /amount/],
			[deal({ amount: '10000000000000' }), /amount/],
			[deal({ amount: 'NaN' }), /amount/],
			[deal({ currency: 'XYZ' }), /currency/],
			[deal({ owner_id: stranger }), /owner/],
			[deal({ owner_id: suspended }), /owner/],
			[deal({ owner_id: 'me' }), /owner/],
			[deal({ expected_close: '2026-02-30' }), /close date is not a date/],
			[deal({ expected_close: 'tomorrow' }), /close date is not a date/],
			[deal({ expected_close: '9999-01-01' }), /too far/],
			[deal({ created_at: '31/12/2025' }), /created date/],
			[deal({ created_at: '2999-01-01' }), /not in the past/],
			[deal({ closed_on: 'x', stage_id: home.stage('Won') }), /close date/],
			[deal({ close_reason: 'x'.repeat(501), stage_id: home.stage('Won') }), /reason/]
		];
		const { done, refused } = await run(home.admin, [...bad.map(([row]) => row), deal({ name: 'Good' })]);
		expect(done).toMatchObject({ taken_rows: 1, refused_rows: bad.length });
		expect(refused.map(({ row_no }) => row_no)).toEqual(bad.map((_, index) => index + 1));
		bad.forEach(([, reason], index) => expect(refused[index]?.error).toMatch(reason));
		expect(await deals()).toMatchObject([{ name: 'Good' }]);
	});

	test('takes rows that are no objects as rows it cannot take', async () => {
		const id = await begin(home.admin);
		await stage(home.admin, id, ['text', 5, null, [], deal()]);
		expect((await commit(home.admin, id)).rows).toMatchObject([{ taken_rows: 1, refused_rows: 4 }]);
	});

	test('can be asked twice for everything: a chunk replaces itself, a commit answers the same', async () => {
		const id = await begin(home.admin, 3);
		await stage(home.admin, id, [deal({ name: 'A' }), deal({ name: 'B' })], 1);
		expect((await stage(home.admin, id, [deal({ name: 'A' }), deal({ name: 'B' })], 1)).rows).toEqual([{ staged: 2 }]);
		expect((await commit(home.admin, id)).error).toMatchObject({ code: 'P0001', hint: 'import_incomplete' });
		expect((await stage(home.admin, id, [deal({ name: 'C' })], 3)).rows).toEqual([{ staged: 3 }]);
		const first = await commit(home.admin, id);
		expect(await commit(home.admin, id)).toEqual(first);
		expect((await deals()).map(({ name }) => name)).toEqual(['A', 'B', 'C']);
		expect((await stage(home.admin, id, [deal()], 4)).error).toMatchObject({ hint: 'import_closed' });
	});

	test('can be cancelled until it is done', async () => {
		const id = await begin(home.admin, 5);
		await stage(home.admin, id, [deal()]);
		const cancel = () =>
			database.as(home.admin, (tx) => attempt(tx, async (inner) => [...(await inner`select * from public.cancel_import(${id})`)]));
		expect((await cancel()).rows).toMatchObject([{ status: 'cancelled', staged_rows: 0 }]);
		expect(await sql`select from public.import_rows where import_id = ${id}`).toHaveLength(0);
		expect((await commit(home.admin, id)).error).toMatchObject({ hint: 'import_closed' });
		const { id: done } = await run(home.admin, [deal()]);
		const late = await database.as(home.admin, (tx) =>
			attempt(tx, async (inner) => [...(await inner`select public.cancel_import(${done})`)])
		);
		expect(late.error).toMatchObject({ hint: 'import_closed' });
	});

	test('refuses chunks that are no arrays, too long or out of range', async () => {
		const id = await begin(home.admin);
		expect((await stage(home.admin, id, { not: 'rows' })).error).toMatchObject({ code: '22023', hint: 'import_chunk' });
		expect((await stage(home.admin, id, Array(5001).fill({}))).error).toMatchObject({ hint: 'import_chunk' });
		expect((await stage(home.admin, id, [{}], -1)).error).toMatchObject({ hint: 'import_too_long' });
		expect((await stage(home.admin, id, [{}], 100_001)).error).toMatchObject({ hint: 'import_too_long' });
	});

	test('refuses a chunk with a row of more than 16 KB, and keeps none of it', async () => {
		const id = await begin(home.admin);
		expect((await stage(home.admin, id, [deal(), deal({ name: 'x'.repeat(20_000) })])).error).toMatchObject({
			code: '23514',
			constraint: 'import_rows_data_bounded'
		});
		expect(await sql`select row_no from public.import_rows where import_id = ${id}`).toHaveLength(0);
	});

	test('takes no more rows from somebody who lost the right meanwhile', async () => {
		const seller = await addMember(sql, home, 'sales');
		const id = await begin(seller);
		expect((await stage(seller, id, [deal()])).error).toBeUndefined();
		await sql`update public.members set role_id = ${home.roles.viewer ?? ''} where org_id = ${home.id} and user_id = ${seller}`;
		expect((await stage(seller, id, [deal()], 2)).error?.code).toBe('42501');
	});

	test('of thousands of rows, staged a moment ago, does not compare each with each', async () => {
		const rows = Array.from({ length: 3000 }, (_, n) =>
			deal({ name: `Deal ${n}`, company: `Company ${n % 300}`, amount: n % 2 ? '1' : 'x' })
		);
		const id = await begin(home.admin, rows.length);
		await stage(home.admin, id, rows);
		const outcome = await database.as(home.admin, async (tx) => {
			await tx`set local statement_timeout = '8s'`;
			return attempt(tx, async (inner) => [...(await inner`select * from public.commit_import(${id})`)]);
		});
		expect(outcome.rows).toMatchObject([{ taken_rows: 1500, refused_rows: 1500 }]);
	});

	test('announces its deals once, as a number', async () => {
		const id = await begin(home.admin);
		await stage(
			home.admin,
			id,
			Array.from({ length: 150 }, (_, n) => deal({ name: `Deal ${n}` }))
		);
		await commit(home.admin, id);
		const messages = await sql`select payload from realtime.messages where topic = ${`org:${home.id}`} and payload ->> 'table' = 'deals'`;
		expect(messages.map(({ payload }) => payload)).toMatchObject([{ op: 'insert', count: 150, actor: home.admin }]);
	});
});

describe('who may import', () => {
	test('sales: to themselves and teammates', async () => {
		const sales = await addMember(sql, home, 'sales');
		const mate = await addMember(sql, home, 'sales');
		const other = await addMember(sql, home, 'sales');
		await addTeam(sql, home, [sales, mate]);
		const { done, refused } = await run(sales, [deal({ owner_id: mate }), deal({ owner_id: other }), deal()]);
		expect(done).toMatchObject({ taken_rows: 2, refused_rows: 1 });
		expect(refused[0]).toMatchObject({ row_no: 2 });
		expect((await deals()).map(({ owner_id }) => owner_id).sort()).toEqual([sales, mate].sort());
	});

	test('deals of nobody only by who reaches everybody’s; a row that states no owner goes to the importer', async () => {
		const sales = await addMember(sql, home, 'sales');
		const { refused } = await run(sales, [deal({ name: 'Nobody’s', owner_id: null }), deal({ name: 'Own' })]);
		expect(refused).toMatchObject([{ row_no: 1, error: expect.stringContaining('nobody owns') }]);
		await run(home.admin, [deal({ name: 'Free', owner_id: null })]);
		expect((await deals()).map(({ name, owner_id }) => [name, owner_id])).toEqual(
			expect.arrayContaining([
				['Own', sales],
				['Free', null]
			])
		);
	});

	test('not a viewer, nor somebody outside', async () => {
		const viewer = await addMember(sql, home, 'viewer');
		await expect(begin(viewer)).rejects.toMatchObject({ code: '42501' });
		await expect(begin((await createWorkspace(sql)).admin)).rejects.toMatchObject({ code: '42501' });
	});

	test('not somebody who lost the right between staging and commit', async () => {
		const sales = await addMember(sql, home, 'sales');
		const id = await begin(sales, 1);
		await stage(sales, id, [deal()]);
		await addRole(sql, home, 'makes one by one', { read: 'all', create: 'all' });
		await addRole(sql, home, 'imports nothing new', { read: 'all', import: 'all' });
		for (const role of ['viewer', 'makes one by one', 'imports nothing new']) {
			await sql`update public.members set role_id = ${home.roles[role] ?? ''} where user_id = ${sales}`;
			expect((await commit(sales, id)).error?.code).toBe('42501');
		}
		expect(await deals()).toHaveLength(0);
	});

	test('nobody else sees or touches one’s import, not even an admin', async () => {
		const sales = await addMember(sql, home, 'sales');
		const id = await begin(sales, 1);
		await stage(sales, id, [deal()]);
		expect(await database.as(home.admin, (tx) => tx`select id from public.imports`)).toHaveLength(0);
		expect(await database.as(home.admin, (tx) => tx`select row_no from public.import_rows`)).toHaveLength(0);
		for (const attemptOf of [stage(home.admin, id, [deal()]), commit(home.admin, id)])
			expect((await attemptOf).error).toMatchObject({ code: '23503', hint: 'reference_not_found', detail: 'import' });
		const forged = await database.as(sales, (tx) =>
			attempt(tx, async (inner) => [...(await inner`update public.imports set status = 'staging' where id = ${id}`)])
		);
		expect(forged.error?.code).toBe('42501');
	});

	test('without the right to add companies, rows that need a new one are refused', async () => {
		await addRole(sql, home, 'importer', { read: 'all', create: 'own', import: 'own' }, ['deals']);
		await sql`insert into public.role_permissions (org_id, role_id, resource, action) values (${home.id}, ${home.roles.importer ?? ''}, 'companies', 'read')`;
		const importer = await addMember(sql, home, 'importer');
		await addRecord(sql, home, 'companies', home.admin, { name: 'Known' });
		const { refused } = await run(importer, [deal({ company: 'Known' }), deal({ company: 'Unknown' })]);
		expect(refused).toMatchObject([{ row_no: 2, error: expect.stringMatching(/may not add companies/) }]);
	});

	test('companies out of sight are not linked: a company of one’s own is made instead', async () => {
		await addRole(sql, home, 'own', { read: 'own', create: 'own', import: 'own' });
		const me = await addMember(sql, home, 'own');
		await addRecord(sql, home, 'companies', home.admin, { name: 'Shared name' });
		await run(me, [deal({ company: 'shared name' })]);
		const linked = await sql`
			select c.owner_id from public.deals d join public.companies c on c.id = d.company_id where d.owner_id = ${me}`;
		expect(linked).toEqual([{ owner_id: me }]);
	});
});
