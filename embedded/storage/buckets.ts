import type { Answer } from './context.ts';
import type { Bucket } from './database.ts';
import { asStorageError, denied, duplicate, misshapen, noBucket, StorageError } from './errors.ts';
import { queryFields, readFields, type Fields } from './fields.ts';
import { sizeInBytes, validBucket, validTypes } from './limits.ts';
import { findBucket, isUuid } from './rows.ts';

/** A bucket as the API shows it: an owner that is not there is ''. */
const shown = ({ owner, type, ...bucket }: Bucket, withType: boolean) => ({ ...bucket, owner: owner ?? '', ...(withType ? { type } : {}) });

function limitsIn(fields: Fields, most: number) {
	const size = fields.isNull('file_size_limit') ? undefined : fields.sizeOrText('file_size_limit');
	const types = fields.isNull('allowed_mime_types') ? undefined : fields.texts('allowed_mime_types');
	return {
		file_size_limit: size === undefined ? null : sizeInBytes(size, most),
		allowed_mime_types: types === undefined ? null : validTypes(types)
	};
}

export const createBucket: Answer = async ({ database, fileSizeLimit }, call) => {
	const fields = await readFields(call.request);
	const name = validBucket(fields.requiredText('name'));
	if (fields.word('type', ['STANDARD', 'ANALYTICS']) === 'ANALYTICS') {
		throw new StorageError(409, 'NotSupported', 'The embedded platform has no analytics buckets');
	}
	const id = validBucket(fields.text('id') || name);
	const bucket = {
		id,
		name,
		owner: isUuid(call.owner) ? call.owner : null,
		owner_id: call.owner ?? null,
		public: fields.flag('public') ?? false,
		...limitsIn(fields, fileSizeLimit)
	};
	await database
		.asCaller(call, (sql) => sql`insert into storage.buckets ${sql(bucket)}`)
		.catch((error: unknown) => {
			const refusal = asStorageError(error);
			throw refusal.code === 'ResourceAlreadyExists' ? duplicate('BucketAlreadyExists', error) : refusal;
		});
	return { name };
};

export const showBuckets: Answer = async ({ database }, call) => {
	const query = queryFields(call.url);
	const limit = query.integer('limit', { min: 1 }) ?? null;
	const offset = query.integer('offset', { min: 0 }) ?? 0;
	const column = query.word('sortColumn', ['id', 'name', 'created_at', 'updated_at']);
	const descending = query.word('sortOrder', ['asc', 'desc']) === 'desc';
	const search = (call.url.searchParams.get('search') ?? '').replace(/[\\%_]/g, '\\$&');
	const buckets = await database.asCaller(
		call,
		(sql) => sql<Bucket[]>`
			select id, name, owner, public, type, file_size_limit, allowed_mime_types, created_at, updated_at from storage.buckets
			where name ilike ${`%${search}%`}
			${column ? sql`order by ${sql(column)} ${descending ? sql`desc` : sql`asc`}` : sql``}
			limit ${limit} offset ${offset}`
	);
	return buckets.map((bucket) => shown(bucket, true));
};

export const showBucket: Answer = async ({ database }, call, { bucket }) =>
	shown(await database.asCaller(call, (sql) => findBucket(sql, bucket)), false);

export const updateBucket: Answer = async ({ database, fileSizeLimit }, call, { bucket }) => {
	const fields = await readFields(call.request);
	const all = { public: fields.flag('public') ?? false, ...limitsIn(fields, fileSizeLimit) };
	const changes = Object.fromEntries(Object.entries(all).filter(([name]) => fields.has(name)));
	if (Object.keys(changes).length === 0) throw misshapen("body must have required property 'public'");
	const updated = await database.asCaller(
		call,
		(sql) => sql`update storage.buckets set ${sql(changes)} where id = ${validBucket(bucket)} returning id`
	);
	if (updated.count === 0) throw noBucket();
	return { message: 'Successfully updated' };
};

export const deleteBucket: Answer = async ({ database }, call, { bucket }) => {
	await database.asService(call, async (sql) => {
		const [found] = await sql`select from storage.buckets where id = ${bucket}`;
		if (!found) throw noBucket();
		const [object] = await sql`select from storage.objects where bucket_id = ${bucket} limit 1`;
		if (object) throw new StorageError(409, 'ResourceNotEmpty', 'The bucket you tried to delete is not empty');
	});
	// A file that came in between keeps its bucket: the foreign key of its row refuses this.
	const deleted = await database.asCaller(call, (sql) => sql`delete from storage.buckets where id = ${bucket}`);
	if (deleted.count === 0) throw noBucket();
	return { message: 'Successfully deleted' };
};

/** Removes every file of a bucket. The hosted service does it later and says so; here it is done when it answers. */
export const emptyBucket: Answer = async ({ database, files }, call, { bucket }) => {
	if (call.caller.role !== 'service_role') throw denied('Access denied: Invalid role', { httpStatus: 403 });
	const deleted = await database.asService(call, async (sql) => {
		await findBucket(sql, bucket);
		return sql<{ version: string | null }[]>`delete from storage.objects where bucket_id = ${bucket} returning version`;
	});
	await files.remove(deleted.map(({ version }) => version));
	return { message: 'Empty bucket has been queued. Completion may take up to an hour.' };
};
