import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { createWorkspace, must, type Workspace } from '../support/workspace.ts';

const platform = inject('platform');
const memoryOnly = { auth: { persistSession: false, autoRefreshToken: false } };

let workspace: Workspace;
let token: string;
let client: SupabaseClient;

beforeAll(async () => {
	workspace = await createWorkspace(platform);
	const { data } = await workspace.admin.client.auth.getSession();
	token = data.session?.access_token ?? '';
	client = createClient(platform.apiUrl, platform.publishableKey, {
		...memoryOnly,
		global: { headers: { authorization: `Bearer ${token}` } }
	});
	must(await client.from('companies').insert({ org_id: workspace.id, name: 'Only one' }).select());
});

/** A request as bytes on the wire, past what supabase-js would send. */
function send(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
	const headers = {
		apikey: platform.publishableKey,
		authorization: `Bearer ${token}`,
		'content-type': 'application/json',
		...init.headers
	};
	return fetch(`${platform.apiUrl}/rest/v1${path}`, { ...init, headers });
}

const refusal = async (answer: Promise<Response>) => {
	const response = await answer;
	const body: { code?: string; message?: string } = await response.json();
	return { status: response.status, code: body.code };
};

const companies = async () => must(await client.from('companies').select('name').eq('org_id', workspace.id));

test('somebody without an account sees and changes nothing', async () => {
	const visitor = createClient(platform.apiUrl, platform.publishableKey, memoryOnly);
	for (const table of ['organizations', 'profiles', 'members', 'companies', 'contacts', 'deals', 'imports']) {
		expect(await visitor.from(table).select(), table).toMatchObject({ status: 401, error: { code: '42501' } });
	}
	expect(await visitor.from('companies').insert({ org_id: workspace.id, name: 'x' })).toMatchObject({ status: 401 });
	expect(await visitor.from('companies').delete().eq('org_id', workspace.id)).toMatchObject({ status: 401 });
});

test('schemas behind the API are not reachable, by profile or by name', async () => {
	for (const schema of ['auth', 'private', 'realtime', 'extensions', 'pg_catalog', 'supabase_migrations']) {
		expect(await refusal(send('/users', { headers: { 'accept-profile': schema } })), schema).toEqual({ status: 406, code: 'PGRST106' });
		expect(await refusal(send('/users', { method: 'POST', headers: { 'content-profile': schema }, body: '{}' })), schema).toEqual({
			status: 406,
			code: 'PGRST106'
		});
	}
	for (const path of [
		'/auth.users',
		'/pg_class',
		'/private.orgs_where',
		'/rpc/pg_sleep',
		'/rpc/orgs_where',
		'/_system/info',
		'/rpc/private.new_rank'
	]) {
		expect((await send(path)).status, path).toBe(404);
	}
});

describe('text stays text, wherever it stands', () => {
	const attacks = [
		"'; drop table public.companies; --",
		'"; drop table public.companies; --',
		"') or 1=1 --",
		'$$; drop table public.companies; $$',
		"\\'; drop table public.companies; --",
		'name" as x, (select secret from auth.users) as "y',
		'a\u0000b'
	];

	test.each(attacks)('%j', async (attack) => {
		// As it is, and in the quotes that let the query string name anything.
		const bare = encodeURIComponent(attack);
		const quoted = encodeURIComponent(`"${attack.replaceAll(/["\\]/g, '\\$&')}"`);
		const paths = [bare, quoted].flatMap((text) => [
			`/companies?name=eq.${text}`,
			`/companies?name=in.(${text})`,
			`/companies?or=(name.eq.${text},name.eq.x)`,
			`/companies?name=like.${text}`,
			`/companies?name=fts(${text}).x`,
			`/companies?custom->>${text}=eq.x`,
			`/companies?custom->${text}->>x=eq.x`,
			`/companies?${text}=eq.x`,
			`/companies?select=${text}`,
			`/companies?select=${text}:custom&name=eq.x`,
			`/companies?select=name::${text}`,
			`/companies?select=custom->>${text}&name=eq.x`,
			`/companies?select=deals!${text}(name)`,
			`/companies?select=${text}:deals(name)&name=eq.x`,
			`/companies?order=${text}`,
			`/companies?order=custom->>${text}&name=eq.x`,
			`/companies?order=name.${text}`,
			`/companies?limit=${text}`,
			`/companies?offset=${text}`,
			`/${text}`,
			`/rpc/${text}`,
			`/rpc/my_access?org=${text}`,
			`/rpc/my_access?${text}=1`
		]);
		for (const path of paths) {
			const response = await send(path);
			const body = await response.text();
			expect(response.status, `${path}: ${body}`).toBeLessThan(500);
			// A syntax error would mean that some of the text was read as SQL.
			expect(body, path).not.toContain('42601');
			if (response.status < 300) expect(body, path).not.toContain('Only one');
		}
		const row = { org_id: workspace.id, [attack]: 'x' };
		expect((await send('/companies', { method: 'POST', body: JSON.stringify(row) })).status).toBe(400);
		expect((await send(`/companies?columns=${quoted}`, { method: 'POST', body: '[{}]' })).status).toBe(400);
		expect(
			(
				await send(`/companies?on_conflict=${quoted}`, {
					method: 'POST',
					headers: { prefer: 'resolution=merge-duplicates' },
					body: '{"name":"x"}'
				})
			).status
		).toBe(400);
		expect(await companies()).toEqual([{ name: 'Only one' }]);
	});

	test('headers are only data', async () => {
		const headers = {
			prefer: "timezone='; drop table companies; --",
			'x-request-id': `'; drop table companies; --`,
			accept: 'application/json'
		};
		expect((await send('/companies', { headers })).status).toBe(200);
		expect(await companies()).toHaveLength(1);
	});
});

