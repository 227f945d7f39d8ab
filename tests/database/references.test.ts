import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, type Outcome, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { addMember, addRecord, addRole, createWorkspace, requiredColumns, signUp, type Workspace } from './world.ts';

// A reference may only name what the writer can see. What is invisible and what does not exist answer alike, to the letter.

const database = await useDatabase();
const { sql } = database;
const nowhere = '00000000-0000-7000-8000-00000000dead';

let home: Workspace;
let abroad: Workspace;
let narrow: string;

beforeAll(async () => {
	home = await createWorkspace(sql);
	abroad = await createWorkspace(sql);
	await addRole(sql, home, 'own only', { read: 'own', create: 'own', update: 'own' });
	narrow = await addMember(sql, home, 'own only');
});

const tryAs = (caller: string, text: string, values: (string | null)[]): Promise<Outcome> =>
	database.as(caller, (tx) => attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]));

const insertAs = (caller: string, table: string, columns: Record<string, string | null>): Promise<Outcome> =>
	tryAs(
		caller,
		`insert into public.${table} (${Object.keys(columns).join(', ')}) values (${Object.keys(columns).map((_, i) => `$${i + 1}`)}) returning id`,
		Object.values(columns)
	);

const references = [
	['deals', 'company_id', 'companies'],
	['deals', 'contact_id', 'contacts'],
	['contacts', 'company_id', 'companies']
] as const;

describe.each(references)('%s.%s', (table, column, target) => {
	test('cannot be set to a row of another workspace, nor to a colleague’s invisible one, and neither tells that it exists', async () => {
		const colleagues = await addRecord(sql, home, target, home.admin);
		const foreign = await addRecord(sql, abroad, target, abroad.admin);
		const own = await addRecord(sql, home, table, narrow);
		const answers = [];
		for (const id of [nowhere, colleagues, foreign]) {
			answers.push(await insertAs(narrow, table, { org_id: home.id, ...requiredColumns(home, table), [column]: id }));
			answers.push(await tryAs(narrow, `update public.${table} set ${column} = $2 where id = $1 returning id`, [own, id]));
		}
		expect(answers[0]?.error).toMatchObject({ code: '23503', hint: 'reference_not_found', detail: column });
		for (const answer of answers) expect(answer).toEqual(answers[0]);
	});

	test('may be set to a row one sees, and editing the record later does not ask again', async () => {
		const visible = await addRecord(sql, home, target, narrow);
		const made = await insertAs(narrow, table, { org_id: home.id, ...requiredColumns(home, table), [column]: visible });
		expect(made.error).toBeUndefined();
		await sql.unsafe(`update public.${target} set owner_id = $2 where id = $1`, [visible, home.admin]);
		const edited = await tryAs(narrow, `update public.${table} set description = 'still mine' where ${column} = $1 returning id`, [
			visible
		]);
		expect(edited.rows).toHaveLength(1);
	});

	test('cannot point into another workspace even past row-level security', async () => {
		const foreign = await addRecord(sql, abroad, target, abroad.admin);
		await expect(addRecord(sql, home, table, home.admin, { [column]: foreign })).rejects.toMatchObject({ code: '23503' });
	});

	test('is emptied, and only it, when its target is deleted', async () => {
		const id = await addRecord(sql, home, target, home.admin);
		const record = await addRecord(sql, home, table, home.admin, { [column]: id });
		await tryAs(home.admin, `delete from public.${target} where id = $1 returning id`, [id]);
		expect(await sql.unsafe(`select org_id, ${column} as target from public.${table} where id = $1`, [record])).toEqual([
			{ org_id: home.id, target: null }
		]);
	});
});

