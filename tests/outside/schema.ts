import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, given } from './checks.ts';
import { checkout, sql, type Person } from './project.ts';

/** A column that points at another table's key, both in schema public. */
type Reference = { name: string; child: string; column: string; parent: string; key: string };

/** Migrations and seed are in the database as they are in the checkout. */
export async function checkMigrations(): Promise<void> {
	const files = readdirSync(join(checkout, 'supabase', 'migrations')).filter((name) => name.endsWith('.sql'));
	await check(`${files.length} migrations are applied, unchanged and in order`, async () => {
		const applied = await sql`select version || '_' || name || '.sql' as file from supabase_migrations.schema_migrations order by version`;
		assert.deepEqual(
			applied.map(({ file }) => file),
			files.toSorted()
		);
	});
	const seed = readFileSync(join(checkout, 'supabase', 'seed.sql'), 'utf8');
	for (const [, table = ''] of seed.matchAll(/insert into (?:public\.)?(\w+)/gi)) {
		await check(`the seed's rows are in ${table}`, async () => {
			assert.notEqual((await sql`select from ${sql(`public.${table}`)} limit 1`).length, 0);
		});
	}
}

type Row = Record<string, unknown>;

const relations = (kinds: string[]) => sql<{ name: string }[]>`
	select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind::text = any (${kinds}) order by 1`;

const references = () => sql<Reference[]>`
	select c.conname as name, r.relname as child, a.attname as column, p.relname as parent, k.attname as key
	from pg_constraint c join pg_class r on r.oid = c.conrelid join pg_class p on p.oid = c.confrelid
		join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] join pg_attribute k on k.attrelid = c.confrelid and k.attnum = c.confkey[1]
	where c.contype = 'f' and cardinality(c.conkey) = 1
		and r.relnamespace = 'public'::regnamespace and p.relnamespace = 'public'::regnamespace
	order by 1`;

/** A list of each table and view as the app's lists ask for them, and each foreign key as an embed, both ways. Compared with what the database says. */
export async function checkReads({ client }: Person): Promise<void> {
	for (const { name } of await relations(['r', 'v'])) {
		await check(`${name}: a page of it, with the count of all`, async () => {
			const [total] = await sql`select count(*)::int from ${sql(`public.${name}`)}`;
			const { data, count, error } = await client.from(name).select('*', { count: 'exact' }).range(0, 1);
			if (error) throw error;
			assert.equal(count, total?.count);
			assert.equal(data.length, Math.min(2, total?.count));
		});
	}
	for (const { name, child, column, parent, key } of await references()) {
		await check(`${child} with its ${parent}, and ${parent} with their ${child} (${name})`, async () => {
			const pairs = await sql<{ child: string; parent: string | null }[]>`
				select id::text as child, ${sql(column)}::text as parent from ${sql(`public.${child}`)} order by id`;
			assert.notEqual(pairs.length, 0, `no row of ${child} to look at`);
			const up = given(
				await client.from(child).select(`id, parent:${parent}!${name}(${key})`).order('id').overrideTypes<Row[], { merge: false }>()
			);
			assert.deepEqual(
				up.map((row) => [String(row.id), keyOf(row.parent, key)]),
				pairs.map((pair) => [pair.child, pair.parent])
			);
			const down = given(
				await client.from(parent).select(`${key}, children:${child}!${name}(id)`).overrideTypes<Row[], { merge: false }>()
			);
			const found = down.flatMap((row) =>
				Array.isArray(row.children) ? row.children.map((one: { id: unknown }) => `${String(one.id)} ${String(row[key])}`) : []
			);
			assert.deepEqual(
				found.toSorted(),
				pairs
					.filter((pair) => pair.parent !== null)
					.map((pair) => `${pair.child} ${pair.parent}`)
					.toSorted()
			);
		});
	}
}

function keyOf(row: unknown, key: string): string | null {
	return typeof row === 'object' && row !== null ? String(new Map(Object.entries(row)).get(key)) : null;
}
