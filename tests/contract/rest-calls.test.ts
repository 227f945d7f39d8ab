import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { beforeAll, expect, inject, test } from 'vitest';
import { createWorkspace, must, type Workspace } from '../support/workspace.ts';

const platform = inject('platform');

let workspace: Workspace;
let client: SupabaseClient;

beforeAll(async () => {
	workspace = await createWorkspace(platform);
	const { data } = await workspace.admin.client.auth.getSession();
	client = createClient(platform.apiUrl, platform.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false },
		global: { headers: { authorization: `Bearer ${data.session?.access_token}` } }
	});
});

const insertDeals = async (...names: string[]): Promise<string[]> => {
	const rows = names.map((name) => ({
		org_id: workspace.id,
		pipeline_id: workspace.pipelineId,
		stage_id: workspace.stages[0]?.id,
		name,
		amount: 10
	}));
	return must(await client.from('deals').insert(rows).select('id')).map(({ id }) => id);
};

test('a function that returns a row answers an object, with defaults for what was left out', async () => {
	const made = await client.rpc('create_workspace', { workspace_name: 'Second' });
	expect(made).toMatchObject({ status: 200, data: { name: 'Second', currency: 'USD' } });
	const other = must(await client.rpc('create_workspace', { workspace_name: 'Third', workspace_currency: 'EUR' }).select('name, currency'));
	expect(other).toEqual({ name: 'Third', currency: 'EUR' });
});

test('a function that returns a table answers rows that can be filtered, ordered, counted and cut', async () => {
	const access = must(
		await client.rpc('my_access', { org: workspace.id }).select('action, scope').eq('resource', 'deals').order('action').limit(2)
	);
	expect(access).toEqual([
		{ action: 'assign', scope: 'all' },
		{ action: 'create', scope: 'all' }
	]);
	expect(await client.rpc('my_access', { org: workspace.id }, { count: 'exact' }).eq('resource', 'deals').limit(1)).toMatchObject({
		count: 7
	});
	expect(
		must(await client.rpc('my_access', { org: workspace.id }, { get: true }).eq('resource', 'deals').eq('action', 'read').single())
	).toMatchObject({ scope: 'all' });
});

test('a function that returns values answers them bare, and takes arrays and nulls', async () => {
	const ids = await insertDeals('Trash me', 'Trash me too');
	expect(must(await client.rpc('trash_records', { resource: 'deals', ids })).sort()).toEqual(ids.sort());
	expect(must(await client.rpc('restore_records', { resource: 'deals', ids: [ids[0]] }))).toEqual([ids[0]]);
	expect(must(await client.rpc('search_records', { org: workspace.id, query: 'Trash', kinds: null }))).toHaveLength(1);
});

test('a function that returns one value or nothing answers that', async () => {
	const [spare] = workspace.stages.filter(({ name }) => name === 'Qualified');
	expect(await client.rpc('delete_stage', { stage: spare?.id, move_to: workspace.stages[0]?.id })).toMatchObject({
		status: 204,
		data: null
	});
	const { id } = must(
		await client
			.from('imports')
			.insert({ org_id: workspace.id, resource: 'deals', file_name: 'deals.csv', total_rows: 2 })
			.select('id')
			.single()
	);
	expect(must(await client.rpc('stage_import_rows', { import: id, first_row: 1, rows: [{ name: 'From a file' }] }))).toBe(1);
	expect(await client.rpc('commit_import', { import: id })).toMatchObject({
		status: 400,
		error: { code: 'P0001', hint: 'import_incomplete' }
	});
});

test('unknown functions and arguments are not found, with what was looked for', async () => {
	const missing = await client.rpc('create_workspaces', { workspace_name: 'x' });
	expect(missing).toMatchObject({
		status: 404,
		error: { code: 'PGRST202', message: expect.stringContaining('public.create_workspaces(workspace_name)') }
	});
	expect(await client.rpc('create_workspace', { title: 'x' })).toMatchObject({
		status: 404,
		error: { code: 'PGRST202', hint: expect.stringContaining('create_workspace') }
	});
	expect(await client.rpc('create_workspace')).toMatchObject({ status: 404, error: { code: 'PGRST202' } });
});

test('a GET never changes anything', async () => {
	const [id] = await insertDeals('Stays');
	const trashed = await client.rpc('trash_records', { resource: 'deals', ids: `{${id}}` }, { get: true });
	expect(trashed).toMatchObject({ status: 405, error: { code: '25006' } });
	expect(must(await client.from('deals').select('deleted_at').eq('id', id).single())).toEqual({ deleted_at: null });
});

test('functions are not for those they are not granted to', async () => {
	const visitor = createClient(platform.apiUrl, platform.publishableKey, { auth: { persistSession: false } });
	expect(await visitor.rpc('create_workspace', { workspace_name: 'Mine' })).toMatchObject({ status: 401, error: { code: '42501' } });
	expect(await client.rpc('board_totals', { org: randomUUID(), pipeline: workspace.pipelineId })).toMatchObject({ data: [] });
});
