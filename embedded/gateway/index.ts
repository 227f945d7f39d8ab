import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PlatformKeys } from '../keys.ts';
import { PortTaken } from '../postgres/index.ts';
import { keyRole, KeyRefused, roleOfKey } from './api-keys.ts';
import type { ApiRole, Caller } from './caller.ts';
import { allowOrigins, answerPreflight } from './cors.ts';
import { addressOf, BodyTooLarge, sendResponse, toRequest } from './exchange.ts';
import { TokenRefused, type Tokens } from './jwt.ts';
import { createRequestLog } from './request-log.ts';

export { keyRole } from './api-keys.ts';
export { createTokens, type Tokens } from './jwt.ts';

/** A part of the platform that answers requests in the name of a caller. */
export type Service = { fetch(request: Request, caller: Caller): Promise<Response> };

/** What the gateway forwards to. */
export type Services = {
	rest: Service;
	auth: Service;
	storage?: Service;
	functions?: Service;
	realtime?: Service & { upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void };
};

/** Where the gateway listens and how much it takes. */
export type GatewayOptions = {
	/** 0 takes any free port. */
	port: number;
	keys: PlatformKeys;
	tokens: Tokens;
	/** Bytes; 10 MiB unless said otherwise. */
	bodyLimit?: number;
	/** How long a service may take to answer; a minute unless said otherwise. */
	timeoutMs?: number;
	/** Told of each request, in a line; nobody without it. */
	requestLog?: { write: (line: string) => void; colours: boolean };
};

/** The running gateway. Until `serve` is called it answers 503. */
export type Gateway = {
	port: number;
	serve(services: Services): void;
	/** Takes no new requests, lets those under way finish for a moment, then closes every connection but websockets. */
	stop(): Promise<void>;
};

const refusal = (status: number, body: object, headers: Record<string, string> = {}) => Response.json(body, { status, headers });

const schemaForbidden = {
	message: 'Access to schema is forbidden',
	hint: 'Accessing the schema via the Data API is only allowed using a secret API key.'
};

/** PostgREST's answer to a token it does not accept (its docs, references/errors, group 3). */
function refuseToken(error: TokenRefused): Response {
	if (error.kind === 'role') return refusal(403, { code: '42501', details: null, hint: null, message: error.message });
	const code = error.kind === 'expired' || error.kind === 'claims' ? 'PGRST303' : 'PGRST301';
	const challenge = `Bearer error="invalid_token", error_description="${error.message}"`;
	return refusal(401, { code, details: null, hint: null, message: error.message }, { 'www-authenticate': challenge });
}

