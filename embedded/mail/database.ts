import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import postgres, { type Sql } from 'postgres';

const database = 'mailbox';

async function makeDatabase(adminUrl: string): Promise<void> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
	try {
		const [known] = await sql`select 1 from pg_database where datname = ${database}`;
		if (!known) await sql.unsafe(`create database ${database} template template0`);
		// Messages hold sign-in codes: the project's own roles have no business here.
		await sql.unsafe(`revoke connect on database ${database} from public`);
	} finally {
		await sql.end();
	}
}

/**
 * Opens the mail service's own database on the embedded server, making it and its tables when they are missing.
 * `adminUrl` names the superuser's connection to a database.
 */
export async function openDatabase(adminUrl: (database?: string) => string): Promise<Sql> {
	await makeDatabase(adminUrl());
	// Few connections, given back soon: each costs memory while nobody sends mail.
	const sql = postgres(adminUrl(database), { max: 3, idle_timeout: 20, onnotice: () => {} });
	await sql.unsafe(readFileSync(new URL('./schema.sql', import.meta.url), 'utf8')).simple();
	return sql;
}

/** A named setting that outlives the process, '' when it was never saved. */
export async function readSetting(sql: Sql, name: string): Promise<string> {
	const [row] = await sql<{ value: string }[]>`select value from settings where name = ${name}`;
	return row?.value ?? '';
}

/** Saves a named setting. */
export async function saveSetting(sql: Sql, name: string, value: string): Promise<void> {
	await sql`insert into settings (name, value) values (${name}, ${value}) on conflict (name) do update set value = excluded.value`;
}

/** The secret that signs tracking links, made once, so that links in old messages stay good. */
export async function trackingSecret(sql: Sql): Promise<string> {
	const made = randomBytes(32).toString('base64url');
	await sql`insert into settings (name, value) values ('tracking_secret', ${made}) on conflict do nothing`;
	return readSetting(sql, 'tracking_secret');
}
