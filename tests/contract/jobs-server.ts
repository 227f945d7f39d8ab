import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll } from 'vitest';
import { createJobs, installExtensions, type Jobs } from '../../embedded/jobs/index.ts';
import { findBinaries } from '../../embedded/postgres/binaries.ts';
import { prepareDatabase, startPostgres, type PostgresServer } from '../../embedded/postgres/index.ts';
import { serviceUser } from '../../embedded/postgres/service-user.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { extensions } from './jobs-clients.ts';

/*
 * For tests that end workers, set clocks, make roles and look into the server's files. What a project promises is tested at the platform under
 * test (jobs-clients.ts), whichever that is.
 */

export const postgresProgram = (): string => findBinaries(serviceUser()).postgres;

/** A database server with the stand-ins and the worker, as the platform starts them. */
export type JobsServer = {
	server: PostgresServer;
	/** Role `postgres`, as migrations are. */
	sql: Sql;
	/** The superuser. */
	admin: Sql;
	folder: string;
	startJobs(options?: { database?: string; now?: () => number }): Promise<Jobs>;
	/** Does something as another role in a transaction, `role` being set as the REST API sets it. */
	as<T>(role: string, work: (sql: Sql) => Promise<T>): Promise<T>;
};

/** Starts a server for the tests of one file; `use` gives it while they run. */
export function jobsServer({ withExtensions = true } = {}): { use: () => JobsServer } {
	let running: JobsServer | undefined;
	const cleanUps: (() => Promise<unknown>)[] = [];
	beforeAll(async () => {
		installExtensions(postgresProgram());
		const folder = await scratchFolder('jobs');
		cleanUps.push(folder.remove);
		const server = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
		cleanUps.push(() => server.stop());
		await prepareDatabase(server);
		const open = (url: string, max: number) => {
			const sql = postgres(url, { max, onnotice: () => {} });
			cleanUps.push(() => sql.end({ timeout: 1 }));
			return sql;
		};
		const sql = open(server.url(), 4);
		const admin = open(server.adminUrl(), 2);
		// A hosted project has the vault from the beginning.
		await admin.unsafe('create extension if not exists supabase_vault');
		if (withExtensions) await sql.unsafe(extensions).simple();
		running = {
			server,
			sql,
			admin,
			folder: server.folder,
			async startJobs(options = {}) {
				const jobs = await createJobs({ adminUrl: server.adminUrl, onlyLoopback: true, ...options });
				cleanUps.push(() => jobs.stop());
				return jobs;
			},
			as: async (role, work) => {
				const lone = postgres(server.adminUrl(), { max: 1, onnotice: () => {} });
				try {
					await lone`select set_config('session_authorization', ${role}, false)`;
					return await work(lone);
				} finally {
					await lone.end({ timeout: 1 });
				}
			}
		};
	});
	afterAll(async () => {
		for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
	});
	return {
		use() {
			if (!running) throw new Error('the server has not started');
			return running;
		}
	};
}

export type Received = { method: string; url: string; headers: IncomingHttpHeaders; body: string };

/** An HTTP server of this machine that notes what it gets; `answer` does the rest. */
export async function startReceiver(
	answer: (request: IncomingMessage, response: ServerResponse, received: Received) => void = (_request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json', 'X-Kept': 'yes' }).end('{"ok":true}');
	}
): Promise<{ port: number; url: string; received: Received[]; stop(): Promise<void> }> {
	const received: Received[] = [];
	const server = createServer(async (request, response) => {
		let body = '';
		for await (const chunk of request) body += String(chunk);
		const note = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
		received.push(note);
		answer(request, response, note);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	const port = address !== null && typeof address === 'object' ? address.port : 0;
	return {
		port,
		url: `http://127.0.0.1:${port}`,
		received,
		async stop() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		}
	};
}
