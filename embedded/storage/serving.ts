import type { FileHandle } from 'node:fs/promises';
import type { Answer, StorageContext } from './context.ts';
import type { Call, StoredObject } from './database.ts';
import { fileIsGone, misshapen, StorageError } from './errors.ts';
import { findObject, publicObject, readableObject } from './rows.ts';

/** A row can be changed by SQL: what it says becomes a header only if it may be one. */
const headerText = (value: unknown, otherwise: string): string =>
	typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]+$/.test(value) ? value : otherwise;

function lastModified({ metadata, updated_at }: StoredObject): Date {
	const date = new Date(headerText(metadata?.lastModified, ''));
	return Number.isNaN(date.getTime()) ? updated_at : date;
}

/** The headers every answer about a file has. */
function headersFor(call: Call, object: StoredObject, expires?: number): Headers {
	const { metadata } = object;
	const type = headerText(metadata?.mimetype, 'application/octet-stream');
	const headers = new Headers({
		'accept-ranges': 'bytes',
		// Pages are shown as text, as on the hosted service. What could still run a script (SVG, XML) runs in a box without an
		// origin: here a file's address shares cookies with the app, which is on the same host.
		'content-type': type.includes('text/html') ? 'text/plain' : type,
		'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
		'x-content-type-options': 'nosniff',
		'x-robots-tag': 'none',
		etag: headerText(metadata?.eTag, `"${object.version ?? ''}"`),
		'last-modified': lastModified(object).toUTCString()
	});
	if (expires === undefined) headers.set('cache-control', headerText(metadata?.cacheControl, 'no-cache'));
	else headers.set('expires', new Date(expires * 1000).toUTCString());
	const download = call.url.searchParams.get('download');
	if (download !== null) {
		const name = encodeURIComponent(download);
		headers.set('content-disposition', name === '' ? 'attachment;' : `attachment; filename=${name}; filename*=UTF-8''${name}`);
	}
	return headers;
}

/** Whether what the client has is what it would get (RFC 9110, 13.1.2 and 13.1.3). */
function isUnchanged({ headers }: Request, object: StoredObject, eTag: string): boolean {
	const known = headers.get('if-none-match');
	if (known !== null) return known.split(',').some((one) => ['*', eTag].includes(one.trim().replace(/^W\//, '')));
	const since = Date.parse(headers.get('if-modified-since') ?? '');
	return !Number.isNaN(since) && Math.floor(lastModified(object).getTime() / 1000) * 1000 <= since;
}

/** The bytes a request asks for, both ends included; undefined for all of them. One range, as the hosted service takes. */
function rangeOf({ headers }: Request, size: number, eTag: string): { start: number; end: number } | undefined {
	const range = headers.get('range');
	const condition = headers.get('if-range');
	if (range === null || (condition !== null && condition !== eTag)) return undefined;
	const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
	const start = from === '' ? Math.max(size - Number(to), 0) : Number(from);
	const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
	const isWrong = (from === '' && (to === '' || Number(to) === 0)) || start > end || start >= size;
	if (isWrong) throw new StorageError(416, 'InvalidRange', 'invalid range provided', { error: 'invalid_range', httpStatus: 416 });
	return { start, end };
}

/** Opens the file of a row. A row read just before its file was replaced is read again. */
async function openFile({ files }: StorageContext, find: () => Promise<StoredObject>): Promise<{ object: StoredObject; file: FileHandle }> {
	let tried: string | null | undefined;
	for (;;) {
		const object = await find();
		const file = await files.read(object.version);
		if (file) return { object, file };
		if (object.version === tried) throw fileIsGone();
		tried = object.version;
	}
}

const chunkBytes = 64 * 1024;

/** The bytes of a file from `start` to `end`, read as they are taken. Closes the file at the end, and when the reader is gone or `signal` says so. */
function contentOf(file: FileHandle, start: number, end: number, signal: AbortSignal): ReadableStream<Uint8Array<ArrayBuffer>> {
	let position = start;
	if (signal.aborted) void file.close();
	else signal.addEventListener('abort', () => void file.close(), { once: true });
	return new ReadableStream({
		async pull(controller) {
			try {
				const length = Math.min(chunkBytes, end - position + 1);
				const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, position);
				if (bytesRead === 0) throw new Error('A stored file is shorter than it was');
				controller.enqueue(buffer.subarray(0, bytesRead));
				position += bytesRead;
				if (position <= end) return;
				controller.close();
			} catch (error) {
				controller.error(error);
			}
			await file.close();
		},
		cancel: () => file.close()
	});
}

async function serve(storage: StorageContext, call: Call, find: () => Promise<StoredObject>, expires?: number): Promise<Response> {
	const { object, file } = await openFile(storage, find);
	try {
		const { size } = await file.stat();
		const headers = headersFor(call, object, expires);
		const eTag = headers.get('etag') ?? '';
		if (isUnchanged(call.request, object, eTag)) {
			await file.close();
			for (const name of ['content-type', 'content-disposition', 'accept-ranges']) headers.delete(name);
			return new Response(null, { status: 304, headers });
		}
		if (expires === undefined && call.request.headers.has('if-none-match')) headers.append('cache-control', 'stale-while-revalidate=30');
		const range = rangeOf(call.request, size, eTag);
		const { start, end } = range ?? { start: 0, end: size - 1 };
		headers.set('content-length', String(end - start + 1));
		if (range) headers.set('content-range', `bytes ${start}-${end}/${size}`);
		const status = range ? 206 : 200;
		if (call.request.method === 'HEAD' || size === 0) {
			await file.close();
			return new Response(null, { status, headers });
		}
		return new Response(contentOf(file, start, end, call.request.signal), { status, headers });
	} catch (error) {
		await file.close();
		throw error;
	}
}

export const showObject: Answer = (storage, call, place) => serve(storage, call, () => readableObject(storage, call, place));

/** A file of a public bucket, for anybody. */
export const showPublicObject: Answer = (storage, call, place) => serve(storage, call, () => publicObject(storage, call, place));

/** A file at a signed address, for whoever has that. */
export const showSignedObject: Answer = async (storage, call, place) => {
	const token = call.url.searchParams.get('token');
	if (token === null) throw misshapen("querystring must have required property 'token'");
	const { exp } = await storage.signer.verify(token, `${place.bucket}/${place.name}`, 'download');
	return serve(storage, call, () => storage.database.asService(call, (sql) => findObject(sql, place)), exp);
};

function head(call: Call, object: StoredObject): Response {
	const headers = headersFor(call, object);
	if (Number.isSafeInteger(object.metadata?.size)) headers.set('content-length', String(object.metadata?.size));
	return new Response(null, { headers });
}

function info(object: StoredObject): object {
	const { id, name, version, bucket_id, metadata, user_metadata, created_at, updated_at } = object;
	return {
		id,
		name,
		version,
		bucket_id,
		size: metadata?.size ?? null,
		content_type: metadata?.mimetype ?? null,
		cache_control: metadata?.cacheControl ?? null,
		etag: metadata?.eTag ?? null,
		metadata: user_metadata,
		last_modified: updated_at,
		created_at
	};
}

export const showHead: Answer = async (storage, call, place) => head(call, await readableObject(storage, call, place));
export const showPublicHead: Answer = async (storage, call, place) => head(call, await publicObject(storage, call, place));
export const showInfo: Answer = async (storage, call, place) => info(await readableObject(storage, call, place));
export const showPublicInfo: Answer = async (storage, call, place) => info(await publicObject(storage, call, place));
