import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../embedded/migrate/index.ts';
import { prepareDatabase, startPostgres } from '../../embedded/postgres/index.ts';

declare module 'vitest' {
	export interface ProvidedContext {
		/** A server of these tests' own; the database `migrated` on it has the schema and no data, and is only ever copied. */
		databaseServer: { url: string; adminUrl: string };
	}
}

/** Starts one throw-away server with a migrated template for the whole suite. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const dataDir = await mkdtemp(join(tmpdir(), 'gemini-crm-database-'));
	const server = await startPostgres({ dataDir, port: 0, durable: false });
	await server.createDatabase('migrated');
	await prepareDatabase(server, 'migrated');
	await applyMigrations({ url: server.url('migrated'), dir: 'supabase/migrations' });
	project.provide('databaseServer', { url: server.url(), adminUrl: server.adminUrl() });
	return async () => {
		await server.stop();
		await rm(dataDir, { recursive: true, force: true });
	};
}
