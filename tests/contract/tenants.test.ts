import { randomUUID } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addMember, createWorkspace, must, serviceClient, type Person, type Workspace } from '../support/workspace.ts';
import { ownPlatform } from './own-platform.ts';
import { clientOf, subscribe } from './realtime-clients.ts';

// One workspace tries every door of another: each table by each id, each function with each argument, topics and files. To a stranger, what exists
// must answer exactly like what does not: same status, same words, no row; and nothing may be different afterwards. Doors are read from the API
// itself, so that the next table or function is tried too.

const { use } = ownPlatform(() => {}, 'supabase/migrations');
const mark = `SECRET${randomUUID().slice(0, 8)}`;

let sql: Sql;
let home: Workspace;
let lair: Workspace;
let victim: Person;
let thief: Person;
/** A row of each table of the other workspace, as the database has it. */
const rows: Record<string, Record<string, unknown>> = {};

type Property = { format?: string; type?: string };
type Api = { definitions: Record<string, { properties: Record<string, Property> }> };
let api: Api;

/** Answers compared without what must differ: ids, moments, and the caller's own words. */
const plain = (text: string) =>
	text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<id>').replace(/\d{4}-\d\d-\d\dT[\d:.+Z]+/g, '<moment>');

async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
	const { apiUrl, publishableKey } = use();
	const { data } = await thief.client.auth.getSession();
	const response = await fetch(`${apiUrl}${path}`, {
		...init,
		headers: {
			apikey: publishableKey,
			authorization: `Bearer ${data.session?.access_token}`,
			'content-type': 'application/json',
			...init.headers
		}
	});
	const body = await response.text();
	return { status: response.status, body: plain(body), range: response.headers.get('content-range'), raw: body };
}

/** Everything the other workspace owns, as text. */
async function everything(): Promise<string> {
	const tables = Object.keys(api.definitions).sort();
	const held = await Promise.all(
		tables.map(async (table) => {
			const column = table === 'organizations' ? 'id' : 'org_id' in (api.definitions[table]?.properties ?? {}) ? 'org_id' : null;
			if (!column) return [];
			return sql.unsafe(`select to_jsonb(t) as row from public.${table} t where ${column} = $1 order by 1`, [home.id]);
		})
	);
	return JSON.stringify(held);
}

async function furnish(): Promise<void> {
	const { client } = victim;
	const [stage] = home.stages;
	const org_id = home.id;
	const company = must(
		await client
			.from('companies')
			.insert({ org_id, name: `${mark} company` })
			.select('id')
			.single()
	).id;
	const contact = must(await client.from('contacts').insert({ org_id, first_name: mark, company_id: company }).select('id').single()).id;
	must(await client.from('contact_private').insert({ org_id, contact_id: contact, note: mark }).select('version'));
	const deal = must(
		await client
			.from('deals')
			.insert({
				org_id,
				name: `${mark} deal`,
				pipeline_id: home.pipelineId,
				stage_id: stage?.id ?? '',
				company_id: company,
				contact_id: contact
			})
			.select('id')
			.single()
	).id;
	const team = must(
		await client
			.from('teams')
			.insert({ org_id, name: `${mark} team` })
			.select('id')
			.single()
	).id;
	const mate = await addMember(use(), home, 'sales');
	must(await client.from('team_members').insert({ org_id, team_id: team, user_id: mate.id }).select('user_id'));
	const role = must(
		await client
			.from('roles')
			.insert({ org_id, name: `${mark} role` })
			.select('id')
			.single()
	).id;
	const set = await client.rpc('set_role_rights', {
		role,
		rights: [{ resource: 'deals', action: 'read', scope: 'own' }],
		ruled_fields: [{ resource: 'deals', field: 'amount' }]
	});
	if (set.error) throw set.error;
	must(await client.from('shares').insert({ org_id, resource: 'deals', record_id: deal, user_id: mate.id }).select('id'));
	must(await client.rpc('invite_members', { org: org_id, emails: [`${mark}@example.test`], role }));
	must(await client.from('imports').insert({ org_id, file_name: mark, total_rows: 2 }).select('id').single());
	const [bringing] = await sql<{ id: string }[]>`select id from public.imports where org_id = ${org_id}`;
	must(await client.rpc('stage_import_rows', { import: bringing?.id ?? '', first_row: 1, rows: [{ name: mark }] }));
	must(await client.rpc('begin_view_as', { org: org_id, member: mate.id, reason: mark }));
	must(await client.from('preferences').insert({ settings: { mark } }).select('settings'));
	must(await client.storage.from('avatars').upload(`${victim.id}/me.png`, new Blob([mark], { type: 'image/png' })));
}

