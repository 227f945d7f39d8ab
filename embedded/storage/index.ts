import type { Service } from '../gateway/index.ts';
import type { Place, StorageContext } from './context.ts';
import { Database, type Call } from './database.ts';
import { asStorageError, errorResponse, StorageError } from './errors.ts';
import { Files } from './files.ts';
import { refusals, routes } from './routes.ts';
import { Signer } from './signatures.ts';

export { keptFiles } from './files.ts';

/** What the service is made of. */
export type StorageOptions = {
	/** The database as supabase_storage_admin. `schema.sql` was applied to it. */
	url: string;
	/** Where files are kept; made when missing. It belongs to this database and to one running service. */
	folder: string;
	/** Signs addresses; 32 bytes or more. As long as it stays the same, an address signed before a restart is good after it. */
	signingSecret: string;
	/** Bytes a file may have, whatever its bucket allows. */
	fileSizeLimit: number;
};

/** A service under /storage/v1 as supabase/storage is one. */
export type Storage = Service & { stop(): Promise<void> };

function decoded(groups: Record<string, string | undefined> = {}): Place {
	const { bucket = '', name = '' } = groups;
	try {
		return { bucket: decodeURIComponent(bucket), name: decodeURIComponent(name) };
	} catch {
		throw new StorageError(400, 'InvalidKey', `Invalid key: ${bucket}/${name}`);
	}
}

async function respond(storage: StorageContext, call: Call): Promise<Response> {
	const path = call.url.pathname.replace(/^\/storage\/v1/, '').replace(/^(\/bucket)\/$/, '$1');
	const unsupported = refusals.find((refusal) => refusal.path.test(path));
	const route = routes.find(({ method, path: known }) => method === call.request.method && known.test(path));
	const answer = unsupported?.answer ?? route?.answer;
	if (!answer) {
		const message = `Route ${call.request.method}:${path}${call.url.search} not found`;
		throw new StorageError(404, 'InvalidRequest', message, { error: 'Not Found', httpStatus: 404 });
	}
	const place = decoded(route?.path.exec(path)?.groups);
	const result = await answer(storage, { ...call, operation: route?.operation ?? '' }, place);
	return result instanceof Response ? result : Response.json(result);
}

/** Opens the folder, sweeps it of files that no row names, and starts to answer. */
export async function createStorage({ url, folder, signingSecret, fileSizeLimit }: StorageOptions): Promise<Storage> {
	const database = new Database(url);
	try {
		const files = await Files.open(folder);
		await files.sweep((versions) => database.named(versions));
		const storage: StorageContext = { database, files, signer: new Signer(signingSecret), fileSizeLimit };
		return {
			async fetch(request, caller) {
				const owner = typeof caller.claims.sub === 'string' ? caller.claims.sub : undefined;
				try {
					return await respond(storage, { request, url: new URL(request.url), caller, operation: '', owner });
				} catch (error) {
					// A refused body is not read to its end.
					if (request.body && !request.body.locked) await request.body.cancel().catch(() => {});
					const refusal = errorResponse(asStorageError(error));
					return request.method === 'HEAD' ? new Response(null, refusal) : refusal;
				}
			},
			stop: () => database.stop()
		};
	} catch (error) {
		await database.stop();
		throw error;
	}
}
