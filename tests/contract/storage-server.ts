import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { join } from 'node:path';
import postgres from 'postgres';
import { createTokens, startGateway, type Gateway, type Service } from '../../embedded/gateway/index.ts';
import { makeKeys } from '../../embedded/keys.ts';
import { prepareDatabase, startPostgres } from '../../embedded/postgres/index.ts';
import { createStorage, type Storage } from '../../embedded/storage/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import type { Door } from './storage-clients.ts';

const keys = makeKeys();
const tokens = createTokens(keys.signingJwk);

/** The keys of every lone Storage of this process. */
export const { publishableKey, secretKey } = keys;
export const signingSecret = 'a secret of thirty-two bytes or more, for tests';
export const fileSizeLimit = 2_000_000;

/**
 * Storage alone, over a database and a folder of its own: for tests that kill it, forge for it, bend its rows or look at its disk. What a project
 * promises to whoever uses it is tested at the platform under test (storage-clients.ts), whichever that is.
 */
export type LoneStorage = Door & {
	/** The database as `postgres`, which is who migrations run as. */
	sql: postgres.Sql;
	/** As supabase_storage_admin. */
	storageUrl: string;
	/** What each start of the platform does. */
	applySchema(): Promise<void>;
	folder: string;
	/** Stops the service and starts another over the same rows and files, at another address. */
	restart(): Promise<void>;
	stop(): Promise<void>;
};

const none: Service = { fetch: () => Promise.resolve(new Response(null, { status: 404 })) };

/** Gives a service an address on loopback, behind the gateway it has in the platform. */
export async function serveStorage(storage: Storage): Promise<Gateway> {
	const gateway = await startGateway({ port: 0, keys, tokens });
	gateway.serve({ rest: none, auth: none, storage });
	return gateway;
}

export async function startLoneStorage(): Promise<LoneStorage> {
	const folder = await scratchFolder('storage');
	const database = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	await prepareDatabase(database);
	const sql = postgres(database.url(), { max: 2, onnotice: () => {} });

	const files = join(folder.path, 'storage');
	const storageUrl = database.url('postgres', 'supabase_storage_admin');
	const start = async () => {
		const storage = await createStorage({ url: storageUrl, folder: files, signingSecret, fileSizeLimit });
		return { storage, door: await serveStorage(storage) };
	};
	let running = await start();
	const end = async () => {
		await running.door.stop();
		await running.storage.stop();
	};
	return {
		get apiUrl() {
			return `http://127.0.0.1:${running.door.port}`;
		},
		publishableKey,
		secretKey,
		sql,
		storageUrl,
		applySchema: () => prepareDatabase(database),
		folder: files,
		async restart() {
			await end();
			running = await start();
		},
		async stop() {
			await end();
			await sql.end();
			await database.stop();
			await folder.remove();
		}
	};
}

/** A token as Auth signs it. */
export const tokenOf = (user: string, claims: object = {}): Promise<string> =>
	tokens.sign({
		iss: 'http://127.0.0.1:54321/auth/v1',
		aud: 'authenticated',
		role: 'authenticated',
		sub: user,
		exp: Math.floor(Date.now() / 1000) + 3600,
		...claims
	});

/** Is signed in at a lone Storage, as whoever is named. */
export const person = ({ apiUrl }: { apiUrl: string }, user: string, claims: object = {}): SupabaseClient =>
	createClient(apiUrl, keys.publishableKey, { accessToken: () => tokenOf(user, claims) });