beforeAll(async () => {
	const platform = use();
	sql = postgres(platform.dbUrl, { max: 2 });
	home = await createWorkspace(platform);
	lair = await createWorkspace(platform);
	[victim, thief] = [home.admin, lair.admin];
	await furnish();
	api = await (await fetch(`${platform.apiUrl}/rest/v1/`, { headers: { apikey: platform.secretKey } })).json();
	for (const table of Object.keys(api.definitions)) {
		const column = table === 'organizations' ? 'id' : table === 'profiles' ? 'id' : table === 'preferences' ? 'user_id' : 'org_id';
		const value = ['profiles', 'preferences'].includes(table) ? victim.id : home.id;
		const [found] = await sql.unsafe(`select to_jsonb(t) as row from public.${table} t where ${column} = $1 limit 1`, [value]);
		if (found) rows[table] = found.row;
	}
});
afterAll(() => sql.end());

const ids = (table: string) =>
	Object.entries(api.definitions[table]?.properties ?? {}).flatMap(([column, { format }]) => {
		const value = rows[table]?.[column];
		return format === 'uuid' && typeof value === 'string' ? [{ column, value }] : [];
	});

test('there is a row of every table to steal', () => {
	expect(Object.keys(api.definitions).filter((table) => !rows[table])).toEqual([]);
	expect(Object.keys(api.definitions).length).toBeGreaterThan(20);
});

describe('tables', () => {
	test('answer to no id of another workspace, whatever the column, and count nothing', async () => {
		for (const table of Object.keys(api.definitions))
			for (const { column, value } of ids(table)) {
				const counted = { prefer: 'count=exact' };
				const real = await ask(`/rest/v1/${table}?select=${column}&${column}=eq.${value}`, { headers: counted });
				const none = await ask(`/rest/v1/${table}?select=${column}&${column}=eq.${randomUUID()}`, { headers: counted });
				expect(real, `${table}.${column}`).toEqual({ ...none, raw: real.raw });
				expect(real.body, `${table}.${column}`).toMatch(/^\[\]$|"42501"/);
			}
	});

	test('embed nothing of another workspace', async () => {
		for (const [table, { properties }] of Object.entries(api.definitions))
			for (const target of Object.keys(api.definitions)) {
				if (!('org_id' in properties) || target === table) continue;
				const { raw } = await ask(`/rest/v1/${table}?select=*,${target}(*)`);
				expect(raw, `${table} → ${target}`).not.toContain(mark);
				expect(raw, `${table} → ${target}`).not.toContain(home.id);
			}
	});

	test('take no change and no removal by such an id', async () => {
		for (const table of Object.keys(api.definitions))
			for (const { column, value } of ids(table))
				for (const method of ['PATCH', 'DELETE']) {
					const text = Object.keys(api.definitions[table]?.properties ?? {}).find((each) =>
						['name', 'description', 'first_name', 'note'].includes(each)
					);
					const body = method === 'PATCH' ? JSON.stringify(text ? { [text]: 'stolen' } : { updated_at: null }) : undefined;
					const headers = { prefer: 'return=representation' };
					const real = await ask(`/rest/v1/${table}?${column}=eq.${value}`, { method, body, headers });
					const none = await ask(`/rest/v1/${table}?${column}=eq.${randomUUID()}`, { method, body, headers });
					expect(real, `${method} ${table}.${column}`).toEqual({ ...none, raw: real.raw });
					expect(real.raw).not.toContain(mark);
				}
	});

	test('take no new row in another workspace, and none that points into it', async () => {
		for (const [table, row] of Object.entries(rows)) {
			const writable = await sql<{ column_name: string }[]>`
				select column_name from information_schema.column_privileges
				where table_schema = 'public' and table_name = ${table} and grantee = 'authenticated' and privilege_type = 'INSERT'`;
			const copy = Object.fromEntries(writable.map(({ column_name: column }) => [column, row[column]]));
			if (writable.length === 0) continue;
			const insert = (values: Record<string, unknown>) => ask(`/rest/v1/${table}`, { method: 'POST', body: JSON.stringify(values) });
			if ('org_id' in copy) {
				const real = await insert({ ...copy, org_id: home.id });
				const none = await insert({ ...copy, org_id: randomUUID() });
				expect(real, `into ${table}`).toEqual({ ...none, raw: real.raw });
				expect(real.status, `into ${table}`).toBeGreaterThanOrEqual(400);
			}
			for (const { column } of ids(table)) {
				if (!(column in copy) || column === 'org_id') continue;
				const own = { ...copy, org_id: lair.id };
				const real = await insert(own);
				const none = await insert({ ...own, [column]: randomUUID() });
				expect(real.status, `${table}.${column}`).toBeGreaterThanOrEqual(400);
				expect({ status: real.status, body: real.body }, `${table}.${column}`).toEqual({ status: none.status, body: none.body });
			}
		}
	});
});

