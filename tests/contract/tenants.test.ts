import { randomUUID } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask as askAs, idLike, plain, twoWorkspaces, type Definitions, type Estate } from '../support/two-workspaces.ts';
import type { Person } from '../support/workspace.ts';
import { ownPlatform } from './own-platform.ts';
import { clientOf, subscribe } from './realtime-clients.ts';
import { argumentsOf, functionsWithIds, idFor, kindsFor } from '../support/tenant-functions.ts';

// One workspace tries every door of another: each table by each id, each function with each argument, topics and files. To a stranger, and to somebody
// who was a member and is none any more, what exists must answer exactly like what does not: same status, same words, no row; and nothing may be
// different afterwards. Doors are read from the API itself, so that the next table or function is tried too. Filters and embeds: tenant-filters.test.ts,
// the app's own routes: tests/e2e/tenant-routes.spec.ts, time: tests/deep/tenant-timing.test.ts.

const { use } = ownPlatform(() => {}, 'supabase/migrations');
let sql: Sql;
beforeAll(() => {
	sql = postgres(use().dbUrl, { max: 2 });
});
afterAll(() => sql.end());

describe.each(['stranger', 'former member'] as const)('to a %s', (once) => {
	let home: Estate;
	let lair: Estate;
	let thief: Person;
	let definitions: Definitions;
	let everything: () => Promise<string>;
	let before: string;

	beforeAll(async () => {
		({ home, lair, thief, definitions, everything } = await twoWorkspaces(use(), sql, once));
		before = await everything();
	});

	const ask = (path: string, init?: Parameters<typeof askAs>[3]) => askAs(use(), thief, path, init);

	const ids = (table: string) =>
		Object.entries(definitions[table]?.properties ?? {}).flatMap(([column, { format }]) => {
			const value = home.rows[table]?.[column];
			return format === 'uuid' && typeof value === 'string' ? [{ column, value }] : [];
		});

	test('there is a row of every table to steal', () => {
		expect(Object.keys(definitions).filter((table) => !home.rows[table])).toEqual([]);
		expect(Object.keys(definitions).length).toBeGreaterThan(20);
	});

	describe('tables', () => {
		test('answer to no id of another workspace, whatever the column, and count nothing', async () => {
			for (const table of Object.keys(definitions))
				for (const { column, value } of ids(table)) {
					const counted = { prefer: 'count=exact' };
					const real = await ask(`/rest/v1/${table}?select=${column}&${column}=eq.${value}`, { headers: counted });
					const none = await ask(`/rest/v1/${table}?select=${column}&${column}=eq.${randomUUID()}`, { headers: counted });
					expect(real, `${table}.${column}`).toEqual({ ...none, raw: real.raw });
					expect(real.body, `${table}.${column}`).toMatch(/^\[\]$|"42501"/);
				}
		});

		test('embed nothing of another workspace', async () => {
			for (const [table, { properties }] of Object.entries(definitions))
				for (const target of Object.keys(definitions)) {
					if (!('org_id' in properties) || target === table) continue;
					const { raw } = await ask(`/rest/v1/${table}?select=*,${target}(*)`);
					expect(raw, `${table} → ${target}`).not.toContain(home.mark);
					expect(raw, `${table} → ${target}`).not.toContain(home.workspace.id);
				}
		});

		test('take no change and no removal by such an id', async () => {
			for (const table of Object.keys(definitions))
				for (const { column, value } of ids(table))
					for (const method of ['PATCH', 'DELETE']) {
						const text = Object.keys(definitions[table]?.properties ?? {}).find((each) =>
							['name', 'description', 'first_name', 'note', 'label', 'text_value'].includes(each)
						);
						const body = method === 'PATCH' ? JSON.stringify(text ? { [text]: 'stolen' } : { updated_at: null }) : undefined;
						const headers = { prefer: 'return=representation' };
						const real = await ask(`/rest/v1/${table}?${column}=eq.${value}`, { method, body, headers });
						const none = await ask(`/rest/v1/${table}?${column}=eq.${randomUUID()}`, { method, body, headers });
						expect(real, `${method} ${table}.${column}`).toEqual({ ...none, raw: real.raw });
						expect(real.raw).not.toContain(home.mark);
					}
		});

		test('take no new row in another workspace, and none that points into it', async () => {
			for (const [table, row] of Object.entries(home.rows)) {
				const writable = await sql<{ column_name: string }[]>`
				select column_name from information_schema.column_privileges
				where table_schema = 'public' and table_name = ${table} and grantee = 'authenticated' and privilege_type = 'INSERT'`;
				const copy = Object.fromEntries(writable.map(({ column_name: column }) => [column, row[column]]));
				if (writable.length === 0) continue;
				const insert = (values: Record<string, unknown>) => ask(`/rest/v1/${table}`, { method: 'POST', body: JSON.stringify(values) });
				if ('org_id' in copy) {
					const real = await insert({ ...copy, org_id: home.workspace.id });
					const none = await insert({ ...copy, org_id: randomUUID() });
					expect(real, `into ${table}`).toEqual({ ...none, raw: real.raw });
					expect(real.status, `into ${table}`).toBeGreaterThanOrEqual(400);
				}
				for (const { column } of ids(table)) {
					if (!(column in copy) || column === 'org_id') continue;
					const own = { ...copy, org_id: lair.workspace.id };
					const real = await insert(own);
					const none = await insert({ ...own, [column]: randomUUID() });
					expect(real.status, `${table}.${column}`).toBeGreaterThanOrEqual(400);
					expect({ status: real.status, body: real.body }, `${table}.${column}`).toEqual({ status: none.status, body: none.body });
				}
			}
		});
	});

	describe('functions', () => {
		const post = (path: string, body: object) => ask(`/rest/v1${path}`, { method: 'POST', body: JSON.stringify(body) });

		/** Every function with ids, once for each kind of record that it can be told to be about. */
		const calls = async () =>
			(await functionsWithIds(sql)).flatMap(({ path, args }) => kindsFor(args).map((resource) => ({ path, args, resource })));

		test('with ids of another workspace answer as with ids of none', async () => {
			const all = await calls();
			expect(all.length).toBeGreaterThan(30);
			for (const { path, args, resource } of all) {
				const call = (id: (name: string) => string) => post(path, argumentsOf(args, id, resource));
				const real = await call((name) => idFor(name, home, resource));
				const none = await call(() => randomUUID());
				const what = `${path} of ${resource}`;
				expect({ what, status: real.status, body: real.body }).toEqual({ what, status: none.status, body: none.body });
				expect(real.raw, what).not.toContain(home.mark);
			}
		});

		test('take no id of another workspace beside ids of the caller’s own either', async () => {
			for (const { path, args, resource } of await calls())
				for (const { name: tried, format } of args) {
					if (!format.startsWith('uuid')) continue;
					const own = (name: string) => idFor(name, lair, resource);
					const call = (id: string) =>
						post(
							path,
							argumentsOf(args, (name) => (name === tried ? id : own(name)), resource)
						);
					const stolen = idFor(tried, home, resource);
					// What the first call may do in the caller's own workspace is done when the others come.
					await call(idLike(stolen));
					const real = await call(stolen);
					const none = await call(idLike(stolen));
					const what = `${path} of ${resource}, ${tried}`;
					expect({ what, status: real.status, body: real.body }).toEqual({ what, status: none.status, body: none.body });
					expect(real.raw, what).not.toContain(home.mark);
				}
		});
	});

	test('topics of another workspace are as closed as topics of none', async () => {
		const client = await clientOf(use(), thief);
		const join = async (topic: string) => (await subscribe(client.channel(topic, { config: { private: true } }))).map(plain);
		expect(await join(`org:${home.workspace.id}`)).toEqual(await join(`org:${randomUUID()}`));
		expect(await join(`member:${home.workspace.id}:${home.admin.id}`)).toEqual(await join(`member:${randomUUID()}:${randomUUID()}`));
		expect(await join(`member:${home.workspace.id}:${thief.id}`)).toEqual(await join(`member:${randomUUID()}:${thief.id}`));
	});

	test('files of another workspace’s people are as absent as files of nobody', async () => {
		const photo = (person: string) => `${person}/me.png`;
		const journey = (person: string) => ({ bucketId: 'avatars', sourceKey: photo(person), destinationKey: `${thief.id}/mine.png` });
		/** Every way to a file: its path below the service, and what is sent. */
		const doors: [method: string, path: string, body?: (person: string) => object][] = [
			['GET', '/object/avatars/PHOTO'],
			['HEAD', '/object/avatars/PHOTO'],
			['GET', '/object/authenticated/avatars/PHOTO'],
			['HEAD', '/object/authenticated/avatars/PHOTO'],
			['GET', '/object/info/avatars/PHOTO'],
			['GET', '/object/public/avatars/PHOTO'],
			['POST', '/object/sign/avatars/PHOTO', () => ({ expiresIn: 60 })],
			['POST', '/object/sign/avatars', (person) => ({ expiresIn: 60, paths: [photo(person)] })],
			['POST', '/object/upload/sign/avatars/PHOTO', () => ({})],
			['POST', '/object/avatars/PHOTO', () => ({})],
			['PUT', '/object/avatars/PHOTO', () => ({})],
			['POST', '/object/list/avatars', (person) => ({ prefix: person })],
			['POST', '/object/list-v2/avatars', (person) => ({ prefix: photo(person) })],
			['POST', '/object/move', journey],
			['POST', '/object/copy', journey],
			['DELETE', '/object/avatars/PHOTO'],
			['DELETE', '/object/avatars', (person) => ({ prefixes: [photo(person)] })]
		];
		for (const [method, path, body] of doors) {
			const open = (person: string) =>
				ask(`/storage/v1${path.replace('PHOTO', photo(person))}`, { method, body: body && JSON.stringify(body(person)) });
			const real = await open(home.admin.id);
			const none = await open(randomUUID());
			expect({ method, path, status: real.status, body: real.body }).toEqual({ method, path, status: none.status, body: none.body });
			expect(real.raw).not.toMatch(/token=|"id"/);
		}
		const listed = await thief.client.storage.from('avatars').list(home.admin.id);
		expect(listed.data).toEqual([]);
	});

	test('after all of it nothing in the other workspace is different', async () => {
		expect(before).toContain(home.mark);
		expect(await everything()).toBe(before);
	});
});
