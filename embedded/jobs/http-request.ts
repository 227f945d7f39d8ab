import { request as httpRequest, Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { loopbackAddresses } from './loopback.ts';

/** A row of net.http_request_queue. `headers` is whatever JSON was put there. */
export type QueuedRequest = {
	id: string;
	method: string;
	url: string;
	headers: unknown;
	body: Uint8Array | null;
	timeoutMs: number;
};

/** What becomes a row of net._http_response. */
export type Answer = {
	statusCode: number | null;
	contentType: string | null;
	headers: Record<string, string> | null;
	content: string | null;
	timedOut: boolean;
	errorMsg: string | null;
};

const LONGEST_ANSWER = 16 * 2 ** 20;
const MOST_REDIRECTS = 30;

// Our own: no connection outlives its request, and no proxy of the environment is asked.
const agents = { 'http:': new HttpAgent(), 'https:': new HttpsAgent() };

/** Of these the client itself says what is true. */
const framing = new Set(['content-length', 'transfer-encoding', 'connection', 'upgrade', 'te', 'trailer', 'expect']);

class Failure extends Error {}

function failure(message: string): Answer {
	return { statusCode: null, contentType: null, headers: null, content: null, timedOut: false, errorMsg: message };
}

/** In the words of libcurl, which sends pg_net's requests. */
function wordsOf(error: unknown): string {
	if (error instanceof Failure) return error.message;
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	if (code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL' || code === 'ENETUNREACH') return 'Could not connect to server';
	if (code === 'ECONNRESET') return 'Server returned nothing (no headers, no data)';
	if (code.startsWith('HPE_')) return 'Weird server reply';
	if (code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN') return 'A header has a character that headers may not have';
	return error instanceof Error ? error.message : String(error);
}

function headersOf(queued: QueuedRequest): Record<string, string> {
	const headers: Record<string, string> = {};
	if (typeof queued.headers === 'object' && queued.headers !== null && !Array.isArray(queued.headers)) {
		for (const [name, value] of Object.entries(queued.headers)) {
			if (value === null || framing.has(name.toLowerCase())) continue;
			headers[name] = typeof value === 'string' ? value : JSON.stringify(value);
		}
	}
	const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
	if (!names.has('user-agent')) headers['User-Agent'] = 'pg_net/0.19.5';
	if (!names.has('accept')) headers.Accept = '*/*';
	if (queued.body && !names.has('content-type')) headers['Content-Type'] = 'application/x-www-form-urlencoded';
	return headers;
}

function withoutSecrets(headers: Record<string, string>): Record<string, string> {
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !['authorization', 'cookie', 'host'].includes(name.toLowerCase())));
}

type Hop = { url: URL; method: string; headers: Record<string, string>; body: Uint8Array | null };

/** Times of the one connection that counts, for the message of a timeout. */
type Timing = { startedAt: number; connectedAt?: number };

function send({ url, method, headers, body }: Hop, signal: AbortSignal, timing: Timing): Promise<IncomingMessage> {
	if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Failure('Unsupported protocol');
	const addresses = loopbackAddresses(url.hostname);
	const [first] = addresses;
	if (!first) {
		throw new Failure(`${url.hostname} is not this machine: the embedded platform sends requests to loopback addresses only`);
	}
	// Whatever the name, the connection goes to an address that was checked.
	const lookup: LookupFunction = (_name, options, done) => {
		if (options.all) done(null, addresses);
		else done(null, first.address, first.family);
	};
	const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
	const make = url.protocol === 'https:' ? httpsRequest : httpRequest;
	const outgoing = make({
		protocol: url.protocol,
		hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
		port: url.port,
		path: `${url.pathname}${url.search}`,
		method,
		headers: { ...headers, ...(body ? { 'Content-Length': String(body.byteLength) } : {}) },
		...(url.username ? { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}` } : {}),
		agent: agents[url.protocol],
		lookup,
		signal
	});
	outgoing.once('socket', (socket) => socket.once('connect', () => (timing.connectedAt = performance.now())));
	outgoing.once('response', resolve);
	outgoing.once('error', reject);
	outgoing.end(body ?? undefined);
	return promise;
}

async function textOf(incoming: IncomingMessage): Promise<string | null> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of incoming) {
		const bytes = Buffer.from(chunk);
		size += bytes.length;
		if (size > LONGEST_ANSWER) throw new Failure(`The answer is longer than ${LONGEST_ANSWER} bytes`);
		chunks.push(bytes);
	}
	// A text of Postgres ends where pg_net's ends: at the first zero byte.
	const [text = ''] = Buffer.concat(chunks).toString('utf8').split('\0', 1);
	return text === '' ? null : text;
}

function headersFrom({ rawHeaders }: IncomingMessage): Record<string, string> {
	const headers: Record<string, string> = {};
	for (let i = 0; i + 1 < rawHeaders.length; i += 2) headers[rawHeaders[i] ?? ''] = rawHeaders[i + 1] ?? '';
	return headers;
}

function nextHop(hop: Hop, incoming: IncomingMessage): Hop | null {
	const { statusCode = 0, headers } = incoming;
	if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return null;
	const url = new URL(headers.location, hop.url);
	const becomesGet = hop.method === 'POST' && statusCode < 307;
	return {
		url,
		method: becomesGet ? 'GET' : hop.method,
		body: becomesGet ? null : hop.body,
		headers: url.origin === hop.url.origin ? hop.headers : withoutSecrets(hop.headers)
	};
}

async function exchange(queued: QueuedRequest, signal: AbortSignal, timing: Timing): Promise<Answer> {
	if (!URL.canParse(queued.url)) throw new Failure('URL using bad/illegal format or missing URL');
	let hop: Hop = { url: new URL(queued.url), method: queued.method.toUpperCase(), headers: headersOf(queued), body: queued.body };
	for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
		const incoming = await send(hop, signal, timing);
		const next = nextHop(hop, incoming);
		if (!next) {
			const content = await textOf(incoming);
			return {
				statusCode: incoming.statusCode ?? null,
				contentType: incoming.headers['content-type'] ?? null,
				headers: headersFrom(incoming),
				content,
				timedOut: false,
				errorMsg: null
			};
		}
		incoming.destroy();
		hop = next;
	}
	throw new Failure('Number of redirects hit maximum amount');
}

function timeoutMessage(limit: number, { startedAt, connectedAt }: Timing): string {
	const total = performance.now() - startedAt;
	const handshake = connectedAt === undefined ? total : connectedAt - startedAt;
	const ms = (value: number) => `${value.toFixed(6)} ms`;
	return `Timeout of ${limit} ms reached. Total time: ${ms(total)} (DNS time: ${ms(0)}, TCP/SSL handshake time: ${ms(handshake)}, HTTP Request/Response time: ${ms(total - handshake)})`;
}

/**
 * Sends one request, follows redirects, and reads the answer. Every connection, redirects included, goes to this machine. Never throws: what
 * went wrong is in `errorMsg`. Resolves to null when `stopping` cut it off.
 */
export async function answerTo(queued: QueuedRequest, stopping: AbortSignal): Promise<Answer | null> {
	const timing: Timing = { startedAt: performance.now() };
	const limit = queued.timeoutMs;
	// As in libcurl, 0 is no limit.
	const timeout = limit > 0 ? AbortSignal.timeout(limit) : undefined;
	try {
		return await exchange(queued, timeout ? AbortSignal.any([stopping, timeout]) : stopping, timing);
	} catch (error) {
		if (stopping.aborted) return null;
		if (timeout?.aborted) return { ...failure(timeoutMessage(limit, timing)), timedOut: true };
		return failure(wordsOf(error));
	}
}
