import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Nothing came from the function for as long as a request may wait. */
export class IdleTimeout extends Error {}

/** Of one connection, not of the request; the answer of either side must not carry them over. */
const ofTheConnection = new Set([
	'connection',
	'keep-alive',
	'proxy-connection',
	'transfer-encoding',
	'upgrade',
	'te',
	'trailer',
	'expect'
]);

/** What to send where. */
export type Forwarding = {
	socket: string;
	/** Path and query as the function sees them. */
	path: string;
	/** Host as the function sees it. */
	host: string;
	/** How long the function may send nothing at all. */
	idleMs: number;
	/** Called once, when nothing more is sent or received. */
	onClose: () => void;
};

function bodyOf(incoming: IncomingMessage, onChunk: () => void): ReadableStream<Uint8Array> {
	const chunks: AsyncIterator<unknown> = incoming[Symbol.asyncIterator]();
	return new ReadableStream({
		async pull(controller) {
			const { done, value } = await chunks.next();
			onChunk();
			if (done) controller.close();
			else if (value instanceof Uint8Array) controller.enqueue(value);
		},
		cancel() {
			incoming.destroy();
		}
	});
}

function headersOf(incoming: IncomingMessage): Headers {
	const headers = new Headers();
	for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
		const name = incoming.rawHeaders[index] ?? '';
		if (!ofTheConnection.has(name.toLowerCase())) headers.append(name, incoming.rawHeaders[index + 1] ?? '');
	}
	return headers;
}

const withoutBody = new Set([101, 204, 205, 304]);

/**
 * Sends a request to a function and gives its answer as soon as its head is there; bodies flow in both directions as they come. Throws
 * IdleTimeout, the reason of an aborted request, or what happened to the connection.
 */
export function forward(request: Request, { socket, path, host, idleMs, onClose }: Forwarding): Promise<Response> {
	return new Promise((resolve, reject) => {
		const outgoing = httpRequest({ socketPath: socket, path, method: request.method, agent: false, signal: request.signal });
		for (const [name, value] of request.headers) if (!ofTheConnection.has(name)) outgoing.setHeader(name, value);
		// A length without a body, as of a GET whose body the gateway dropped, would be waited for.
		if (!request.body) outgoing.removeHeader('content-length');
		outgoing.setHeader('host', host);
		// Ours to close: deno would do it with its answer, and what Node then still writes, be it the empty end of a body, would break the connection
		// before that answer is read.
		outgoing.setHeader('connection', 'keep-alive');
		// deno would compress the answer, and hold back the pieces of a stream while doing it.
		outgoing.setHeader('accept-encoding', 'identity');

		const idle = setTimeout(() => outgoing.destroy(new IdleTimeout()), idleMs);
		outgoing.once('close', () => {
			clearTimeout(idle);
			onClose();
		});
		outgoing.on('error', reject);
		outgoing.once('response', (incoming) => {
			idle.refresh();
			const status = incoming.statusCode ?? 502;
			const body = withoutBody.has(status) ? null : bodyOf(incoming, () => idle.refresh());
			if (!body) incoming.resume();
			resolve(new Response(body, { status, statusText: incoming.statusMessage, headers: headersOf(incoming) }));
		});
		if (!request.body) return outgoing.end();
		const upload = Readable.from(request.body);
		upload.on('error', (error) => outgoing.destroy(error));
		outgoing.once('close', () => upload.destroy());
		upload.pipe(outgoing);
	});
}