/** What an argument of that name would be, in the other workspace. */
function stolen(name: string): string {
	const from = (table: string, column = 'id') => String(rows[table]?.[column]);
	const known: Record<string, string> = {
		org: home.id,
		pipeline: home.pipelineId,
		stage: from('stages'),
		move_to: home.stages[1]?.id ?? '',
		role: from('roles'),
		team: from('teams'),
		import: from('imports'),
		invitation: from('invitations'),
		view: from('member_views'),
		record: from('deals'),
		deal: from('deals'),
		ids: from('deals'),
		after: from('deals'),
		after_id: from('deals'),
		before_id: from('deals')
	};
	return known[name] ?? victim.id;
}

const plausible: Record<string, unknown> = {
	resource: 'deals',
	kinds: ['deals'],
	query: mark,
	rows: [{ name: 'x' }],
	rights: [],
	emails: ['nobody@example.test'],
	options: {},
	mapping: {},
	workspace_name: 'Another',
	code: 'aaaaa-aaaaa',
	token: 'f'.repeat(64),
	device: 'd'.repeat(32),
	email: 'nobody@example.test'
};

function argumentsFor(properties: Record<string, Property>, id: (name: string) => string): Record<string, unknown> {
	return Object.fromEntries(
		Object.entries(properties).flatMap(([name, { format = '' }]): [string, unknown][] => {
			if (format === 'uuid') return [[name, id(name)]];
			if (format === 'uuid[]') return [[name, [id(name)]]];
			if (name in plausible) return [[name, plausible[name]]];
			if (/int|numeric/.test(format)) return [[name, 1]];
			if (format === 'boolean') return [[name, false]];
			if (/timestamp/.test(format)) return [[name, '2026-01-01T00:00:00Z']];
			if (/json/.test(format)) return [[name, {}]];
			return [[name, null]];
		})
	);
}

type Fn = { path: string; properties: Record<string, Property> };

/** Every function of the API that takes an id. The secret key's own description of the API leaves out what only people may call. */
async function functions(): Promise<Fn[]> {
	const found = await sql<{ name: string; args: { name: string; format: string }[] }[]>`
		select p.proname as name, (
			select jsonb_agg(jsonb_build_object('name', a.name, 'format', format_type(a.type, null)))
			from unnest(p.proargnames[1:p.pronargs], p.proargtypes::oid[]) a (name, type)
		) as args
		from pg_proc p where p.pronamespace = 'public'::regnamespace and p.pronargs > 0 order by 1`;
	return found
		.filter(({ args }) => args.some(({ format }) => format.startsWith('uuid')))
		.map(({ name, args }) => ({
			path: `/rpc/${name}`,
			properties: Object.fromEntries(args.map((arg) => [arg.name, { format: arg.format }]))
		}));
}

