import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import {
	buckets,
	hiddenColumns,
	matrixFunctions,
	matrixTables,
	otherPolicies,
	ownFunctions,
	serverFunctions,
	settingsTables,
	workspaceFunctions,
	writable
} from './surface.ts';

// Nothing is reachable that is not in the permission tables: what comes new has to be written down there, with who may do what.

const database = await useDatabase();
const { sql } = database;

describe('the permission tables name', () => {
	test('every table and view of the API', async () => {
		const relations = await sql<{ name: string }[]>`
			select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`;
		expect(relations.map(({ name }) => name)).toEqual([...Object.keys(settingsTables), ...matrixTables].sort());
	});

	test('every function of the API, and who may execute it at all', async () => {
		const functions = await sql<{ name: string; callers: string }[]>`
			select p.proname as name, concat_ws(' ',
				case when has_function_privilege('anon', p.oid, 'execute') then 'anon' end,
				case when has_function_privilege('authenticated', p.oid, 'execute') then 'authenticated' end) as callers
			from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.proname`;
		const signedIn = [...matrixFunctions, ...Object.keys(workspaceFunctions), ...Object.keys(ownFunctions)];
		const declared = [
			...signedIn.map((name) => ({ name, callers: 'authenticated' })),
			...serverFunctions.map((name) => ({ name, callers: '' }))
		];
		expect([...functions]).toEqual(declared.sort((a, b) => (a.name < b.name ? -1 : 1)));
	});

	test('every column that is written, every table whose rows are deleted, and every column that is not read', async () => {
		const granted = await sql<{ name: string; insert: string; update: string; delete: boolean }[]>`
			select c.relname as name, has_table_privilege('authenticated', c.oid, 'delete') as delete,
				coalesce(string_agg(a.attname, ' ' order by a.attnum) filter (where has_column_privilege('authenticated', c.oid, a.attnum, 'insert')), '') as insert,
				coalesce(string_agg(a.attname, ' ' order by a.attnum) filter (where has_column_privilege('authenticated', c.oid, a.attnum, 'update')), '') as update
			from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.oid, c.relname`;
		const open = ({ insert, update, delete: removes }: { insert?: string; update?: string; delete: boolean }) => ({
			...(insert && { insert }),
			...(update && { update }),
			delete: removes
		});
		expect(Object.fromEntries(granted.map((table) => [table.name, open(table)]))).toEqual(writable);
		const hidden = await sql<{ name: string }[]>`
			select c.relname || '.' || a.attname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and not has_column_privilege('authenticated', c.oid, a.attnum, 'select') order by 1`;
		expect(hidden.map(({ name }) => name)).toEqual(hiddenColumns);
	});

	test('every policy on topics and files, and every bucket', async () => {
		const policies = await sql<{ table: string; names: string[] }[]>`
			select schemaname || '.' || tablename as table, array_agg(policyname::text order by policyname) as names
			from pg_policies where schemaname not in ('public') group by 1 order by 1`;
		expect(Object.fromEntries(policies.map((policy) => [policy.table, policy.names]))).toEqual(otherPolicies);
		expect((await sql<{ id: string }[]>`select id from storage.buckets order by id`).map(({ id }) => id)).toEqual(buckets);
	});

	test('only tests that are there', () => {
		for (const file of Object.values(ownFunctions)) expect(existsSync(new URL(`./${file}`, import.meta.url)), file).toBe(true);
	});
});

test('no table of the schema private is open to clients, but to read the seats of colleagues, which they see in members, and who they are', async () => {
	expect(
		await sql`
			select c.relname as name, r.role, p.privilege
			from pg_class c, unnest(array['anon', 'authenticated']) r (role), unnest(array['select', 'insert', 'update', 'references']) p (privilege)
			where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'v', 'm', 'p') and has_any_column_privilege(r.role, c.oid, p.privilege)`
	).toEqual(['colleague_seats', 'noted_actor'].map((name) => ({ name, role: 'authenticated', privilege: 'select' })));
});
