import { domainToASCII } from 'node:url';
import type { Caller } from '../gateway/caller.ts';
import { AuthError, invalid } from './errors.ts';

/** A JSON object from a request body or a metadata column. */
export type Fields = Record<string, unknown>;

/** One call of the API, with what handlers read from it. */
export type AuthRequest = {
	method: string;
	url: URL;
	headers: Headers;
	/** What the API key stands for. The bearer token is checked by `session-guard.ts` where an endpoint wants one. */
	caller: Caller;
	body: Fields;
	/** The client's address as the gateway vouches for it, or null. */
	ip: string | null;
	userAgent: string | null;
};

/** Tells whether a JSON value is an object. */
export function isFields(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bytes of a request body, as GoTrue limits them. */
const bodyLimit = 2 ** 20;

async function readBody(request: Request): Promise<Fields> {
	const bytes = await request.arrayBuffer();
	if (bytes.byteLength > bodyLimit) throw new AuthError(413, 'request_entity_too_large', `Request body too large (max ${bodyLimit} bytes)`);
	const text = new TextDecoder().decode(bytes);
	if (text.trim() === '') return {};
	let body: unknown;
	try {
		body = JSON.parse(text);
	} catch (cause) {
		throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON', { cause });
	}
	if (!isFields(body)) throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON: an object is expected');
	// PostgreSQL can store this character neither in text nor in jsonb.
	if (text.includes('\\u0000')) throw invalid('Text must not hold the character U+0000');
	return body;
}

/** Reads a request once, so that handlers only look at values. */
export async function readRequest(request: Request, caller: Caller): Promise<AuthRequest> {
	return {
		method: request.method,
		url: new URL(request.url),
		headers: request.headers,
		caller,
		body: await readBody(request),
		ip: request.headers.get('x-forwarded-for'),
		userAgent: request.headers.get('user-agent')
	};
}

/** A text field of the body; missing and null read as ''. */
export function textField(body: Fields, name: string): string {
	const value = body[name] ?? '';
	if (typeof value !== 'string') throw new AuthError(400, 'bad_json', `Could not parse request body: ${name} must be a string`);
	return value;
}

/** A boolean field of the body; missing and null read as false. */
export function flagField(body: Fields, name: string): boolean {
	const value = body[name] ?? false;
	if (typeof value !== 'boolean') throw new AuthError(400, 'bad_json', `Could not parse request body: ${name} must be a boolean`);
	return value;
}

/** An object field of the body, undefined when it was not sent. */
export function objectField(body: Fields, name: string): Fields | undefined {
	const value = body[name] ?? undefined;
	if (value === undefined) return undefined;
	if (!isFields(value)) throw new AuthError(400, 'bad_json', `Could not parse request body: ${name} must be an object`);
	return value;
}

/** An e-mail address in the form it is stored. Throws validation_failed when it cannot be one. */
export function emailAddress(given: string): string {
	if (given === '') throw invalid('An email address is required');
	if (given.length > 255) throw invalid('An email address is too long');
	const [, local, domain] = /^([^\s\p{C}@"<>(),:;\\[\]]+)@([^\s\p{C}@]+)$/u.exec(given) ?? [];
	// One mailbox, one spelling: `münchen.test` and `xn--mnchen-3ya.test` are the same, as are the full stops of other scripts.
	const host = domainToASCII(domain ?? '');
	if (!local || !/^[^\s@.]+(\.[^\s@.]+)+$/.test(host)) throw invalid('Unable to validate email address: invalid format');
	return `${local.toLowerCase()}@${host}`;
}
