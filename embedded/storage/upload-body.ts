import { StorageError, noContent, tooLarge } from './errors.ts';
import { checkType } from './limits.ts';
import { fieldText, MultipartReader } from './multipart.ts';

/** What an upload may be. */
export type UploadLimits = {
	/** Bytes. */
	size: number;
	/** Empty for any. */
	types: string[];
};

/** A file that a request brings. Nothing of its content was read yet. */
export type Upload = {
	mimeType: string;
	cacheControl: string;
	userMetadata: Record<string, unknown> | undefined;
	content: AsyncIterable<Uint8Array>;
	/** Bytes the request says its body has; of a form, that is more than the file. */
	declaredLength: number | undefined;
	/** Bytes the content must have; undefined when the request does not say. */
	contentLength: number | undefined;
	/** Lets go of what was not read. */
	close(): Promise<void>;
};

const metadataLimit = 2 ** 20;
const maxFields = 10;

async function* nothing(): AsyncGenerator<Uint8Array> {}

function asObject(json: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(json);
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : undefined;
	} catch {
		// Metadata that is no JSON is no metadata.
		return undefined;
	}
}

/** The metadata of header `x-metadata`: a JSON object in base64. */
export function metadataHeader({ headers }: Request): Record<string, unknown> | undefined {
	const header = headers.get('x-metadata');
	return header === null ? undefined : asObject(Buffer.from(header, 'base64').toString('utf8'));
}

function checkHeader(name: string, value: string): void {
	if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return;
	throw new StorageError(400, 'InvalidRequest', `Invalid character in response header "${name}": ${value.slice(0, 50)}`, {
		error: 'invalid_header_char'
	});
}

/** The file of a form: the first part that has a file name. Fields count when they come before it. */
async function readForm(form: MultipartReader) {
	const fields = new Map<string, string>();
	for (let count = 0; ; count += 1) {
		const part = await form.next();
		if (!part) throw noContent();
		if (part.filename === undefined) {
			if (count === maxFields) throw noContent('reach fields limit');
			fields.set(part.name, await fieldText(part, metadataLimit));
			continue;
		}
		const metadata = fields.get('metadata') ?? fields.get('userMetadata');
		const seconds = fields.get('cacheControl');
		return {
			mimeType: fields.get('contentType') || part.contentType || 'application/octet-stream',
			cacheControl: seconds ? `max-age=${seconds}` : 'no-cache',
			userMetadata: metadata === undefined ? undefined : asObject(metadata),
			content: part.body,
			contentLength: undefined
		};
	}
}

/** Finds out what a request uploads, as a form or as it is, and refuses what `limits` do not allow before its content is read. */
export async function readUpload(request: Request, limits: UploadLimits): Promise<Upload> {
	const { headers } = request;
	const contentType = headers.get('content-type') ?? 'application/octet-stream';
	const length = headers.get('content-length');
	const declaredLength = length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
	const isForm = /^multipart\/form-data/i.test(contentType);
	if (!isForm && (declaredLength ?? 0) > limits.size) throw tooLarge();

	const chunks: AsyncIterable<Uint8Array> = request.body ?? nothing();
	const form = isForm ? new MultipartReader(chunks, contentType) : undefined;
	const close = () => form?.close() ?? Promise.resolve();
	try {
		const upload = form
			? await readForm(form)
			: {
					mimeType: contentType,
					cacheControl: headers.get('cache-control') ?? 'no-cache',
					userMetadata: metadataHeader(request),
					content: chunks,
					contentLength: declaredLength
				};
		checkHeader('content-type', upload.mimeType);
		checkHeader('cache-control', upload.cacheControl);
		if (limits.types.length > 0) checkType(upload.mimeType, limits.types);
		return { ...upload, declaredLength, close };
	} catch (error) {
		await close();
		throw error;
	}
}
