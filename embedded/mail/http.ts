import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { addressOf, BodyTooLarge, sendResponse, toRequest } from '../gateway/exchange.ts';
import { PortTaken } from '../postgres/index.ts';
import type { MailContext } from './context.ts';
import { ApiError, Disconnected, errorResponse } from './errors.ts';
import { answerMailbox } from './mailbox-api.ts';
import { answerPostmark } from './postmark-api.ts';
import { answerTracking } from './tracking.ts';
import { webFile } from './web-page.ts';

const MEGABYTE = 2 ** 20;

/** Postmark takes 10 MB for one message and 50 MB for a batch. */
const bodyLimit = (path: string) => (/^\/email\/batch/i.test(path) ? 50 * MEGABYTE : 10 * MEGABYTE);

const tooLarge = (limit: number) =>
	errorResponse(new ApiError(413, 300, `The request is too large: ${Math.floor(limit / MEGABYTE)} MB are allowed here.`));

/** A page of another site can lead its own name to this machine; it cannot make the browser name us in `Host`. */
const isOurName = (host: string) => /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);

/** Messages hold sign-in codes: no page but the mailbox itself may ask for them. */
const isOurPage = (origin: string, host: string) => origin.toLowerCase() === `http://${host}`.toLowerCase();

function refuse(outgoing: ServerResponse, status: number, message: string): void {
	outgoing.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
	outgoing.end(JSON.stringify({ message }));
}

async function answer(mail: MailContext, request: Request, url: URL): Promise<Response> {
	const { pathname } = url;
	if (pathname.startsWith('/api/')) {
		const response = await answerMailbox(mail, request, url);
		response.headers.set('cache-control', 'no-store');
		response.headers.set('x-content-type-options', 'nosniff');
		return response;
	}
	if (pathname.startsWith('/track/')) return answerTracking(mail, request, pathname);
	if (pathname === '/' || pathname.startsWith('/assets/')) {
		const file = request.method === 'GET' ? await webFile(pathname) : null;
		return file ?? Response.json({ message: 'There is no such file.' }, { status: 404 });
	}
	return answerPostmark(mail, request, url);
}

async function respond(mail: MailContext, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
	const host = incoming.headers.host ?? '';
	const url = addressOf(incoming);
	if (!isOurName(host)) return refuse(outgoing, 421, 'The mail service answers to localhost and 127.0.0.1 only.');
	if (!url) return refuse(outgoing, 400, 'The address cannot be read.');
	const { origin } = incoming.headers;
	if (url.pathname.startsWith('/api/') && origin !== undefined && !isOurPage(origin, host)) {
		return refuse(outgoing, 403, 'Only the mailbox itself may use this from a browser.');
	}
	if (url.pathname === '/api/stream' && incoming.method === 'GET') return mail.feed.add(outgoing);

	const gone = new AbortController();
	outgoing.once('close', () => gone.abort());
	try {
		const limit = bodyLimit(url.pathname);
		const request = await toRequest(incoming, url, { requestId: randomUUID(), trusted: false, bodyLimit: limit, signal: gone.signal });
		const response = await answer(mail, request, url);
		if (!outgoing.destroyed) await sendResponse(outgoing, response);
	} catch (error) {
		if (error instanceof Disconnected) outgoing.destroy();
		else if (error instanceof BodyTooLarge) await sendResponse(outgoing, tooLarge(error.limit));
		else throw error;
	} finally {
		// What is left of a refused body is read and forgotten: else the connection is stuck for its next request.
		if (!incoming.complete) incoming.resume();
	}
}

/** The HTTP side on loopback. Throws PortTaken. */
export async function startHttp(mail: MailContext, port: number): Promise<Server> {
	const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000 }, (incoming, outgoing) => {
		respond(mail, incoming, outgoing).catch((error: unknown) => {
			// A client that left in the middle of its request is no fault of ours.
			if (!incoming.destroyed) console.error('mail:', error);
			outgoing.destroy();
		});
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new PortTaken(port, 'MAIL_PORT') : error);
		});
		server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
	});
	return server;
}

/** Takes no new requests, lets those under way finish for a moment, then closes every connection. */
export async function stopHttp(server: Server): Promise<void> {
	const closed = new Promise<void>((resolve) => server.close(() => resolve()));
	server.closeIdleConnections();
	const timer = setTimeout(() => server.closeAllConnections(), 3000);
	await closed;
	clearTimeout(timer);
}
