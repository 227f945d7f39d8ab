import { createClient, type Session } from '@supabase/supabase-js';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildMatrix, everyRole, line, type Matrix, predicted } from '../database/matrix-world.ts';
import { may, mayEdit, mayKnow, ownerKinds, recordTables, rowKinds } from '../database/permissions.ts';
import { requiredColumns } from '../database/world.ts';
import { serviceClient } from '../support/workspace.ts';
import { ownPlatform } from './own-platform.ts';

// The matrix of tests/database once more, from outside: every role × record table × verb × whose row through REST, with real sessions and the
// check of each request. What a write did is read from its answer, and the transaction undone (PostgREST's `Prefer: tx=rollback`, which only this
// platform allows).

const { use } = ownPlatform(() => {}, 'supabase/migrations');

let sql: Sql;
let matrix: Matrix;
const tokens: Record<string, string> = {};

beforeAll(async () => {
	sql = postgres(use().dbUrl, { max: 1, onnotice: () => {} });
	matrix = await buildMatrix(sql);
	await sql`alter role authenticator set pgrst.db_tx_end = 'commit-allow-override'`;
	await sql`notify pgrst, 'reload config'`;
	// The world's people were put past Auth: what it expects of its own rows.
	await sql`update auth.users set instance_id = '00000000-0000-0000-0000-000000000000',
		confirmation_token = '', recovery_token = '', email_change = '', email_change_token_new = ''`;
	const service = serviceClient(use());
	for (const [role] of everyRole) {
		const { data, error } = await service.auth.admin.updateUserById(matrix.actor(role), {
			password: 'correct-horse',
			email_confirm: true
		});
		if (error) throw error;
		tokens[role] = (await signIn(data.user?.email ?? '')).access_token;
	}
});
afterAll(() => sql.end());

async function signIn(email: string): Promise<Session> {
	const { apiUrl, publishableKey } = use();
	const client = createClient(apiUrl, publishableKey, { auth: { persistSession: false, autoRefreshToken: false } });
	const { data, error } = await client.auth.signInWithPassword({ email, password: 'correct-horse' });
	if (error) throw error;
	return data.session;
}

type Answer = { status: number; rows: { id?: string }[] };

async function ask(role: string, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> {
	const { apiUrl, publishableKey } = use();
	const response = await fetch(`${apiUrl}/rest/v1/${path}`, {
		method,
		headers: {
			apikey: publishableKey,
			authorization: `Bearer ${tokens[role]}`,
			'content-type': 'application/json',
			prefer: 'return=representation, tx=rollback'
		},
		...(body ? { body: JSON.stringify(body) } : {})
	});
	const said = await response.json();
	return { status: response.status, rows: Array.isArray(said) ? said : [] };
}

/** Whether a write went through: it answers the row, or no row or a refusal, and nothing else. */
function wasDone({ status, rows }: Answer): boolean {
	if (rows.length === 0 && ![200, 403].includes(status)) throw new Error(`status ${status}`);
	return rows.length === 1;
}

test('a write is undone here', async () => {
	const id = matrix.row('manager', 'companies', 'own');
	expect(wasDone(await ask('manager', 'DELETE', `companies?id=eq.${id}`))).toBe(true);
	expect((await ask('manager', 'GET', `companies?id=eq.${id}`)).rows).toHaveLength(1);
});

for (const [role, rights] of everyRole)
	describe.each(recordTables)(`${role} · %s`, (table) => {
		const id = (kind: (typeof rowKinds)[number]) => matrix.row(role, table, kind);
		const readable = () => predicted(rowKinds, (kind) => may(rights, 'read', kind));
		/** Of which kinds a list has the rows. */
		const among = (rows: { id?: string }[]) => predicted(rowKinds, (kind) => rows.some((row) => row.id === id(kind)));

		test('lists: of the table, the newest, and what is found', async () => {
			for (const { place, own } of [
				{ place: matrix.home, own: true },
				{ place: matrix.abroad, own: false }
			]) {
				const org = place.id;
				const lists = [
					await ask(role, 'GET', `${table}?select=id&org_id=eq.${org}`),
					await ask(role, 'GET', `rpc/newest_${table}?select=id&org=${org}&max=1000`),
					await ask(role, 'POST', 'rpc/search_records', { org, query: 'Example', kinds: [table], max: 100 })
				];
				for (const { status, rows } of lists)
					expect([status, among(rows)]).toEqual([200, own ? readable() : predicted(rowKinds, () => false)]);
			}
		});

		test('GET, PATCH and DELETE of each row', async () => {
			expect(await line(rowKinds, async (kind) => (await ask(role, 'GET', `${table}?id=eq.${id(kind)}`)).rows.length === 1)).toEqual(
				readable()
			);
			const patch = async (kind: (typeof rowKinds)[number]) =>
				wasDone(await ask(role, 'PATCH', `${table}?id=eq.${id(kind)}`, { description: 'Changed' }));
			expect(await line(rowKinds, patch)).toEqual(predicted(rowKinds, (kind) => mayEdit(rights, kind)));
			const remove = async (kind: (typeof rowKinds)[number]) => wasDone(await ask(role, 'DELETE', `${table}?id=eq.${id(kind)}`));
			expect(await line(rowKinds, remove)).toEqual(predicted(rowKinds, (kind) => may(rights, 'read', kind) && may(rights, 'delete', kind)));
		});

		test('POST of a new row', async () => {
			const insert = async (kind: (typeof ownerKinds)[number]) => {
				const place = matrix.place(kind);
				return wasDone(
					await ask(role, 'POST', table, {
						org_id: place.id,
						...requiredColumns(place, table, 'Inserted'),
						owner_id: matrix.owner(role, kind)
					})
				);
			};
			expect(await line(ownerKinds, insert)).toEqual(
				predicted(ownerKinds, (kind) => may(rights, 'create', kind) && may(rights, 'read', kind))
			);
		});

		if (table === 'contacts')
			test('personal data: GET, PATCH, DELETE', async () => {
				const path = (kind: (typeof rowKinds)[number]) => `contact_private?contact_id=eq.${id(kind)}`;
				expect(await line(rowKinds, async (kind) => (await ask(role, 'GET', path(kind))).rows.length === 1)).toEqual(
					predicted(rowKinds, (kind) => mayKnow(rights, 'read', kind))
				);
				const writable = predicted(rowKinds, (kind) => mayKnow(rights, 'update', kind) && mayKnow(rights, 'read', kind));
				expect(await line(rowKinds, async (kind) => wasDone(await ask(role, 'PATCH', path(kind), { mobile: '2' })))).toEqual(writable);
				expect(await line(rowKinds, async (kind) => wasDone(await ask(role, 'DELETE', path(kind))))).toEqual(writable);
			});
	});
