import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';

// Rules that every table, policy and function of the schema keeps, so that the next one keeps them too. Each query returns the
// offenders by name.

const database = await useDatabase();
const { sql } = database;

/** All that a request without a session may touch in our schemas. */
const openToAnon = ['private.check_request()'];

/** Tables without org_id: the workspace itself, and people, who belong to none. */
const belongToNoWorkspace = ['organizations', 'profiles', 'preferences'];

describe('tables', () => {
	test('have row-level security, a policy and a comment', async () => {
		expect(
			await sql`
				select c.relname from pg_class c
				where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
					and (not c.relrowsecurity or obj_description(c.oid) is null or not exists (select from pg_policy p where p.polrelid = c.oid))`
		).toEqual([]);
	});

	test('belong to a workspace, not null, found by an index and removed with it', async () => {
		expect(
			await sql`
				select c.relname from pg_class c
				left join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
				where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relname = any (${belongToNoWorkspace})
					and (a.attnum is null or not a.attnotnull
						or not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum and i.indpred is null)
						or not exists (select from pg_constraint f
							where f.conrelid = c.oid and f.contype = 'f' and a.attnum = any (f.conkey) and f.confdeltype = 'c'))`
		).toEqual([]);
	});

	test('can be pointed to within their workspace: unique (org_id, id)', async () => {
		expect(
			await sql`
				select c.relname from pg_class c
				join pg_attribute o on o.attrelid = c.oid and o.attname = 'org_id'
				join pg_attribute i on i.attrelid = c.oid and i.attname = 'id'
				where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
					and not exists (select from pg_constraint u where u.conrelid = c.oid and u.contype = 'u' and u.conkey = array[o.attnum, i.attnum])`
		).toEqual([]);
	});

	test('point to each other with org_id in the key, and a deleted target empties only the other column', async () => {
		expect(
			await sql`
				select f.conname from pg_constraint f
				join pg_class target on target.oid = f.confrelid
				join pg_attribute o on o.attrelid = f.conrelid and o.attname = 'org_id'
				where f.contype = 'f' and f.connamespace = 'public'::regnamespace and target.relnamespace = 'public'::regnamespace
					and target.relname <> all (${belongToNoWorkspace})
					and (f.conkey[1] <> o.attnum or cardinality(f.conkey) < 2
						or (f.confdeltype = 'n' and (f.confdelsetcols is null or o.attnum = any (f.confdelsetcols))))`
		).toEqual([]);
	});

	test('have an index for every foreign key', async () => {
		expect(
			await sql`
				select f.conname from pg_constraint f
				where f.contype = 'f' and f.connamespace = 'public'::regnamespace
					and not exists (
						select from pg_index i where i.indrelid = f.conrelid
							and (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(f.conkey)] @> f.conkey)`
		).toEqual([]);
	});

	test('compare with leakproof types only: no enums, no citext, no domains', async () => {
		expect(
			await sql`
				select c.relname, a.attname, t.typname from pg_class c
				join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
				join pg_type t on t.oid = a.atttypid
				where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
					and t.typname not in ('uuid', 'text', 'int4', 'int8', 'float8', 'bool', 'date', 'timestamptz', 'numeric', 'jsonb')`
		).toEqual([]);
	});

	test('bound every text a client may write', async () => {
		expect(
			await sql`
				select c.relname, a.attname from pg_class c
				join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
				where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
					and has_column_privilege('authenticated', c.oid, a.attnum, 'insert, update')
					and not exists (
						select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey))`
		).toEqual([]);
	});

	test('of records announce inserts, updates and deletes, once per statement', async () => {
		for (const table of recordTables)
			expect(
				await sql`
					select event_manipulation from information_schema.triggers
					where event_object_schema = 'public' and event_object_table = ${table} and action_statement like '%announce%'
						and action_orientation = 'STATEMENT' order by 1`
			).toEqual([{ event_manipulation: 'DELETE' }, { event_manipulation: 'INSERT' }, { event_manipulation: 'UPDATE' }]);
	});
});

test('every table that keeps a version counts it with every change', async () => {
	const tables = await sql<{ name: string; touched: boolean }[]>`
		select c.relname as name, exists (
			select from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = 'private.touch'::regproc and t.tgqual is null
				and t.tgtype & (1 | 2 | 16) = (1 | 2 | 16) and t.tgattr::text = '') as touched
		from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'version' and not a.attisdropped
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`;
	expect(tables.length).toBeGreaterThan(10);
	expect(tables.filter(({ touched }) => !touched)).toEqual([]);
});

