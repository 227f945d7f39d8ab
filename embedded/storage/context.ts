import type { Call, Database } from './database.ts';
import type { Files } from './files.ts';
import type { Signer } from './signatures.ts';

/** What every endpoint works with. */
export type StorageContext = {
	database: Database;
	files: Files;
	signer: Signer;
	/** Bytes; no bucket may allow more. */
	fileSizeLimit: number;
};

/** Where a request's path points. */
export type Place = {
	/** A bucket's id. */
	bucket: string;
	/** A file's name, with its folders; '' where the path names a bucket only. */
	name: string;
};

/** Answers a request to one endpoint. An object or list becomes a JSON answer. */
export type Answer = (storage: StorageContext, call: Call, place: Place) => Promise<Response | object>;
