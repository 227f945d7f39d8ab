import type { Sql } from 'postgres';

/** The tables in which the Supabase CLI keeps what it has applied; made exactly as it makes them. */
export async function makeHistory(sql: Sql): Promise<void> {
	await sql
		.unsafe(
			`create schema if not exists supabase_migrations;
			create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
			alter table supabase_migrations.schema_migrations add column if not exists statements text[];
			alter table supabase_migrations.schema_migrations add column if not exists name text;
			create table if not exists supabase_migrations.seed_files (path text not null primary key, hash text not null);`
		)
		.simple();
}

/** Applied versions with the text they had. */
export async function appliedMigrations(sql: Sql): Promise<Map<string, string[]>> {
	const rows = await sql<{ version: string; statements: string[] | null }[]>`
		select version, statements from supabase_migrations.schema_migrations order by version`;
	return new Map(rows.map((row) => [row.version, row.statements ?? []]));
}

/** One number for all runners of one database: two starts at once must not apply a file twice. */
const lockKey = 7_266_304_213;

/** Runs `work` while no other runner works on the same database. */
export async function alone<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
	await sql`select pg_advisory_lock(${lockKey}::bigint)`;
	try {
		return await work();
	} finally {
		await sql`select pg_advisory_unlock(${lockKey}::bigint)`;
	}
}
