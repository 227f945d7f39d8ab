import type { Answer } from './context.ts';
import { unsupported } from './errors.ts';
import { readFields, type Fields } from './fields.ts';
import { validBucket, validName } from './limits.ts';
import { findObject } from './rows.ts';

function seconds(fields: Fields): number {
	fields.require('expiresIn');
	return fields.integer('expiresIn', { min: 1 }) ?? 0;
}

/** Signs the address of a file the caller may read. The address is relative to the API's. */
export const signObject: Answer = async ({ database, signer }, call, { bucket, name }) => {
	const place = { bucket: validBucket(bucket), name: validName(name) };
	const fields = await readFields(call.request);
	const expiresIn = seconds(fields);
	if (fields.has('transform')) throw unsupported('The embedded platform does not transform images: sign the file itself');
	await database.asCaller(call, (sql) => findObject(sql, place));
	const path = `${place.bucket}/${place.name}`;
	return { signedURL: `/object/sign/${path}?token=${await signer.download(path, expiresIn)}` };
};

/** Signs the addresses of many files; each that the caller may not read has an error instead. */
export const signObjects: Answer = async ({ database, signer }, call, { bucket }) => {
	validBucket(bucket);
	const fields = await readFields(call.request);
	const expiresIn = seconds(fields);
	fields.require('paths');
	const names = fields.texts('paths', { min: 1, max: 1000 }) ?? [];
	const found = await database.asCaller(
		call,
		(sql) => sql<{ name: string }[]>`select name from storage.objects where bucket_id = ${bucket} and name = any(${names})`
	);
	const readable = new Set(found.map(({ name }) => name));
	const sign = async (name: string) => {
		if (!readable.has(name)) {
			return { error: 'Either the object does not exist or you do not have access to it', path: name, signedURL: null };
		}
		const path = `${bucket}/${name}`;
		return { error: null, path: name, signedURL: `/object/sign/${path}?token=${await signer.download(path, expiresIn)}` };
	};
	return Promise.all(names.map(sign));
};
