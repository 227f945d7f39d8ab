import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll } from 'vitest';
import { prepareDatabase, startPostgres, type PostgresServer } from '../../embedded/postgres/index.ts';
import { createRest, type Caller, type Rest, type RestOptions } from '../../embedded/rest/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** The engine over a database of its own, without a gateway between: any role can be the caller, any connection be cut. */
export type RestServer = {
	server: PostgresServer;
	/** Role `postgres`, as migrations are. */
	sql: Sql;
	/** The superuser. */
	admin: Sql;
	rest: Rest;
	/** supabase-js as this caller. */
	as(caller: Caller): SupabaseClient;
};

/** Starts a server with this schema for the tests of one file; `use` gives it while they run. */
export function restServer(schema: string, options: Partial<RestOptions> = {}): { use: () => RestServer } {
	let running: RestServer | undefined;
	const cleanUps: (() => Promise<unknown>)[] = [];
	beforeAll(async () => {
		const folder = await scratchFolder('rest');
		cleanUps.push(folder.remove);
		const server = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
		cleanUps.push(() => server.stop());
		await prepareDatabase(server);
		const [sql, admin] = [server.url(), server.adminUrl()].map((url) => postgres(url, { max: 1, onnotice: () => {} }));
		if (!sql || !admin) throw new Error('no connections');
		cleanUps.push(() => Promise.all([sql.end(), admin.end()]));
		await sql.unsafe(schema).simple();
		const rest = await createRest({
			url: server.url('postgres', 'authenticator'),
			adminUrl: server.adminUrl(),
			connections: 4,
			...options
		});
		cleanUps.push(() => rest.stop());
		const as = (caller: Caller) =>
			createClient('http://rest.test', 'key', {
				auth: { persistSession: false, autoRefreshToken: false },
				global: { fetch: (input, init) => rest.fetch(new Request(input, init), caller) }
			});
		running = { server, sql, admin, rest, as };
	});
	afterAll(async () => {
		for (const cleanUp of cleanUps.toReversed()) await cleanUp();
	});
	return {
		use() {
			if (!running) throw new Error('the server has not started');
			return running;
		}
	};
}