function requestIdOf(incoming: IncomingMessage): string {
	const given = incoming.headers['x-request-id'];
	return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

const names = ['rest', 'auth', 'realtime', 'storage', 'functions'] as const;

/** Services whose bodies are large or endless; they set limits and times of their own. */
const streaming = new Set<string | undefined>(['storage', 'functions']);

function serviceOf({ pathname }: URL): (typeof names)[number] | undefined {
	const first = /^\/(\w+)\/v1(\/|$)/.exec(pathname)?.[1];
	return names.find((name) => name === first);
}

/** What a browser opens from a letter or a page, or a library fetches by itself, carries no key (Kong's open routes). */
function isOpen(method: string, path: string): boolean {
	if (method === 'PUT') return path.startsWith('/storage/v1/object/upload/sign/');
	if (/^\/auth\/v1\/(verify|authorize|\.well-known\/jwks\.json)\/?$/.test(path)) return true;
	return (method === 'GET' || method === 'HEAD') && /^\/storage\/v1\/object\/(info\/)?(public|sign)\//.test(path);
}

/** Starts the one door to the platform: an HTTP server on loopback. Throws PortTaken. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
	const { port, keys, tokens, bodyLimit = 10 * 2 ** 20, timeoutMs = 60_000, requestLog } = options;
	const log = requestLog && createRequestLog({ keys, tokens, ...requestLog });
	let services: Services | undefined;
	let stopping = false;

	/** A function's own settings say who may call it: no key is needed at the door, and one of something else may pass. */
	function roleOf({ method = 'GET', headers }: IncomingMessage, url: URL, isFunction: boolean): ApiRole {
		const key = headers.apikey?.toString();
		const passes = isFunction ? !key || keyRole(key, keys) === null : !key && isOpen(method, url.pathname);
		return passes ? 'anon' : roleOfKey(key, headers, keys);
	}

	async function callerOf(incoming: IncomingMessage, role: ApiRole, key: string): Promise<Caller> {
		const authorization = incoming.headers.authorization;
		// supabase-js repeats the API key as bearer when nobody is signed in.
		if (authorization === undefined || authorization === `Bearer ${key}`) return { role, claims: { role } };
		const bearer = /^Bearer (\S+)$/i.exec(authorization)?.[1];
		if (!bearer) throw new TokenRefused('malformed', 'The Authorization header holds no bearer token');
		const claims = await tokens.verifyToken(bearer);
		return { role: claims.role, claims };
	}

	async function answer(incoming: IncomingMessage, url: URL, requestId: string, signal: AbortSignal): Promise<Response> {
		if (url.pathname === '/health') {
			const status = stopping ? 'stopping' : services ? 'ok' : 'starting';
			return Response.json({ status }, { status: status === 'ok' ? 200 : 503 });
		}
		if (!services || stopping) return refusal(503, { message: services ? 'The platform is stopping' : 'The platform is starting' });
		const name = serviceOf(url);
		const key = incoming.headers.apikey?.toString();
		const role = roleOf(incoming, url, name === 'functions');
		const limit = streaming.has(name) ? {} : { bodyLimit };
		const toService = () => toRequest(incoming, url, { requestId, trusted: role === 'service_role', signal, ...limit });
		switch (name) {
			case 'auth':
				// Auth checks bearer tokens itself: its refusals have another form, and some endpoints take none.
				return services.auth.fetch(await toService(), { role, claims: { role } });
			case 'rest': {
				// Hosted since 2026-03: the schema is for those who hold the secret key.
				if (/^\/rest\/v1\/?$/.test(url.pathname) && role !== 'service_role') return refusal(403, schemaForbidden);
				const caller = await callerOf(incoming, role, key ?? '');
				return services.rest.fetch(await toService(), caller);
			}
			case 'realtime': {
				const caller = await callerOf(incoming, role, key ?? '');
				if (services.realtime) return services.realtime.fetch(await toService(), caller);
				return refusal(503, { message: 'Realtime is not running' });
			}
			case 'storage':
				if (services.storage) return services.storage.fetch(await toService(), await callerOf(incoming, role, key ?? ''));
				return refusal(503, { message: 'Storage is not running' });
			case 'functions':
				if (services.functions) return services.functions.fetch(await toService(), { role: 'anon', claims: { role: 'anon' } });
				return refusal(503, { message: 'Edge functions are not running' });
			default:
				return refusal(404, { message: 'no Route matched with those values' });
		}
	}

	async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
		const requestId = requestIdOf(incoming);
		outgoing.setHeader('sb-request-id', requestId);
		outgoing.setHeader('x-request-id', requestId);
		const url = addressOf(incoming);
		if (!url) return sendResponse(outgoing, refusal(400, { message: 'The address of the request cannot be read' }));
		const name = serviceOf(url);
		const watched = log?.request(incoming, outgoing, url, name ?? '-');
		// What other origins may do with a function is the function's own business.
		if (name !== 'functions') {
			allowOrigins(outgoing);
			if (incoming.method === 'OPTIONS') return answerPreflight(incoming, outgoing);
		}
		const streams = streaming.has(name);

		const gone = new AbortController();
		// An abort costs as much as parsing a request: only where somebody is to hear of it.
		outgoing.once('close', () => {
			if (!outgoing.writableFinished) gone.abort();
		});
		const timer = setTimeout(() => {
			if (outgoing.headersSent || streams) return;
			outgoing.writeHead(504, { 'content-type': 'application/json' }).end('{"message":"The upstream server is timing out"}');
		}, timeoutMs);
		try {
			const response = await answer(incoming, url, requestId, gone.signal).catch(refusalOf);
			if (watched && response.status >= 400) await watched.failed(response);
			// A client that keeps its connection busy would otherwise hold up the end.
			if (stopping && !outgoing.headersSent) outgoing.setHeader('connection', 'close');
			if (!outgoing.headersSent && !outgoing.destroyed) await sendResponse(outgoing, response, { streams });
		} finally {
			clearTimeout(timer);
			// What is left of a refused body is read and forgotten: else the connection is stuck for its next request.
			if (!incoming.complete) incoming.resume();
		}
	}

	function refusalOf(error: unknown): Response {
		if (error instanceof KeyRefused) return refusal(401, { message: error.message, hint: error.hint });
		if (error instanceof TokenRefused) return refuseToken(error);
		if (error instanceof BodyTooLarge) return refusal(413, { code: '413', message: error.message });
		console.error('gateway:', error);
		return refusal(500, { message: 'An unexpected error occurred' });
	}

	function upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
		const url = addressOf(incoming);
		const watched = log?.websocket(incoming, socket, url);
		const refuse = (status: string, body: { message: string; hint?: string }) => {
			watched?.refused(status.slice(0, 3), body);
			const text = JSON.stringify(body);
			socket.end(
				`HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`
			);
		};
		socket.on('error', () => socket.destroy());
		try {
			if (url?.pathname !== '/realtime/v1/websocket') return refuse('404 Not Found', { message: 'no Route matched with those values' });
			if (!services?.realtime || stopping) return refuse('503 Service Unavailable', { message: 'Realtime is not running' });
			const key = url.searchParams.get('apikey') ?? incoming.headers.apikey?.toString();
			roleOfKey(key, incoming.headers, keys);
			services.realtime.upgrade(incoming, socket, head);
		} catch (error) {
			if (error instanceof KeyRefused) return refuse('401 Unauthorized', { message: error.message, hint: error.hint });
			console.error('gateway:', error);
			refuse('500 Internal Server Error', { message: 'An unexpected error occurred' });
		}
	}

	const server = createServer({ headersTimeout: 10_000, requestTimeout: 60_000 }, (incoming, outgoing) => {
		respond(incoming, outgoing).catch((error: unknown) => {
			console.error('gateway:', error);
			outgoing.destroy();
		});
	});
	server.on('upgrade', upgrade);
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error: NodeJS.ErrnoException) => {
			reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? new PortTaken(port, 'API_PORT') : error);
		});
		server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
	});
	const address = server.address();

	return {
		port: address !== null && typeof address === 'object' ? address.port : port,
		serve: (given) => {
			services = given;
		},
		async stop() {
			stopping = true;
			const closed = new Promise<void>((resolve) => server.close(() => resolve()));
			server.closeIdleConnections();
			const timer = setTimeout(() => server.closeAllConnections(), 3000);
			await closed;
			clearTimeout(timer);
		}
	};
}