describe('policies', () => {
	test('are for authenticated only, for one command each, and one permissive per table and command', async () => {
		const policies = await sql`
			select schemaname || '.' || tablename as name, cmd, roles::text, permissive from pg_policies where schemaname in ('public', 'realtime')`;
		expect(policies.length).toBeGreaterThan(30);
		const isAsMeant = ({ roles, cmd, permissive }: postgres.Row) =>
			roles === '{authenticated}' && (cmd === 'ALL') === (permissive === 'RESTRICTIVE');
		expect(policies.filter((policy) => !isAsMeant(policy))).toEqual([]);
		const permissive = policies.filter((policy) => policy.permissive === 'PERMISSIVE').map(({ name, cmd }) => `${name} ${cmd}`);
		expect(new Set(permissive).size).toBe(permissive.length);
	});

	test('turn strangers away from every table of a workspace before any right is asked for', async () => {
		const tables = await sql<{ name: string }[]>`
			select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id' and not a.attisdropped
			where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1`;
		expect(tables.length).toBeGreaterThan(15);
		const restrictive = await sql`
			select tablename as name, qual, with_check from pg_policies where schemaname = 'public' and permissive = 'RESTRICTIVE' order by 1`;
		// The one policy that reads a setting: the note that its own request has made.
		const note =
			"( SELECT COALESCE((NULLIF(( SELECT current_setting('crm.orgs'::text, true) AS current_setting), ''::text))::uuid[], private.known_orgs()) AS \"coalesce\")";
		const qual = `(array_position(${note}, org_id) IS NOT NULL)`;
		expect([...restrictive]).toEqual(tables.map(({ name }) => ({ name, qual, with_check: null })));
	});

	test('ask access functions once per statement, and never the token or the trash', async () => {
		const policies = await sql<{ name: string; text: string }[]>`
			select tablename || ': ' || policyname as name, concat_ws(' ', qual, with_check) as text
			from pg_policies where schemaname in ('public', 'realtime') and permissive = 'PERMISSIVE'`;
		const offends = (text: string) =>
			/auth\.|deleted_at|current_setting|^true$/.test(text) ||
			[...text.matchAll(/(\w+|\()\s*private\.\w+\(/g)].some(([, before]) => !['SELECT', 'FROM'].includes(before ?? ''));
		expect(policies.filter(({ text }) => offends(text)).map(({ name }) => name)).toEqual([]);
	});
});

describe('grants', () => {
	test('to anon are those on the written list', async () => {
		const functions = await sql<{ name: string }[]>`
			select p.oid::regprocedure::text as name from pg_proc p
			where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and has_function_privilege('anon', p.oid, 'execute')`;
		expect(functions.map(({ name }) => name)).toEqual(openToAnon);
		expect(
			await sql`
				select table_name, privilege_type from information_schema.role_table_grants
				where table_schema in ('public', 'private') and grantee in ('anon', 'PUBLIC')`
		).toEqual([]);
	});

	test('let authenticated write columns, never whole tables, and none that the database keeps', async () => {
		expect(
			await sql`
				select table_name, privilege_type from information_schema.role_table_grants
				where table_schema = 'public' and grantee = 'authenticated' and privilege_type not in ('SELECT', 'DELETE')`
		).toEqual([]);
		expect(
			await sql`
				select table_name, column_name, privilege_type from information_schema.column_privileges
				where table_schema = 'public' and grantee = 'authenticated' and (
					(privilege_type in ('INSERT', 'UPDATE') and column_name in
						('id', 'version', 'created_at', 'updated_at', 'created_by', 'deleted_at', 'stage_entered_at', 'amount_minor'))
					or (privilege_type = 'UPDATE' and column_name = 'org_id'))`
		).toEqual([]);
	});

	test('to service_role cover every table', async () => {
		expect(
			await sql`
				select c.relname from pg_class c
				where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
					and not has_table_privilege('service_role', c.oid, 'select, insert, update, delete')`
		).toEqual([]);
	});
});

describe('functions', () => {
	test('fix an empty search_path and say what they are for', async () => {
		expect(
			await sql`
				select p.oid::regprocedure::text as name from pg_proc p
				where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
					and (not coalesce(p.proconfig, '{}') @> array['search_path=""'] or obj_description(p.oid) is null)`
		).toEqual([]);
	});

	test('of the API that run as their owner ask who calls, or are for the service key alone', async () => {
		const definers = await sql<{ name: string; prosrc: string }[]>`
			select p.oid::regprocedure::text as name, p.prosrc from pg_proc p
			where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('authenticated', p.oid, 'execute')`;
		expect(definers.length).toBeGreaterThan(10);
		const asks = /private\.(memberships\b|(actor|orgs_where|my_orgs|reach|own_import|set_trashed|may_invite|record_for_reader)\()/;
		expect(definers.filter(({ prosrc }) => !asks.test(prosrc)).map(({ name }) => name)).toEqual([]);
	});
});

test('the Supabase advisors find nothing at WARN or above', async () => {
	const cli = createRequire(import.meta.url)
		.resolve('supabase/package.json')
		.replace('package.json', 'dist/supabase.js');
	const advisors = spawn(
		process.execPath,
		[cli, 'db', 'advisors', `--remote=${database.url}?sslmode=disable`, '--level', 'warn', '--fail-on', 'warn'],
		{
			env: { ...process.env, SUPABASE_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', NO_COLOR: '1' }
		}
	);
	let output = '';
	advisors.stdout.on('data', (chunk: Buffer) => (output += chunk));
	advisors.stderr.on('data', (chunk: Buffer) => (output += chunk));
	const code = await new Promise((resolve) => advisors.on('close', resolve));
	expect(code, output).toBe(0);
	expect(output).toContain('No issues found');
});