test('broken requests are told what is wrong with them', async () => {
	expect(await refusal(send('/companies?name=Acme'))).toEqual({ status: 400, code: 'PGRST100' });
	expect(await refusal(send('/companies?select=name,'))).toEqual({ status: 400, code: 'PGRST100' });
	expect(await refusal(send('/companies?or=(name.eq.a'))).toEqual({ status: 400, code: 'PGRST100' });
	expect(await refusal(send(`/companies?or=${'(and'.repeat(2000)}`))).toEqual({ status: 400, code: 'PGRST100' });
	expect(await refusal(send('/companies?select=count()'))).toEqual({ status: 400, code: 'PGRST123' });
	expect(await refusal(send('/companies', { headers: { accept: 'image/png' } }))).toEqual({ status: 406, code: 'PGRST107' });
	expect(await refusal(send('/companies', { method: 'POST', headers: { 'content-type': 'application/xml' }, body: '<a/>' }))).toMatchObject(
		{ status: 415 }
	);
	expect(await refusal(send('/companies/1'))).toEqual({ status: 404, code: 'PGRST125' });
	expect(await refusal(send('/compnies'))).toEqual({ status: 404, code: 'PGRST205' });
	expect(await refusal(send('/companies?nope=eq.1'))).toEqual({ status: 400, code: '42703' });
});

test('words that every JavaScript object knows are no operators', async () => {
	for (const query of ['name=constructor.a', 'name=toString.a', 'name=is.constructor', 'name=is.__proto__', 'name=is.valueof'])
		expect([query, (await refusal(send(`/companies?${query}`))).code]).toEqual([query, 'PGRST100']);
});

test('a select nested without end is refused before it costs anything', async () => {
	const deep = (levels: number): string =>
		levels === 0 ? 'id' : levels % 2 ? `deals(${deep(levels - 1)})` : `companies(${deep(levels - 1)})`;
	expect((await send(`/companies?select=${deep(3)}`)).status).toBe(200);
	expect((await send(`/companies?select=${deep(25)}`)).status).toBe(400);
});

test('a list is never longer than the limit of the API', async () => {
	const rows = Array.from({ length: 1100 }, (_, index) => ({ org_id: workspace.id, first_name: `Contact ${index}` }));
	must(await client.from('contacts').insert(rows).select('id').limit(1));
	expect(must(await client.from('contacts').select('id').eq('org_id', workspace.id))).toHaveLength(1000);
	expect(must(await client.from('contacts').select('id').eq('org_id', workspace.id).limit(5000))).toHaveLength(1000);
	const [org] = must(await client.from('organizations').select('contacts(id)').eq('id', workspace.id));
	expect(org?.contacts).toHaveLength(1000);
});

test('a body beyond the limit is refused and leaves nothing', async () => {
	const body = JSON.stringify({ org_id: workspace.id, name: randomUUID(), description: 'x'.repeat(12 * 1024 * 1024) });
	const answer = await send('/companies', { method: 'POST', body }).catch(() => 'closed');
	if (answer instanceof Response) expect(answer.status).toBe(413);
	expect(await companies()).toHaveLength(1);
});
