import postgres from 'postgres';

/** The codes of supabase/storage (src/internal/errors/codes.ts) that this service gives. */
export type StorageErrorCode =
	| 'AccessDenied'
	| 'BucketAlreadyExists'
	| 'DatabaseError'
	| 'DatabaseTimeout'
	| 'EntityTooLarge'
	| 'ExpiredToken'
	| 'InternalError'
	| 'InvalidBucketName'
	| 'InvalidJWT'
	| 'InvalidKey'
	| 'InvalidMimeType'
	| 'InvalidParameter'
	| 'InvalidRange'
	| 'InvalidRequest'
	| 'InvalidSignature'
	| 'KeyAlreadyExists'
	| 'NoSuchBucket'
	| 'NoSuchKey'
	| 'NotSupported'
	| 'ResourceAlreadyExists'
	| 'ResourceLocked'
	| 'ResourceNotEmpty'
	| 'ResourceReferenced';

type Details = ErrorOptions & {
	/** The name older clients know the refusal by; the code without it. */
	error?: string;
	/** The HTTP status of the answer. Storage answers 400 to most refusals and says the real status in the body. */
	httpStatus?: number;
};

/** A refusal the caller is told about. `status` is what went wrong in terms of HTTP, as the body says it. */
export class StorageError extends Error {
	readonly status: number;
	readonly code: StorageErrorCode;
	readonly error: string;
	readonly httpStatus: number;

	constructor(status: number, code: StorageErrorCode, message: string, { error, httpStatus, ...options }: Details = {}) {
		super(message, options);
		this.name = 'StorageError';
		this.status = status;
		this.code = code;
		this.error = error ?? code;
		this.httpStatus = httpStatus ?? (status === 500 ? 500 : 400);
	}
}

export const noBucket = () => new StorageError(404, 'NoSuchBucket', 'Bucket not found', { error: 'Bucket not found' });
export const noObject = () => new StorageError(404, 'NoSuchKey', 'Object not found', { error: 'not_found' });
export const duplicate = (code: 'BucketAlreadyExists' | 'KeyAlreadyExists' | 'ResourceAlreadyExists', cause?: unknown) =>
	new StorageError(409, code, 'The resource already exists', { error: 'Duplicate', cause });
export const denied = (message: string, details: Details = {}) =>
	new StorageError(403, 'AccessDenied', message, { error: 'Unauthorized', ...details });
export const tooLarge = (what = 'object') =>
	new StorageError(413, 'EntityTooLarge', `The ${what} exceeded the maximum allowed size`, { error: 'Payload too large' });
export const wrongType = (type: string) =>
	new StorageError(415, 'InvalidMimeType', `mime type ${type} is not supported`, { error: 'invalid_mime_type' });
export const noContent = (message = 'No content provided', options: ErrorOptions = {}) =>
	new StorageError(400, 'InvalidRequest', message, options);

/** A row whose file is not on the disk. */
export const fileIsGone = () => new StorageError(404, 'NoSuchKey', 'The resource was not found', { error: 'Not found' });

/** A body or query that has not the form of its endpoint, in the words of its schema's checker. */
export const misshapen = (message: string) => new StorageError(400, 'InternalError', message, { error: 'Error' });

/** What the service of a hosted project can do and this one cannot. */
export const unsupported = (message: string) => new StorageError(501, 'NotSupported', message);

/** Tells whether the database itself said no: then the transaction is undone for certain. */
export const isRefused = (error: unknown): boolean => error instanceof postgres.PostgresError || error instanceof StorageError;

function fromDatabase(error: postgres.PostgresError): StorageError {
	switch (error.code) {
		case '42501':
			return denied(error.message.includes('row-level security') ? 'new row violates row-level security policy' : error.message, {
				cause: error
			});
		case '23505':
			return duplicate('ResourceAlreadyExists', error);
		case '23503':
			return error.detail?.includes('is still referenced from table')
				? new StorageError(409, 'ResourceReferenced', 'The resource could not be updated or removed due to a foreign key constraint', {
						cause: error
					})
				: new StorageError(404, 'InvalidRequest', 'The related resource does not exist', { cause: error });
		case '55P03':
			return new StorageError(423, 'ResourceLocked', 'The resource is locked', { cause: error });
		case '57014':
			return new StorageError(544, 'DatabaseTimeout', 'The connection to the database timed out', { cause: error, httpStatus: 544 });
		case '22007':
		case '22008':
		case '22021':
		case '22P02':
		case '22P05':
			return new StorageError(400, 'InvalidParameter', error.message, { cause: error });
		default:
			console.error(`storage: ${error.code} ${error.message}`, error.where ?? '');
			return new StorageError(500, 'DatabaseError', `database error, code: ${error.code}`, { cause: error });
	}
}

/** Any failure as the refusal the caller sees; what the caller must not see is logged. */
export function asStorageError(error: unknown): StorageError {
	if (error instanceof StorageError) return error;
	if (error instanceof postgres.PostgresError) return fromDatabase(error);
	// A lost connection needs no stack: the next request opens another.
	const lost = error instanceof Error && 'code' in error && /^(CONNECT|ECONN)/.test(String(error.code));
	console.error('storage:', lost ? error.message : error);
	return new StorageError(500, 'InternalError', 'Internal Server Error', { error: 'Internal', cause: error });
}

/** The answer to a refused request. */
export function errorResponse({ status, code, error, message, httpStatus }: StorageError): Response {
	return Response.json({ statusCode: String(status), code, error, message }, { status: httpStatus });
}
