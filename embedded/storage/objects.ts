import type { TransactionSql } from 'postgres';
import type { Answer } from './context.ts';
import type { Call, StoredObject } from './database.ts';
import { denied, fileIsGone, noObject } from './errors.ts';
import { readFields } from './fields.ts';
import { validBucket, validName } from './limits.ts';
import { commitObject, findObject, insertObject, isUuid, upsertObject } from './rows.ts';
import { metadataHeader } from './upload-body.ts';

/** A row as the API shows it. */
const shown = ({
	id,
	bucket_id,
	name,
	owner,
	owner_id,
	version,
	created_at,
	updated_at,
	last_accessed_at,
	metadata,
	user_metadata
}: StoredObject) => ({
	id,
	bucket_id,
	name,
	owner: owner ?? '',
	owner_id: owner_id ?? '',
	version: version ?? '',
	created_at,
	updated_at,
	last_accessed_at,
	metadata,
	user_metadata
});

export const removeObject: Answer = async ({ database, files }, call, place) => {
	validBucket(place.bucket);
	const deleted = await database.asCaller(call, async (sql) => {
		const [removed] = await sql<StoredObject[]>`
			delete from storage.objects where bucket_id = ${place.bucket} and name = ${place.name} returning *`;
		if (removed) return removed;
		// Told to who sees the file. To others it is not there, and to find that out takes them as long.
		await findObject(sql, place);
		throw denied('Access denied');
	});
	await files.remove([deleted.version]);
	return { message: 'Successfully deleted' };
};

/** Removes the files of a list that the caller may remove, and tells which those were. */
export const removeObjects: Answer = async ({ database, files }, call, { bucket }) => {
	validBucket(bucket);
	const fields = await readFields(call.request);
	fields.require('prefixes');
	const names = fields.texts('prefixes', { min: 1 }) ?? [];
	const deleted = await database.asCaller(
		call,
		(sql) => sql<StoredObject[]>`delete from storage.objects where bucket_id = ${bucket} and name = any(${names}) returning *`
	);
	await files.remove(deleted.map(({ version }) => version));
	return deleted.map(shown);
};

async function readJourney(call: Call) {
	const fields = await readFields(call.request);
	fields.require('bucketId', 'sourceKey', 'destinationKey');
	const bucket = validBucket(fields.requiredText('bucketId'));
	const source = { bucket, name: fields.requiredText('sourceKey') };
	const target = {
		bucket: validBucket(fields.text('destinationBucket') || bucket),
		name: validName(fields.requiredText('destinationKey'))
	};
	return { fields, source, target };
}

/** Gives a file another name. Only its row changes: the file on disk is named by its version. */
export const moveObject: Answer = async ({ database }, call) => {
	const { source, target } = await readJourney(call);
	const move = async (sql: TransactionSql) => {
		const [moved] = await sql<StoredObject[]>`
			update storage.objects set bucket_id = ${target.bucket}, name = ${target.name},
				owner = coalesce(${isUuid(call.owner) ? call.owner : null}, owner), owner_id = coalesce(${call.owner ?? null}, owner_id)
			where bucket_id = ${source.bucket} and name = ${source.name} returning *`;
		if (!moved) throw noObject();
		return moved;
	};
	const moved = await database.asCaller(call, async (sql) => {
		await findObject(sql, source);
		return move(sql);
	});
	return { message: 'Successfully moved', Id: moved.id, Key: moved.name };
};

export const copyObject: Answer = async (storage, call) => {
	const { fields, source, target } = await readJourney(call);
	const upsert = call.request.headers.get('x-upsert') === 'true';
	const copiesMetadata = fields.flag('copyMetadata') ?? true;
	const own = fields.fields('metadata');
	const original = await storage.database.asCaller(call, (sql) => findObject(sql, source));
	const cacheControl = own?.text('cacheControl');
	const mimetype = own?.text('mimetype');
	const object = {
		...target,
		version: '1',
		owner: call.owner,
		metadata: {
			...original.metadata,
			...(copiesMetadata || cacheControl === undefined ? {} : { cacheControl }),
			...(copiesMetadata || mimetype === undefined ? {} : { mimetype })
		},
		userMetadata: (copiesMetadata ? original.user_metadata : metadataHeader(call.request)) ?? undefined
	};
	await storage.database.rehearse(call, (sql) => (upsert ? upsertObject(sql, object) : insertObject(sql, object)));
	const version = await storage.files.copy(original.version);
	if (!version) throw fileIsGone();
	const metadata = { ...object.metadata, lastModified: new Date().toISOString() };
	const copied = await commitObject(storage, call, { ...object, version, metadata }, upsert);
	return { Id: copied.id, Key: `${target.bucket}/${target.name}`, ...shown(copied) };
};
