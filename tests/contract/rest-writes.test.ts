import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createWorkspace, must, type Workspace } from '../support/workspace.ts';

const platform = inject('platform');

let workspace: Workspace;
/** The admin’s client, and the secret key’s, without types: some of what is sent here is wrong on purpose. */
let client: SupabaseClient;
let service: SupabaseClient;

beforeAll(async () => {
	workspace = await createWorkspace(platform);
	const { data } = await workspace.admin.client.auth.getSession();
	const memoryOnly = { persistSession: false, autoRefreshToken: false };
	client = createClient(platform.apiUrl, platform.publishableKey, {
		auth: memoryOnly,
		global: { headers: { authorization: `Bearer ${data.session?.access_token}` } }
	});
	service = createClient(platform.apiUrl, platform.secretKey, { auth: memoryOnly });
});

const company = (more: object = {}) => ({ org_id: workspace.id, name: `Company ${randomUUID()}`, ...more });
const deal = (more: object = {}) => ({
	org_id: workspace.id,
	pipeline_id: workspace.pipelineId,
	stage_id: workspace.stages[0]?.id,
	name: `Deal ${randomUUID()}`,
	...more
});
const insertDeal = async (more: object = {}) => must(await client.from('deals').insert(deal(more)).select('*').single());

describe('an insert', () => {
	test('returns the row with its defaults and what is embedded in it', async () => {
		const { id } = must(
			await client
				.from('companies')
				.insert(company({ name: 'Acme' }))
				.select('id')
				.single()
		);
		const inserted = await client
			.from('deals')
			.insert(deal({ company_id: id, amount: 12.3 }))
			.select('version, amount, owner_id, company:companies(name), stages(name)')
			.single();
		expect(inserted).toMatchObject({
			status: 201,
			data: { version: 1, amount: 12.3, owner_id: workspace.admin.id, company: { name: 'Acme' }, stages: { name: 'Lead' } }
		});
	});

	test('of many rows is one statement: all or none', async () => {
		const name = `Batch ${randomUUID()}`;
		const refused = await client.from('companies').insert([company({ name }), company({ name: '' })]);
		expect(refused).toMatchObject({ status: 400, error: { code: '23514' } });
		expect(must(await client.from('companies').select('id').eq('name', name))).toEqual([]);
		const taken = await client
			.from('companies')
			.insert([company({ name }), company({ name, city: 'Oslo' })])
			.select('city');
		expect(taken).toMatchObject({ status: 201, data: [{ city: null }, { city: 'Oslo' }] });
	});

	test('leaves defaults in place where a row names no value, when told so', async () => {
		const rows = [deal({ currency: 'EUR' }), deal()];
		const inserted = must(await client.from('deals').insert(rows, { defaultToNull: false }).select('currency, custom'));
		expect(inserted).toEqual([
			{ currency: 'EUR', custom: {} },
			{ currency: 'USD', custom: {} }
		]);
	});

	test('keeps every digit of an amount', async () => {
		const body = JSON.stringify(deal()).replace('}', ',"amount":1234567890123.45}');
		const response = await fetch(`${platform.apiUrl}/rest/v1/deals?select=amount`, {
			method: 'POST',
			headers: { apikey: platform.secretKey, 'content-type': 'application/json', prefer: 'return=representation' },
			body
		});
		expect(await response.text()).toBe('[{"amount":1234567890123.45}]');
	});

	test('says where the row is, or nothing, as asked', async () => {
		const post = (prefer: string) =>
			fetch(`${platform.apiUrl}/rest/v1/companies`, {
				method: 'POST',
				headers: { apikey: platform.secretKey, 'content-type': 'application/json', prefer },
				body: JSON.stringify(company())
			});
		const located = await post('return=headers-only');
		expect(located.headers.get('location')).toMatch(/^\/companies\?id=eq\.[0-9a-f-]{36}$/);
		const minimal = await post('return=minimal');
		expect({ status: minimal.status, body: await minimal.text() }).toEqual({ status: 201, body: '' });
		const csv = await fetch(`${platform.apiUrl}/rest/v1/companies?select=name,city`, {
			method: 'POST',
			headers: { apikey: platform.secretKey, 'content-type': 'text/csv', prefer: 'return=representation' },
			body: `org_id,name,city\n${workspace.id},"Comma, Inc.",NULL\n`
		});
		expect(await csv.json()).toEqual([{ name: 'Comma, Inc.', city: null }]);
	});
});

