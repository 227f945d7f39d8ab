import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { z } from 'zod';
import { applyMigrations } from '../../embedded/migrate/index.ts';
import { prepareDatabase, startPostgres, type PostgresServer } from '../../embedded/postgres/index.ts';
import { scratchFolder } from './scratch-folder.ts';

const clusterAddress = z.object({ url: z.string(), adminUrl: z.string(), template: z.string() });

/** Where a cluster's databases are reached from a test file, which runs in another process than the one that started it. */
export type ClusterAddress = z.infer<typeof clusterAddress>;

export type TestCluster = { server: PostgresServer; address: ClusterAddress; stop: () => Promise<void> };

/** Starts a throw-away server for one test run, with a database that has the schema and no data and is only ever copied. */
export async function startTestCluster(): Promise<TestCluster> {
	const folder = await scratchFolder('postgres');
	const server = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	const template = 'migrated';
	await server.createDatabase(template);
	await prepareDatabase(server, template);
	await applyMigrations({ url: server.url(template), dir: 'supabase/migrations' });
	return {
		server,
		address: { url: server.url(), adminUrl: server.adminUrl(), template },
		stop: async () => {
			await server.stop();
			await folder.remove();
		}
	};
}

/**
 * The cluster for a test run: a new one, or the one that TEST_CLUSTER names (a ClusterAddress as JSON), whose template may be another than the migrated
 * database. So the mutation tests run the suite against databases they have broken on purpose.
 */
export async function useTestCluster(): Promise<{ address: ClusterAddress; stop: () => Promise<void> }> {
	const given = process.env.TEST_CLUSTER;
	if (!given) return startTestCluster();
	return { address: clusterAddress.parse(JSON.parse(given)), stop: async () => {} };
}

/** A copy of the template for one test file: owned by `postgres`, whose connection `url` is. */
export async function cloneDatabase(address: ClusterAddress): Promise<{ url: string; drop: () => Promise<void> }> {
	const name = `test_${randomUUID().replaceAll('-', '')}`;
	const run = async (statement: string) => {
		const admin = postgres(address.adminUrl, { max: 1, onnotice: () => {} });
		await admin.unsafe(statement);
		await admin.end();
	};
	await run(`create database ${name} template ${address.template} owner postgres`);
	return {
		url: Object.assign(new URL(address.url), { pathname: `/${name}` }).href,
		drop: () => run(`drop database if exists ${name} with (force)`)
	};
}
