import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { addMember, addRecord, addRole, addTeam, createWorkspace, type Workspace } from './world.ts';

// The board's functions run past row-level security: each answer is held against what the caller reads through it.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
const people: Record<string, string> = {};

beforeAll(async () => {
	home = await createWorkspace(sql);
	await addRole(sql, home, 'own', { read: 'own' });
	await addRole(sql, home, 'team', { read: 'team' });
	await addRole(sql, home, 'none', {});
	await addRole(sql, home, 'deals only', { read: 'all' }, ['deals']);
	for (const role of ['own', 'team', 'none', 'deals only', 'sales', 'viewer']) people[role] = await addMember(sql, home, role);
	people.admin = home.admin;
	people.outsider = (await createWorkspace(sql)).admin;
	people.guest = await addMember(sql, home, 'own');
	await addTeam(sql, home, [people.team ?? '', people.sales ?? '']);

	const company = await addRecord(sql, home, 'companies', home.admin, { name: 'Wonderworks' });
	const owners = [people.own, people.team, people.sales, home.admin, null];
	const open = home.stages.filter(({ kind }) => kind === 'open');
	for (let n = 0; n < 120; n++)
		await addRecord(sql, home, 'deals', owners[n % 5] ?? null, {
			name: n % 3 ? `Deal ${n}` : `Zeppelin ${n}`,
			stage_id: open[n % 4]?.id ?? '',
			amount: n * 10 + 0.5,
			currency: n % 7 ? 'USD' : 'EUR',
			company_id: n % 10 ? null : company
		});
	await addRecord(sql, home, 'deals', home.admin, { name: 'No amount' });
	await sql`insert into public.shares (org_id, resource, record_id, user_id)
		select org_id, 'deals', id, ${people.guest} from public.deals where org_id = ${home.id} and name like 'Deal %'`;
	const [gone] = await sql<{ id: string }[]>`select id from public.deals where org_id = ${home.id} and name = 'Deal 1'`;
	await database.as(home.admin, (tx) => tx`select public.trash_records('deals', array[${gone?.id ?? ''}::uuid])`);
});

const everyone = ['admin', 'viewer', 'deals only', 'sales', 'team', 'own', 'guest', 'none', 'outsider'];
type Ask = {
	owner?: string | null;
	query?: string | null;
	perStage?: number;
	stage?: string | null;
	afterRank?: string | null;
	afterId?: string | null;
};

const ids = (caller: string, ask: Ask = {}) =>
	database.as(
		people[caller] ?? '',
		(tx) => tx<{ stage_id: string; id: string; rank: string }[]>`
			select * from public.board_deal_ids(${home.id}, ${home.pipeline}, ${ask.owner ?? null}, ${ask.query ?? null}, ${ask.perStage ?? 500},
				${ask.stage ?? null}, ${ask.afterRank ?? null}, ${ask.afterId ?? null})`
	);

/** The same, asked of the table through the policies. */
const readable = (caller: string, ask: Ask = {}) =>
	database.as(
		people[caller] ?? '',
		(tx) => tx<{ stage_id: string; id: string; rank: string; currency: string; amount: string | null }[]>`
			select d.stage_id, d.id, d.rank, d.currency, d.amount
			from public.deals d join public.stages s on s.id = d.stage_id left join public.companies c on c.id = d.company_id
			where d.org_id = ${home.id} and d.deleted_at is null
				and (${ask.owner ?? null}::uuid is null or d.owner_id = ${ask.owner ?? null})
				and (${ask.query ?? null}::text is null or d.name ilike ${`%${ask.query}%`} or c.name ilike ${`%${ask.query}%`})
			order by s.position, d.rank, d.id`
	);

const filters: [string, () => Ask][] = [
	['without a filter', () => ({})],
	['of one owner', () => ({ owner: people.sales ?? null })],
	['of an owner out of reach for some', () => ({ owner: home.admin })],
	['with a text', () => ({ query: 'zeppelin' })],
	['with a company’s name', () => ({ query: 'wonderw' })],
	['with a text and an owner', () => ({ query: 'Deal', owner: people.team ?? null })],
	['with signs that mean something to like', () => ({ query: '%_%' })]
];