describe('an update', () => {
	test('that names the version returns the new row, and nothing when somebody was faster', async () => {
		const { id } = await insertDeal();
		const update = () => client.from('deals').update({ amount: 7 }).eq('id', id).eq('version', 1).select('version, amount, stages(name)');
		expect(must(await update())).toEqual([{ version: 2, amount: 7, stages: { name: 'Lead' } }]);
		expect(await update()).toMatchObject({ status: 200, data: [] });
	});

	test('that should touch one row and touches two changes neither', async () => {
		const name = `Twin ${randomUUID()}`;
		must(
			await client
				.from('companies')
				.insert([company({ name }), company({ name })])
				.select()
		);
		const refused = await client.from('companies').update({ city: 'Rome' }).eq('name', name).select().single();
		expect(refused).toMatchObject({ status: 406, error: { code: 'PGRST116' } });
		expect(await client.from('companies').update({ city: 'Rome' }).eq('name', name).maxAffected(1)).toMatchObject({
			status: 400,
			error: { code: 'PGRST124' }
		});
		expect(must(await client.from('companies').select('city').eq('name', name))).toEqual([{ city: null }, { city: null }]);
	});

	test('counts the rows it changed', async () => {
		const { id } = await insertDeal();
		expect(await client.from('deals').update({ amount: 1 }, { count: 'exact' }).eq('id', id)).toMatchObject({ status: 204, count: 1 });
		expect(await client.from('deals').update({}).eq('id', id).select()).toMatchObject({ data: [] });
	});

	test('moves a deal in one statement, and the database keeps the rest in step', async () => {
		const { id } = await insertDeal();
		const stage = workspace.stages[2];
		const moved = must(
			await client
				.from('deals')
				.update({ stage_id: stage?.id, rank: 'a0V' })
				.eq('id', id)
				.select('rank, stages(name), deal_stage_changes(to_stage_id)')
				.single()
		);
		expect(moved).toMatchObject({ rank: 'a0V', stages: { name: stage?.name } });
	});
});

describe('a delete', () => {
	test('returns what it removed', async () => {
		const { id, name } = await insertDeal();
		expect(await client.from('deals').delete().eq('id', id).select('name')).toMatchObject({ status: 200, data: [{ name }] });
		expect(await client.from('deals').delete({ count: 'exact' }).eq('id', id)).toMatchObject({ status: 204, count: 0 });
	});

	test('or an update without any filter is taken for a mistake', async () => {
		expect(await client.from('deals').delete()).toMatchObject({ status: 400, error: { code: '21000' } });
		expect(await service.from('deals').update({ name: 'all the same' })).toMatchObject({ status: 400, error: { code: '21000' } });
	});
});

describe('an upsert', () => {
	test('inserts what is new and updates or keeps what is there', async () => {
		const id = randomUUID();
		const row = company({ id });
		expect(await service.from('companies').upsert([row]).select('city')).toMatchObject({ status: 201, data: [{ city: null }] });
		expect(
			await service
				.from('companies')
				.upsert([{ ...row, city: 'Bern' }])
				.select('city')
		).toMatchObject({ status: 200, data: [{ city: 'Bern' }] });
		const kept = await service
			.from('companies')
			.upsert([{ ...row, city: 'Rome' }, company({ id: randomUUID(), city: 'Oslo' })], { ignoreDuplicates: true })
			.select('city');
		expect(kept).toMatchObject({ status: 201, data: [{ city: 'Oslo' }] });
	});

	test('goes by the columns it is told', async () => {
		const user_id = workspace.admin.id;
		const { id, role_id } = must(
			await service.from('members').select('id, role_id').eq('org_id', workspace.id).eq('user_id', user_id).single()
		);
		const again = await service
			.from('members')
			.upsert({ org_id: workspace.id, user_id, role_id, status: 'active' }, { onConflict: 'org_id,user_id' })
			.select('id');
		expect(again).toMatchObject({ status: 200, data: [{ id }] });
	});
});

describe('what the database refuses is told with its code', () => {
	const refusals: [string, number, object, () => PromiseLike<unknown>][] = [
		['a check', 400, { code: '23514' }, () => client.from('deals').insert(deal({ amount: -1 }))],
		['a missing value', 400, { code: '23502' }, () => client.from('companies').insert({ org_id: workspace.id })],
		['a target that does not exist', 409, { code: '23503' }, () => client.from('deals').insert(deal({ company_id: randomUUID() }))],
		['a value of the wrong type', 400, { code: '22P02' }, () => client.from('deals').insert(deal({ company_id: 'Acme' }))],
		['a number out of range', 400, { code: '22003' }, () => client.from('deals').insert(deal({ amount: 1e15 }))],
		[
			'a rule of a trigger, with its hint',
			400,
			{ code: 'P0001', hint: 'close_reason_required' },
			() => client.from('deals').insert(deal({ stage_id: workspace.stages.find(({ kind }) => kind === 'won')?.id }))
		],
		['a column that is not granted', 403, { code: '42501' }, () => client.from('deals').insert(deal({ version: 9 }))],
		['a column that is not there', 400, { code: 'PGRST204' }, () => client.from('deals').insert(deal({ colour: 'red' }))],
		[
			'a taken key',
			409,
			{ code: '23505' },
			() => service.from('members').insert({ org_id: workspace.id, user_id: workspace.admin.id, role_id: randomUUID() })
		],
		['rows of different shapes', 400, { code: 'PGRST102' }, () => post('[{"name":"a"},{"city":"b"}]')],
		['no json', 400, { code: 'PGRST102' }, () => post('{"name":')]
	];

	async function post(body: string) {
		const response = await fetch(`${platform.apiUrl}/rest/v1/companies`, {
			method: 'POST',
			headers: { apikey: platform.secretKey, 'content-type': 'application/json' },
			body
		});
		return { status: response.status, error: await response.json() };
	}

	test.each(refusals)('%s: %i', async (_, status, error, attempt) => {
		expect(await attempt()).toMatchObject({ status, error });
	});
});
