import { StorageError, tooLarge, wrongType } from './errors.ts';

/** Bytes of a file's name. S3 takes 1024, which on the hosted service includes project and bucket. */
const maxNameBytes = 1024;

const nameCharacters = /^[A-Za-z0-9_/!.*'() &$=@;:+,?-]+$/;
const bucketCharacters = /^[A-Za-z0-9_!.*'() &$=@;:+,?-]{1,100}$/;

/** Gives a file's name if it may be one (supabase/storage src/storage/limits.ts: what S3 takes, in ASCII). */
export function validName(name: string): string {
	if (nameCharacters.test(name) && name.length <= maxNameBytes) return name;
	throw new StorageError(400, 'InvalidKey', `Invalid key: ${name}`);
}

/** Gives a bucket's id or name if it may be one. */
export function validBucket(id: string): string {
	if (bucketCharacters.test(id) && id.trim() === id) return id;
	throw new StorageError(400, 'InvalidBucketName', 'Bucket name invalid', { error: 'Invalid Input' });
}

/** The file that stands for an empty folder; it is always empty and of any type. */
export const isEmptyFolder = (name: string): boolean => name.endsWith('.emptyFolderPlaceholder');

const units: Record<string, number> = { gb: 1e9, mb: 1e6, kb: 1e3, b: 1 };

/** Bytes of a size such as 1000, "50MB" or "1.5gb"; a thousand each step. It may not exceed `limit`. */
export function sizeInBytes(size: number | string, limit: number): number {
	let bytes = size;
	if (typeof bytes === 'string') {
		const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(gb|mb|kb|b)$/i.exec(bytes) ?? [];
		const factor = units[unit.toLowerCase()];
		if (!factor) throw new StorageError(400, 'InvalidRequest', 'Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B');
		bytes = Math.floor(Number(Number(number).toPrecision(3)) * factor);
	}
	if (bytes > limit) throw tooLarge();
	return bytes;
}

/** Gives the types a bucket may be limited to: `image/png`, `image/*`, with or without a charset. Empty ones are dropped. */
export function validTypes(types: string[]): string[] {
	const given = types.filter((type) => type !== '');
	for (const type of given) {
		if (type.length > 1000 || !/^([\w\-+.]+\/[\w\-+.]+(;\s*charset=[\w-]+)?|[\w\-+.]+\/\*|\*)$/.test(type)) throw wrongType(type);
	}
	return given;
}

/** One media type (RFC 9110, 8.3.1): a header of several, or with more behind it, is another to each who reads it. */
const mediaType = /^[\w\-+.]+\/[\w\-+.]+(\s*;\s*[\w-]+=[\w\-+.]+)*$/;

/** Throws unless a file of this type may go into a bucket limited to `allowed`: the very type, or any of a kind (`image/*`). */
export function checkType(type: string, allowed: string[]): void {
	const kind = type.slice(0, type.indexOf('/') + 1);
	if (!mediaType.test(type) || !(allowed.includes(type) || allowed.includes(`${kind}*`))) throw wrongType(type);
}