describe.each(everyone)('for %s', (caller) => {
	test.each(filters)('the board %s is what the policies show, in board order', async (_, ask) => {
		const expected = await readable(caller, ask());
		const board = await ids(caller, ask());
		// like signs are searched for as they are, the comparison above would take them as patterns
		if (ask().query === '%_%') return expect(board).toEqual([]);
		expect(board.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
	});

	test.each(filters)('the totals %s add up to the same deals', async (_, ask) => {
		if (ask().query === '%_%') return;
		const totals = await database.as(
			people[caller] ?? '',
			(tx) => tx<{ stage_id: string; currency: string; deals: string; amount_minor: string }[]>`
				select * from public.board_totals(${home.id}, ${home.pipeline}, ${ask().owner ?? null}, ${ask().query ?? null})`
		);
		const expected = new Map<string, [number, number]>();
		for (const deal of await readable(caller, ask())) {
			const key = `${deal.stage_id} ${deal.currency}`;
			const [count, sum] = expected.get(key) ?? [0, 0];
			expected.set(key, [count + 1, sum + Math.round(Number(deal.amount ?? 0) * 100)]);
		}
		const summed = totals.map((row) => [`${row.stage_id} ${row.currency}`, [Number(row.deals), Number(row.amount_minor)]]);
		expect(Object.fromEntries(summed)).toEqual(Object.fromEntries(expected));
	});
});

test.each([
	['admin', null],
	['team', null],
	['guest', null],
	['admin', 'Deal'],
	['guest', 'Deal']
])('pages of a column for %s who looks for %s meet without a gap or a double', async (caller, query) => {
	const stage = home.stage('Lead');
	const all = (await ids(caller, { query })).filter((row) => row.stage_id === stage);
	expect(all.length).toBeGreaterThan(10);
	const paged: typeof all = [];
	for (let page = 0; page <= all.length / 5; page++) {
		const last = paged.at(-1);
		paged.push(...(await ids(caller, { query, stage, perStage: 5, afterRank: last?.rank ?? null, afterId: last?.id ?? null })));
	}
	expect(paged.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});

test('a column’s first cards come with those of the others', async () => {
	const first = await ids('admin', { perStage: 3 });
	const perStage = Object.groupBy(first, ({ stage_id }) => stage_id);
	expect(Object.values(perStage).map((rows) => rows?.length)).toEqual([3, 3, 3, 3]);
	const [all, page] = [await ids('admin'), first];
	for (const [stage, rows] of Object.entries(perStage))
		expect(rows?.map(({ id }) => id)).toEqual(
			all
				.filter((row) => row.stage_id === stage)
				.slice(0, 3)
				.map(({ id }) => id)
		);
	expect(page).toHaveLength(12);
});

describe('search', () => {
	const search = (caller: string, query: string, kinds: string[] | null = null, max = 20) =>
		database.as(
			people[caller] ?? '',
			(tx) => tx<{ resource: string; id: string; title: string; subtitle: string }[]>`
				select * from public.search_records(${home.id}, ${query}, ${kinds}, ${max})`
		);

	beforeAll(async () => {
		await addRecord(sql, home, 'contacts', home.admin, { first_name: 'Amélie', last_name: 'Quill', email: 'quill@example.test' });
		await addRecord(sql, home, 'contacts', people.own ?? null, { first_name: '', email: 'quillon@example.test' });
		await addRecord(sql, home, 'companies', home.admin, { name: 'Quill & Sons', domain: 'quill.example' });
		await addRecord(sql, home, 'deals', home.admin, { name: 'Tranquillity plan' });
	});

	test('finds all kinds, the most alike first, and says what each is', async () => {
		const found = await search('admin', 'quill');
		expect(found.map(({ resource, title, subtitle }) => [resource, title, subtitle])).toEqual([
			['contacts', 'Amélie Quill', 'quill@example.test'],
			['companies', 'Quill & Sons', 'quill.example'],
			['contacts', 'quillon@example.test', 'quillon@example.test'],
			['deals', 'Tranquillity plan', 'Lead']
		]);
	});

	test('finds of each kind what the caller may read', async () => {
		expect((await search('own', 'quill')).map(({ title }) => title)).toEqual(['quillon@example.test']);
		expect((await search('deals only', 'quill')).map(({ title }) => title)).toEqual(['Tranquillity plan']);
		expect(await search('none', 'quill')).toEqual([]);
		expect(await search('outsider', 'quill')).toEqual([]);
	});

	test('keeps to the kinds and the number asked for', async () => {
		expect((await search('admin', 'quill', ['companies'])).map(({ resource }) => resource)).toEqual(['companies']);
		expect(await search('admin', 'deal', null, 5)).toHaveLength(5);
	});

	test('takes one or two letters as the start of a name', async () => {
		expect((await search('admin', 'qu', ['companies', 'deals'])).map(({ title }) => title)).toEqual(['Quill & Sons']);
	});

	test('finds nothing for nothing, and takes signs as they are', async () => {
		for (const query of ['', '   ', '%', '_____', "'; drop table deals; --", '\\']) expect(await search('admin', query)).toEqual([]);
	});

	test('leaves out the trash', async () => {
		const id = await addRecord(sql, home, 'companies', home.admin, { name: 'Quagmire' });
		expect(await search('admin', 'quagmire')).toHaveLength(1);
		await database.as(home.admin, (tx) => tx`select public.trash_records('companies', array[${id}::uuid])`);
		expect(await search('admin', 'quagmire')).toEqual([]);
	});
});
