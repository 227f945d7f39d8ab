import type { TransactionSql } from 'postgres';
import type { Place, StorageContext } from './context.ts';
import type { Bucket, Call, FileFacts, StoredObject } from './database.ts';
import { isRefused, noBucket, noObject } from './errors.ts';
import { validBucket, validName } from './limits.ts';

/** Tells whether an owner fits into the old column for one. */
export const isUuid = (text: string | undefined): text is string => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text ?? '');

/** The bucket, if the role of this transaction sees it. */
export async function findBucket(sql: TransactionSql, id: string): Promise<Bucket> {
	const [bucket] = await sql<Bucket[]>`
		select id, name, owner, public, type, file_size_limit, allowed_mime_types, created_at, updated_at from storage.buckets where id = ${id}`;
	if (!bucket) throw noBucket();
	return bucket;
}

/** What a row is made of. */
export type NewObject = Place & {
	version: string;
	owner: string | undefined;
	metadata: FileFacts;
	userMetadata: Record<string, unknown> | undefined;
};

/** The row, if the role of this transaction sees it. */
export async function findObject(sql: TransactionSql, { bucket, name }: Place): Promise<StoredObject> {
	const [object] = await sql<StoredObject[]>`select * from storage.objects where bucket_id = ${bucket} and name = ${name}`;
	if (!object) throw noObject();
	return object;
}

function columns(sql: TransactionSql, { bucket, name, version, owner, metadata, userMetadata }: NewObject) {
	return sql`(bucket_id, name, owner, owner_id, version, metadata, user_metadata) values (
		${bucket}, ${name}, ${isUuid(owner) ? owner : null}, ${owner ?? null}, ${version},
		${JSON.stringify(metadata)}::text::jsonb, ${userMetadata === undefined ? null : JSON.stringify(userMetadata)}::text::jsonb)`;
}

/** Adds a row. Asks for an insert policy alone: nothing is read back. */
export async function insertObject(sql: TransactionSql, object: NewObject): Promise<void> {
	await sql`insert into storage.objects ${columns(sql, object)}`;
}

/** Adds a row or changes the one of that name. As on the hosted service, whoever uploads without a user leaves the owner as it is. */
export async function upsertObject(sql: TransactionSql, object: NewObject): Promise<void> {
	await sql`
		insert into storage.objects ${columns(sql, object)}
		on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
			user_metadata = coalesce(excluded.user_metadata, objects.user_metadata),
			owner = coalesce(excluded.owner, objects.owner), owner_id = coalesce(excluded.owner_id, objects.owner_id)
		returning *`;
}

/**
 * Makes a file that is on the disk the one of its name, past the policies: the caller was allowed to before. Two at once are
 * settled one after the other; without `upsert` the second is refused. What was replaced is removed, and so is a refused file.
 */
export async function commitObject(
	{ database, files }: StorageContext,
	call: Call,
	object: NewObject,
	upsert: boolean
): Promise<StoredObject> {
	try {
		const { stored, replaced } = await database.asService(call, async (sql) => {
			await sql`select set_config('lock_timeout', '5s', true)`;
			await sql`select pg_advisory_xact_lock(hashtextextended(${`${object.bucket}/${object.name}`}, 0))`;
			const [current] = await sql<{ version: string | null }[]>`
				select version from storage.objects where bucket_id = ${object.bucket} and name = ${object.name} for update`;
			await (upsert ? upsertObject(sql, object) : insertObject(sql, object));
			return { stored: await findObject(sql, object), replaced: current?.version ?? null };
		});
		await files.remove([replaced]);
		return stored;
	} catch (error) {
		// When only the connection broke, the row may be there: then the file must stay.
		if (isRefused(error)) await files.remove([object.version]);
		throw error;
	}
}

/** The row of a file the caller may read: in a public bucket any, else what its policies show. */
export async function readableObject({ database }: StorageContext, call: Call, place: Place): Promise<StoredObject> {
	const bucket = await database.asService(call, (sql) => findBucket(sql, validBucket(place.bucket)));
	const name = validName(place.name);
	const find = (sql: TransactionSql) => findObject(sql, { bucket: bucket.id, name });
	return bucket.public ? database.asService(call, find) : database.asCaller(call, find);
}

/** The row of a file in a public bucket; a private one is as if it were not there. */
export function publicObject({ database }: StorageContext, call: Call, place: Place): Promise<StoredObject> {
	return database.asService(call, async (sql) => {
		const bucket = await findBucket(sql, validBucket(place.bucket));
		if (!bucket.public) throw noBucket();
		return findObject(sql, { bucket: bucket.id, name: validName(place.name) });
	});
}
