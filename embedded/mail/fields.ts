import { ApiError, refused } from './errors.ts';

/** A JSON object from a request body. */
export type Fields = Record<string, unknown>;

/** Tells whether a JSON value is an object. */
export function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const wrongType = (name: string) => refused(403, `Invalid request field(s): '${name}'.`);

/** A text field; missing and null read as ''. Throws 403, Postmark's code for a field of the wrong type. */
export function textField(fields: Fields, name: string): string {
	const value = fields[name] ?? '';
	if (typeof value !== 'string') throw wrongType(name);
	return value;
}

/** A boolean field; missing and null read as `fallback`. */
export function flagField(fields: Fields, name: string, fallback = false): boolean {
	const value = fields[name] ?? fallback;
	if (typeof value !== 'boolean') throw wrongType(name);
	return value;
}

/** An object field; missing and null read as {}. */
export function objectField(fields: Fields, name: string): Fields {
	const value = fields[name] ?? {};
	if (!isFields(value)) throw wrongType(name);
	return value;
}

/** A list of objects; missing and null read as []. */
export function listField(fields: Fields, name: string): Fields[] {
	const value = fields[name] ?? [];
	if (!Array.isArray(value) || !value.every(isFields)) throw wrongType(name);
	return value;
}

/**
 * Parses JSON that is going to be stored: PostgreSQL takes no U+0000, and half a surrogate pair is no character.
 * Throws 402.
 */
export function parseJson(text: string): unknown {
	let mended: unknown;
	try {
		mended = /\\ud[89a-f]/i.test(text)
			? JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value))
			: JSON.parse(text);
	} catch {
		throw refused(402, 'Received invalid JSON input. Please check that your JSON is well-formed.');
	}
	if (/\\u0000/.test(text)) throw refused(402, 'Received invalid JSON input: text must not hold the character U+0000.');
	return mended;
}

/** The body of a request that must be a JSON object. Throws 415 without a JSON content type (Postmark's 409), 402 when it cannot be read. */
export async function readJson(request: Request): Promise<unknown> {
	const text = await request.text();
	if (text.trim() === '') return {};
	if (!/\bjson\b/i.test(request.headers.get('content-type') ?? '')) {
		throw new ApiError(415, 409, 'Your HTTP request must have the Content-Type header set to application/json.');
	}
	return parseJson(text);
}

/** An object body; see `readJson`. */
export async function readFields(request: Request): Promise<Fields> {
	const body = await readJson(request);
	if (!isFields(body)) throw refused(402, 'Received invalid JSON input: an object is expected.');
	return body;
}

/** Query parameters by lower-case name: clients of Postmark spell them in several ways. Names of metadata keep their case. */
export function queryOf(url: URL): Map<string, string> {
	const plainName = (name: string) => name.toLowerCase().replace(/^(metadata_).*/s, (_, start: string) => start + name.slice(start.length));
	return new Map([...url.searchParams].map(([name, value]) => [plainName(name), value.replaceAll('\0', '')]));
}

/** `count` and `offset` of a list. Throws `code` when they are missing or out of Postmark's bounds. */
export function pageOf(query: Map<string, string>, code: number): { count: number; offset: number } {
	const number = (name: string) => {
		const text = query.get(name);
		if (text === undefined) throw refused(code, `Parameter '${name}' is required but was left out.`);
		if (!/^\d{1,9}$/.test(text)) throw refused(code, `Parameter '${name}' should be a whole number.`);
		return Number(text);
	};
	const page = { count: number('count'), offset: number('offset') };
	if (page.count < 1 || page.count > 500) throw refused(code, "Parameter 'count' must be between 1 and 500.");
	if (page.count + page.offset > 10_000) throw refused(code, "Parameters 'count' and 'offset' must not exceed 10000 together.");
	return page;
}