describe('functions', () => {
	test('with ids of another workspace answer as with ids of none', async () => {
		const all = await functions();
		expect(all.length).toBeGreaterThan(20);
		for (const { path, properties } of all) {
			const call = (id: (name: string) => string) =>
				ask(`/rest/v1${path}`, { method: 'POST', body: JSON.stringify(argumentsFor(properties, id)) });
			const real = await call(stolen);
			const none = await call(() => randomUUID());
			expect({ path, status: real.status, body: real.body }).toEqual({ path, status: none.status, body: none.body });
			expect(real.raw, path).not.toContain(mark);
		}
	});

	test('in the caller’s own workspace take no id of another one either', async () => {
		for (const { path, properties } of await functions()) {
			if (!('org' in properties)) continue;
			const call = (id: (name: string) => string) =>
				ask(`/rest/v1${path}`, {
					method: 'POST',
					body: JSON.stringify(argumentsFor(properties, (name) => (name === 'org' ? lair.id : id(name))))
				});
			const real = await call(stolen);
			const none = await call(() => randomUUID());
			expect({ path, status: real.status, body: real.body }).toEqual({ path, status: none.status, body: none.body });
			expect(real.raw, path).not.toContain(mark);
		}
	});
});

test('topics of another workspace are as closed as topics of none', async () => {
	const client = await clientOf(use(), thief);
	const join = async (topic: string) => (await subscribe(client.channel(topic, { config: { private: true } }))).map(plain);
	expect(await join(`org:${home.id}`)).toEqual(await join(`org:${randomUUID()}`));
	expect(await join(`member:${home.id}:${victim.id}`)).toEqual(await join(`member:${randomUUID()}:${randomUUID()}`));
	expect(await join(`member:${home.id}:${thief.id}`)).toEqual(await join(`member:${randomUUID()}:${thief.id}`));
});

test('files of another workspace’s people are as absent as files of nobody', async () => {
	for (const [method, path] of [
		['GET', '/storage/v1/object/avatars/ID/me.png'],
		['GET', '/storage/v1/object/authenticated/avatars/ID/me.png'],
		['GET', '/storage/v1/object/info/avatars/ID/me.png'],
		['POST', '/storage/v1/object/sign/avatars/ID/me.png'],
		['POST', '/storage/v1/object/avatars/ID/me.png'],
		['PUT', '/storage/v1/object/avatars/ID/me.png']
	] as const) {
		const body = method === 'GET' ? undefined : JSON.stringify({ expiresIn: 60 });
		const real = await ask(path.replace('ID', victim.id), { method, body });
		const none = await ask(path.replace('ID', randomUUID()), { method, body });
		expect({ method, path, status: real.status, body: real.body }).toEqual({ method, path, status: none.status, body: none.body });
		expect(real.status).toBeGreaterThanOrEqual(400);
	}
	// Supabase Storage tells a forbidden removal (403) from a missing file (404): the app's file names cannot be guessed, so that this tells nothing.
	expect((await ask(`/storage/v1/object/avatars/${victim.id}/me.png`, { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400);
	const listed = await thief.client.storage.from('avatars').list(victim.id);
	expect(listed.data).toEqual([]);
});

test('after all of it nothing in the other workspace is different', async () => {
	const before = await everything();
	expect(before).toContain(mark);
	expect(before).not.toContain('stolen');
	const service = serviceClient(use());
	expect(must(await service.from('members').select('user_id').eq('org_id', home.id))).toHaveLength(2);
	expect(must(await service.storage.from('avatars').download(`${victim.id}/me.png`)).size).toBe(mark.length);
});