describe('the stage and pipeline of a deal', () => {
	test('are of the same workspace', async () => {
		const base = { org_id: home.id, name: 'Deal', pipeline_id: home.pipeline };
		const foreign = await insertAs(home.admin, 'deals', { ...base, stage_id: abroad.stage('Lead') });
		const unknown = await insertAs(home.admin, 'deals', { ...base, stage_id: nowhere });
		expect(foreign.error).toMatchObject({ code: '23503', hint: 'reference_not_found', detail: 'stage_id' });
		expect(unknown).toEqual(foreign);
		const deal = await addRecord(sql, home, 'deals', home.admin);
		const moved = await tryAs(home.admin, 'update public.deals set stage_id = $2 where id = $1 returning id', [deal, abroad.stage('Lead')]);
		expect(moved).toEqual(foreign);
	});

	test('fit each other', async () => {
		const [other] = await sql`insert into public.pipelines (org_id, name) values (${home.id}, 'Partners') returning id`;
		const [step] = await sql`
			insert into public.stages (org_id, pipeline_id, name) values (${home.id}, ${other?.id}, 'First') returning id`;
		const wrong = await insertAs(home.admin, 'deals', {
			org_id: home.id,
			name: 'Deal',
			pipeline_id: other?.id,
			stage_id: home.stage('Lead')
		});
		expect(wrong.error).toMatchObject({ code: '23503', hint: 'stage_not_in_pipeline' });
		const foreign = await insertAs(home.admin, 'deals', {
			org_id: home.id,
			name: 'Deal',
			pipeline_id: abroad.pipeline,
			stage_id: home.stage('Lead')
		});
		expect(foreign).toEqual(wrong);

		// A move into a stage of another pipeline takes the deal to that pipeline.
		const deal = await addRecord(sql, home, 'deals', home.admin);
		const moved = await tryAs(home.admin, 'update public.deals set stage_id = $2 where id = $1 returning pipeline_id', [deal, step?.id]);
		expect(moved.rows).toEqual([{ pipeline_id: other?.id }]);
	});
});

describe('somebody outside the workspace', () => {
	test('gets one and the same refusal whatever they name', async () => {
		const outsider = (await createWorkspace(sql)).admin;
		const company = await addRecord(sql, home, 'companies', home.admin);
		const base = { org_id: home.id, ...requiredColumns(home, 'deals') };
		const answers = [];
		const extras: Record<string, string>[] = [
			{},
			{ owner_id: home.admin },
			{ owner_id: nowhere },
			{ stage_id: nowhere },
			{ company_id: company },
			{ company_id: nowhere },
			{ contact_id: nowhere }
		];
		for (const extra of extras) answers.push(await insertAs(outsider, 'deals', { ...base, ...extra }));
		expect(answers[0]?.error?.code).toBe('42501');
		for (const answer of answers) expect(answer).toEqual(answers[0]);
		const [unknownWorkspace] = [await insertAs(outsider, 'deals', { ...base, org_id: nowhere })];
		expect(unknownWorkspace).toEqual(answers[0]);
	});

	test('learns nothing from functions either', async () => {
		const outsider = (await createWorkspace(sql)).admin;
		const deal = await addRecord(sql, home, 'deals', home.admin, { name: 'Secret plan' });
		const call = (text: string, values: (string | null)[]) => tryAs(outsider, text, values);
		expect((await call('select * from public.board_deal_ids($1, $2)', [home.id, home.pipeline])).rows).toEqual([]);
		expect((await call('select * from public.board_totals($1, $2)', [home.id, home.pipeline])).rows).toEqual([]);
		expect((await call("select * from public.search_records($1, 'Secret')", [home.id])).rows).toEqual([]);
		expect((await call('select * from public.my_access($1)', [home.id])).rows).toEqual([]);
		for (const name of ['trash_records', 'restore_records'])
			expect((await call(`select public.${name}('deals', array[$1::uuid])`, [deal])).rows).toEqual([]);
		expect((await call("select public.assign_records('deals', array[$1::uuid], $2)", [deal, outsider])).rows).toEqual([]);
		const removed = await call('select public.delete_stage($1, $2)', [home.stage('Lead'), home.stage('Qualified')]);
		expect(removed.error).toMatchObject({ code: '23503', detail: 'stage' });
		expect(await call('select public.delete_stage($1, $2)', [nowhere, home.stage('Qualified')])).toEqual(removed);
	});
});

test.each(recordTables)('a stranger who makes one of %s learns from no check who is a member, nor what is there', async (table) => {
	const stranger = await signUp(sql);
	const answers = [];
	for (const owner of [home.admin, stranger, nowhere])
		answers.push(await insertAs(stranger, table, { org_id: home.id, ...requiredColumns(home, table), owner_id: owner }));
	expect(answers[0]?.error?.code).toBe('42501');
	for (const answer of answers) expect(answer).toEqual(answers[0]);
});
