import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A request body larger than the gateway takes; answered with 413. */
export class BodyTooLarge extends Error {
	readonly limit: number;

	constructor(limit: number) {
		super(`Request body too large (max ${limit} bytes)`);
		this.name = 'BodyTooLarge';
		this.limit = limit;
	}
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer<ArrayBuffer>> {
	if (Number(incoming.headers['content-length'] ?? 0) > limit) throw new BodyTooLarge(limit);
	const chunks: Buffer[] = [];
	let size = 0;
	// Not destroyed when the limit stops the loop: the refusal still has to go out on this connection.
	for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
		if (!Buffer.isBuffer(chunk)) continue;
		size += chunk.length;
		if (size > limit) throw new BodyTooLarge(limit);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

/** The body as it comes. Whoever stops reading leaves the rest to be read and forgotten: the refusal still has to go out on this connection. */
function streamBody(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
	const chunks = incoming.iterator({ destroyOnReturn: false });
	return new ReadableStream({
		async pull(controller) {
			const { done, value } = await chunks.next();
			if (done) controller.close();
			else if (Buffer.isBuffer(value)) controller.enqueue(new Uint8Array(value));
		},
		async cancel() {
			await chunks.return?.();
			incoming.resume();
		}
	});
}

/** Headers by which a client could claim an address or act on the connection. None reaches a service as it came. */
const notForwarded = new Set([
	'connection',
	'keep-alive',
	'transfer-encoding',
	'upgrade',
	'expect',
	'forwarded',
	'x-real-ip',
	'x-forwarded-for',
	'sb-forwarded-for',
	'cf-connecting-ip'
]);

/** The address a server vouches for with `Sb-Forwarded-For`, if it is one. */
function vouchedAddress(incoming: IncomingMessage): string | undefined {
	const value = incoming.headers['sb-forwarded-for'];
	const first = (Array.isArray(value) ? value[0] : value)?.split(',')[0]?.trim() ?? '';
	return isIP(first) ? first : undefined;
}

/** Where a request goes: routed and served by this one reading, in which a Host header has no say. Null for what is no address, such as `//`. */
export const addressOf = ({ url = '/' }: IncomingMessage): URL | null => URL.parse(url, 'http://gateway');

/**
 * The request as services see it. `x-forwarded-for` is the address of the connection, or the one in `Sb-Forwarded-For`
 * when `trusted` (the caller showed the secret key), which then stays beside it. Without `bodyLimit` the body is handed on as
 * it comes, and whoever reads it sets the limit.
 */
export async function toRequest(
	incoming: IncomingMessage,
	address: URL,
	{ requestId, trusted, bodyLimit, signal }: { requestId: string; trusted: boolean; bodyLimit?: number; signal: AbortSignal }
): Promise<Request> {
	const headers = new Headers();
	for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
		const name = incoming.rawHeaders[index] ?? '';
		if (!notForwarded.has(name.toLowerCase())) headers.append(name, incoming.rawHeaders[index + 1] ?? '');
	}
	const vouched = trusted ? vouchedAddress(incoming) : undefined;
	if (vouched) headers.set('sb-forwarded-for', vouched);
	headers.set('x-forwarded-for', vouched ?? incoming.socket.remoteAddress ?? '127.0.0.1');
	headers.set('x-request-id', requestId);

	const method = incoming.method ?? 'GET';
	const hasBody = method !== 'GET' && method !== 'HEAD';
	if (bodyLimit === undefined) {
		return new Request(address, { method, headers, signal, ...(hasBody ? { body: streamBody(incoming), duplex: 'half' } : {}) });
	}
	const body = await readBody(incoming, bodyLimit);
	return new Request(address, {
		method,
		headers,
		body: !hasBody || body.length === 0 ? null : body,
		signal
	});
}

/** Sends a service's answer whole, or as it comes. */
export async function sendResponse(outgoing: ServerResponse, response: Response, options?: { streams: boolean }): Promise<void> {
	const body = response.body && !options?.streams ? Buffer.from(await response.arrayBuffer()) : undefined;
	outgoing.statusCode = response.status;
	for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value);
	const cookies = response.headers.getSetCookie();
	if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies);
	if (body && response.status !== 204 && response.status !== 304) outgoing.setHeader('content-length', body.length);
	if (!response.body || body) return void outgoing.end(body);
	outgoing.flushHeaders();
	// A client that left, or a service that broke off in the middle, ends the connection: there is no other way to say so now.
	await pipeline(Readable.from(response.body), outgoing).catch(() => outgoing.destroy());
}
