import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import type { PostgresServer } from './server.ts';

const parts = ['./bootstrap.sql', '../auth/schema.sql', '../realtime/schema.sql', '../storage/schema.sql'];

/**
 * Makes `database` what a new Supabase project's database is: schemas, extensions, grants, and the tables of auth,
 * realtime and storage. Idempotent, so it runs at every start.
 */
export async function prepareDatabase(server: PostgresServer, database = 'postgres'): Promise<void> {
	const sql = postgres(server.adminUrl(database), { max: 1, onnotice: () => {} });
	try {
		await sql.unsafe(`alter database "${database.replaceAll('"', '""')}" owner to postgres`);
		for (const part of parts) {
			await sql.unsafe(readFileSync(new URL(part, import.meta.url), 'utf8')).simple();
		}
	} finally {
		await sql.end();
	}
}
