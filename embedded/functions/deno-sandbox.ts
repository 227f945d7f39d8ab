/*
 * Runs in deno, in a worker of a function's process: it makes this thread what functions expect (Deno.serve, EdgeRuntime, console) and loads the
 * function into it. What the function does to this thread's own objects harms the function alone.
 */
import { setImmediate } from 'node:timers/promises';
import { format } from 'node:util';

type Handler = (request: Request, info: object) => Response | Promise<Response>;
type ErrorHandler = (error: unknown) => Response | Promise<Response>;
type ServeOptions = { handler?: Handler; onError?: ErrorHandler; onListen?: (address: object) => void };

declare const Deno: {
	args: string[];
	serve: (options: object, handler?: Handler) => object;
	stdout: { writeSync(bytes: Uint8Array): number };
	permissions: { revokeSync(descriptor: { name: string }): void };
};

const [, socket = '', entrypoint = ''] = Deno.args;

const encoder = new TextEncoder();
const writeLine = (text: string) => {
	let bytes = encoder.encode(`${text}\n`);
	while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
};

/** One call, one line, of at most what hosted keeps of it. */
for (const level of ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const) {
	console[level] = (...values: unknown[]) =>
		writeLine(
			format(...values)
				.replace(/\s*\n\s*/g, ' ⏎ ')
				.slice(0, 10_000)
		);
}

let handler: Handler | undefined;
let onError: ErrorHandler | undefined;
/** Why the function cannot be run, once it is known: the code of the platform's answer. */
let failure: 'BOOT_ERROR' | 'WORKER_ERROR' | undefined;
/** Open as soon as there is something to run, or never will be. */
const settled = Promise.withResolvers<void>();
const background = new Set<Promise<unknown>>();

/**
 * Requests begin in turns of the event loop of their own. Begun all in one, many short ones would look like a long one: nothing is sent, and no
 * question answered, before the last has given way.
 */
let turn: Promise<unknown> = Promise.resolve();

async function answer(received: Request, info: object): Promise<Response> {
	// Functions are called by their names; this path is Node's, which asks whether the thread still gives turns and what it has left to do.
	const url = received.url.replace('http+unix:', 'http:');
	if (new URL(url).pathname === '/') return Response.json({ background: background.size });
	await settled.promise;
	await (turn = turn.then(() => setImmediate()));
	if (failure || !handler) return new Response(null, { status: 503, headers: { 'x-function-failure': failure ?? 'BOOT_ERROR' } });
	try {
		const response: unknown = await handler(new Request(url, received), info);
		if (response instanceof Response) return response;
		console.error(new TypeError('The handler gave no Response'));
		return new Response('Bad Gateway', { status: 502 });
	} catch (error) {
		if (onError) return onError(error);
		console.error(error);
		return new Response('Internal Server Error', { status: 500 });
	}
}

const address = { transport: 'tcp', hostname: '0.0.0.0', port: 9999 };
Deno.serve({ path: socket, onListen: () => {} }, (request) => answer(request, { remoteAddr: address }));
// The socket is made; from here on nothing is written.
Deno.permissions.revokeSync({ name: 'write' });
writeLine('listening');

Object.assign(Deno, {
	serve(first: Handler | ServeOptions, second?: Handler) {
		const options = typeof first === 'function' ? { handler: first } : { ...first, handler: second ?? first.handler };
		if (typeof options.handler !== 'function') throw new TypeError('A handler function must be provided.');
		handler = options.handler;
		onError = 'onError' in options ? options.onError : undefined;
		if ('onListen' in options) options.onListen?.(address);
		settled.resolve();
		const untilStopped = Promise.withResolvers<void>();
		return { addr: address, finished: untilStopped.promise, shutdown: async () => {}, ref() {}, unref() {} };
	}
});

Object.assign(globalThis, {
	EdgeRuntime: {
		/** Keeps the worker until the promise is settled, the answer given or not. */
		waitUntil<T>(promise: Promise<T>): Promise<T> {
			if (promise instanceof Promise) {
				background.add(promise);
				// Not `then(done, done)`: an error nobody catches must stay one.
				promise.finally(() => background.delete(promise));
			}
			return promise;
		}
	},
	// As on hosted: one function, one thread.
	Worker: undefined
});

const asModule = (code: string) => `data:application/javascript,${encodeURIComponent(code)}`;

/** True once everything the function imports could be loaded: what goes wrong from there on is the doing of its own code. */
let loaded = false;
addEventListener('functionloaded', () => (loaded = true), { once: true });

// A module is evaluated when its whole graph was loaded, and its imports in their order: the first one tells that it came to that.
const first = asModule(`dispatchEvent(new Event('functionloaded'))`);
import(asModule(`import ${JSON.stringify(first)}; export * as code from ${JSON.stringify(entrypoint)};`))
	.then(({ code }: { code: { default?: { fetch?: Handler } } }) => {
		const exported = code.default;
		if (!handler && typeof exported?.fetch === 'function') handler = exported.fetch.bind(exported);
		if (handler) return;
		console.error('The function neither calls Deno.serve nor exports a fetch handler');
		failure = 'BOOT_ERROR';
	})
	.catch((error: unknown) => {
		failure = loaded ? 'WORKER_ERROR' : 'BOOT_ERROR';
		console.error(error);
	})
	.finally(settled.resolve);
