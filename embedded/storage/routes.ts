import { createBucket, deleteBucket, emptyBucket, showBucket, showBuckets, updateBucket } from './buckets.ts';
import type { Answer } from './context.ts';
import { denied, unsupported } from './errors.ts';
import { listObjects, listPage } from './listing.ts';
import { copyObject, moveObject, removeObject, removeObjects } from './objects.ts';
import { showHead, showInfo, showObject, showPublicHead, showPublicInfo, showPublicObject, showSignedObject } from './serving.ts';
import { signObject, signObjects } from './signed-urls.ts';
import { createObject, signUpload, updateObject, uploadSigned } from './uploads.ts';

/** An endpoint. */
export type Route = {
	method: string;
	/** Groups `bucket` and `name`, still percent-encoded. */
	path: RegExp;
	/** What policies know it as (supabase/storage src/http/routes/operations.ts). */
	operation: string;
	answer: Answer;
};

/** A path in which `:bucket` stands for one segment and `*` for a file's name. */
const pattern = (path: string) => new RegExp(`^${path.replace(':bucket', '(?<bucket>[^/]+)').replace('*', '(?<name>.+)')}$`);

const route = (method: string, path: string, operation: string, answer: Answer): Route => ({
	method,
	path: pattern(path),
	operation,
	answer
});

const refuse =
	(message: string): Answer =>
	() =>
		Promise.reject(unsupported(message));

const noResumable = refuse('The embedded platform has no resumable uploads: use an ordinary upload');
const noImages = refuse('The embedded platform does not transform images: ask for the file itself');
const noS3 = refuse('The embedded platform has no S3 protocol: use the Storage API');
const noVectors = refuse('The embedded platform has no vector and analytics buckets');

/** There is no cache between the service and its clients to purge. */
const purge: Answer = async (_storage, { caller }) => {
	if (caller.role !== 'service_role') throw denied('Access denied: Invalid role', { httpStatus: 403 });
	return { message: 'success' };
};

/** Every endpoint; the first that fits answers. */
export const routes: Route[] = [
	route('POST', '/bucket', 'storage.bucket.create', createBucket),
	route('GET', '/bucket', 'storage.bucket.list', showBuckets),
	route('GET', '/bucket/:bucket', 'storage.bucket.get', showBucket),
	route('PUT', '/bucket/:bucket', 'storage.bucket.update', updateBucket),
	route('DELETE', '/bucket/:bucket', 'storage.bucket.delete', deleteBucket),
	route('POST', '/bucket/:bucket/empty', 'storage.bucket.empty', emptyBucket),

	route('GET', '/object/public/:bucket/*', 'storage.object.get_public', showPublicObject),
	route('HEAD', '/object/public/:bucket/*', 'storage.object.info_public', showPublicHead),
	route('GET', '/object/info/public/:bucket/*', 'storage.object.info_public', showPublicInfo),
	route('GET', '/object/sign/:bucket/*', 'storage.object.get_signed', showSignedObject),
	route('HEAD', '/object/sign/:bucket/*', 'storage.object.get_signed', showSignedObject),
	route('PUT', '/object/upload/sign/:bucket/*', 'storage.object.upload_signed', uploadSigned),

	route('POST', '/object/upload/sign/:bucket/*', 'storage.object.sign_upload_url', signUpload),
	route('POST', '/object/sign/:bucket/*', 'storage.object.sign', signObject),
	route('POST', '/object/sign/:bucket', 'storage.object.sign_many', signObjects),
	route('POST', '/object/list/:bucket', 'storage.object.list', listObjects),
	route('POST', '/object/list-v2/:bucket', 'storage.object.list_v2', listPage),
	route('POST', '/object/move', 'storage.object.move', moveObject),
	route('POST', '/object/copy', 'storage.object.copy', copyObject),
	route('GET', '/object/info/authenticated/:bucket/*', 'object.get_authenticated_info', showInfo),
	route('GET', '/object/info/:bucket/*', 'object.get_authenticated_info', showInfo),
	route('GET', '/object/authenticated/:bucket/*', 'storage.object.get_authenticated', showObject),
	route('HEAD', '/object/authenticated/:bucket/*', 'object.head_authenticated_info', showHead),
	route('GET', '/object/:bucket/*', 'storage.object.get_authenticated', showObject),
	route('HEAD', '/object/:bucket/*', 'object.head_authenticated_info', showHead),
	route('POST', '/object/:bucket/*', 'storage.object.upload', createObject),
	route('PUT', '/object/:bucket/*', 'storage.object.upload_update', updateObject),
	route('DELETE', '/object/:bucket/*', 'storage.object.delete', removeObject),
	route('DELETE', '/object/:bucket', 'storage.object.delete_many', removeObjects),

	route('DELETE', '/cdn/:bucket', 'storage.cdn.purge_bucket_cache', purge),
	route('DELETE', '/cdn/:bucket/*', 'storage.cdn.purge_object_cache', purge)
];

/** What the hosted service has beside these, and whether a path belongs to it. */
export const refusals: { path: RegExp; answer: Answer }[] = [
	{ path: /^\/upload\/resumable(\/|$)/, answer: noResumable },
	{ path: /^\/render\/image(\/|$)/, answer: noImages },
	{ path: /^\/s3(\/|$)/, answer: noS3 },
	{ path: /^\/(iceberg|vector)(\/|$)/, answer: noVectors }
];
