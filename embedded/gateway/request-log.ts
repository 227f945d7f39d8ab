import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PlatformKeys } from '../keys.ts';
import { keyRole } from './api-keys.ts';
import type { Tokens } from './jwt.ts';
import { formatLine, safeText, type Line, type Problem } from './log-line.ts';

/** Tells of every request in a line of its own, when its answer has gone out. */
export type RequestLog = {
	/** Watches one request from now on. `failed` is to be told of an answer that is an error, before it is sent. */
	request(incoming: IncomingMessage, outgoing: ServerResponse, url: URL, service: string): { failed(response: Response): Promise<void> };
	/** Watches a websocket: a line when it opens, or is refused, and one when it closes. `refused` is the HTTP status it was given instead. */
	websocket(incoming: IncomingMessage, socket: Duplex, url: URL | null): { refused(status: string, problem: Problem): void };
};

export type RequestLogOptions = {
	keys: PlatformKeys;
	tokens: Tokens;
	/** Takes the lines, without their ends. It is not waited for. */
	write: (line: string) => void;
	colours: boolean;
};

/** What the services call the parts of an error; a body is read no further. */
async function problemIn(response: Response, service: string): Promise<Problem> {
	const code = response.headers.get('sb-error-code') ?? undefined;
	// What a function says is its author's, and may be anything.
	if (service === 'functions') return { code };
	const isJson = response.headers.get('content-type')?.startsWith('application/json');
	const body: unknown = isJson ? await response.clone().json() : undefined;
	if (typeof body !== 'object' || body === null) return { code };
	const facts: Record<string, unknown> = { ...body };
	const firstText = (...names: string[]) => names.map((name) => facts[name]).find((value) => typeof value === 'string' && value !== '');
	return { code: code ?? firstText('error_code', 'code', 'error'), message: firstText('message', 'msg', 'error_description', 'error') };
}

/** Makes the log of a gateway's requests. */
export function createRequestLog({ keys, tokens, write, colours }: RequestLogOptions): RequestLog {
	/** Who asked, as far as key and token say; what they are is never shown. */
	async function callerOf({ headers }: IncomingMessage, key: string | undefined): Promise<string> {
		const role = key === undefined ? '-' : (keyRole(key, keys) ?? 'unknown key');
		const bearer = /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1];
		if (headers.authorization === undefined || bearer === key) return role;
		try {
			const claims = await tokens.verifyToken(bearer ?? '');
			return typeof claims.sub === 'string' ? `${claims.role} ${safeText(claims.sub, 8)}` : claims.role;
		} catch {
			return 'refused token';
		}
	}

	function tell(incoming: IncomingMessage, key: string | undefined, line: Omit<Line, 'caller' | 'method'>): void {
		void callerOf(incoming, key).then((caller) => write(formatLine({ ...line, caller, method: incoming.method ?? '-' }, colours)));
	}

	return {
		request(incoming, outgoing, url, service) {
			const begun = performance.now();
			const { socket } = incoming;
			const sentBefore = socket.bytesWritten;
			let problem: Problem = {};
			outgoing.once('close', () => {
				const isWhole = outgoing.writableFinished;
				const length = outgoing.getHeader('content-length');
				tell(incoming, incoming.headers.apikey?.toString(), {
					status: isWhole ? String(outgoing.statusCode) : 'aborted',
					ms: performance.now() - begun,
					// What was announced is what was sent; of the rest is known what went over the connection.
					bytes: isWhole && length !== undefined && incoming.method !== 'HEAD' ? Number(length) : socket.bytesWritten - sentBefore,
					service,
					url,
					problem
				});
			});
			return {
				async failed(response) {
					problem = await problemIn(response, service).catch(() => ({}));
				}
			};
		},

		websocket(incoming, socket, url) {
			const begun = performance.now();
			const key = url?.searchParams.get('apikey') ?? incoming.headers.apikey?.toString();
			const line = (status: string, problem: Problem = {}) => {
				const bytes = 'bytesWritten' in socket && typeof socket.bytesWritten === 'number' ? socket.bytesWritten : 0;
				tell(incoming, key, { status, ms: performance.now() - begun, bytes, service: 'realtime', url, problem });
			};
			let isRefused = false;
			// One turn later it is known whether it was refused.
			setImmediate(() => isRefused || line('open'));
			socket.once('close', () => isRefused || line('closed'));
			return {
				refused(status, problem) {
					isRefused = true;
					line(status, problem);
				}
			};
		}
	};
}
