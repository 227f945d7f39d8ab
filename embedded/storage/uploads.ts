import type { Answer, Place, StorageContext } from './context.ts';
import type { Call, FileFacts } from './database.ts';
import { asStorageError, duplicate, misshapen } from './errors.ts';
import { isEmptyFolder, validBucket, validName } from './limits.ts';
import { commitObject, findBucket, insertObject, upsertObject, type NewObject } from './rows.ts';
import { metadataHeader, readUpload, type Upload } from './upload-body.ts';

type Terms = {
	owner: string | undefined;
	upsert: boolean;
	/** True for the holder of a signed address: who signed it was allowed to upload. */
	isSigned: boolean;
};

/** A name that is taken is said as it is said for files. */
function asUploadError(error: unknown): unknown {
	const refusal = asStorageError(error);
	return refusal.code === 'ResourceAlreadyExists' ? duplicate('KeyAlreadyExists', error) : refusal;
}

/** Asks whether the caller's policies let it upload this. */
async function mayUpload({ database }: StorageContext, call: Call, object: NewObject, upsert: boolean): Promise<void> {
	await database
		.rehearse(call, (sql) => (upsert ? upsertObject(sql, object) : insertObject(sql, object)))
		.catch((error: unknown) => Promise.reject(asUploadError(error)));
}

/** Stores what a request brings. The order is what a kill at any moment cannot break: may it, file on disk, row, old file gone. */
async function upload(
	storage: StorageContext,
	call: Call,
	place: Place,
	{ owner, upsert, isSigned }: Terms
): Promise<{ id: string; path: string }> {
	const { database, fileSizeLimit } = storage;
	const bucket = await database.asService(call, (sql) => findBucket(sql, validBucket(place.bucket)));
	const name = validName(place.name);
	const size = isEmptyFolder(name) ? 0 : Math.min(bucket.file_size_limit ?? Infinity, fileSizeLimit);
	const types = isEmptyFolder(name) ? [] : (bucket.allowed_mime_types ?? []);
	const file = await readUpload(call.request, { size, types });
	try {
		return await store(storage, call, { bucket: bucket.id, name }, file, size, { owner, upsert, isSigned });
	} finally {
		await file.close();
	}
}

async function store(storage: StorageContext, call: Call, place: Place, file: Upload, limit: number, { owner, upsert, isSigned }: Terms) {
	const facts: FileFacts = { mimetype: file.mimeType };
	if (file.declaredLength !== undefined) facts.contentLength = file.declaredLength;
	const object = { ...place, owner, version: '1', metadata: facts, userMetadata: file.userMetadata };
	if (!isSigned) await mayUpload(storage, call, object, upsert);

	const { version, size, eTag } = await storage.files.receive(file.content, limit, file.contentLength);
	const metadata = {
		eTag,
		size,
		mimetype: file.mimeType,
		cacheControl: file.cacheControl,
		lastModified: new Date().toISOString(),
		contentLength: size,
		httpStatusCode: 200
	};
	const { id } = await commitObject(storage, call, { ...object, version, metadata, userMetadata: { ...file.userMetadata } }, upsert).catch(
		(error: unknown) => Promise.reject(asUploadError(error))
	);
	return { id, path: `${place.bucket}/${place.name}` };
}

const isUpsert = ({ request }: Call): boolean => request.headers.get('x-upsert') === 'true';

export const createObject: Answer = async (storage, call, place) => {
	const { id, path } = await upload(storage, call, place, { owner: call.owner, upsert: isUpsert(call), isSigned: false });
	return { Id: id, Key: path };
};

/** Replaces a file; as on the hosted service one that is not there is made. */
export const updateObject: Answer = async (storage, call, place) => {
	const { id, path } = await upload(storage, call, place, { owner: call.owner, upsert: true, isSigned: false });
	return { Id: id, Key: path };
};

/** Signs an address to which anybody may upload one file, if the caller may upload it. */
export const signUpload: Answer = async (storage, call, { bucket, name }) => {
	const place = { bucket: validBucket(bucket), name: validName(name) };
	const { headers } = call.request;
	const metadata = { mimetype: headers.get('content-type') ?? 'application/octet-stream' };
	const upsert = isUpsert(call);
	const object = { ...place, version: '1', owner: call.owner, metadata, userMetadata: metadataHeader(call.request) };
	await mayUpload(storage, call, object, upsert);
	const path = `${place.bucket}/${place.name}`;
	const token = await storage.signer.upload(path, { owner: call.owner, upsert });
	return { url: `/object/upload/sign/${path}?token=${token}`, token };
};

/** Takes a file at a signed address. One signed without upsert is used up by the first file: the second finds the name taken. */
export const uploadSigned: Answer = async (storage, call, place) => {
	const token = call.url.searchParams.get('token');
	if (token === null) throw misshapen("querystring must have required property 'token'");
	const { owner, upsert } = await storage.signer.verify(token, `${place.bucket}/${place.name}`, 'upload');
	const { path } = await upload(storage, call, place, { owner, upsert, isSigned: true });
	return { Key: path };
};
