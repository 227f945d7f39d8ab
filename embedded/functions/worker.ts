import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { forward, IdleTimeout } from './exchange.ts';
import { launch, type Launch } from './launch.ts';
import { eachLine, logOf } from './log-lines.ts';
import { supervise, type Limits, type Supervision } from './supervision.ts';

/** Why a worker is no more. */
export type End = 'memory' | 'cpu' | 'wall' | 'error' | 'unstartable' | 'unused' | 'replaced' | 'stopped';

/** The function's process ended before it answered. */
export class WorkerEnded extends Error {
	readonly end: End;

	constructor(end: End) {
		super(`The worker ended: ${end}`);
		this.end = end;
	}
}

/** One running function: a process of its own. */
export type Worker = {
	readonly executionId: string;
	/** Hands over a request. Throws WorkerEnded, IdleTimeout, or the reason of an aborted request. */
	fetch(request: Request, path: string): Promise<Response>;
	/** Lets it finish what it has begun; it gets no new requests. */
	retire(): void;
	/** Ends it now, whatever it does. */
	end(reason: End): Promise<void>;
};

export type WorkerOptions = Omit<Launch, 'memoryMb' | 'variables'> & {
	name: string;
	/** Host of the addresses the function is called at. */
	host: string;
	limits: Limits;
	/** What the function finds in its environment, given the id of this worker. */
	variables: (executionId: string) => Record<string, string>;
	log: (line: string) => void;
	/** No request may be given to it any more. */
	onRetired: () => void;
	/** Its process is no more. */
	onEnded: () => void;
};

const sentences: Partial<Record<End, string>> = {
	memory: 'ended: it went over its memory limit',
	cpu: 'ended: it went over its CPU time limit',
	wall: 'ended: it reached its wall clock limit',
	error: 'ended: it exited, or an error was not caught',
	unstartable: 'could not be started'
};

/** How long a worker waits for its next request. */
const unusedMs = 60_000;

/** How long a process whose connection broke may take to end by itself, and so to tell why. */
const lastWordsMs = 1_000;

/** Starts a worker. Its first request waits until it can be reached; a function that cannot be loaded says so in its answer. */
export function startWorker(options: WorkerOptions): Worker {
	const { name, entrypoint, folder, host, limits } = options;
	const executionId = randomUUID();
	const { child, socket } = launch({ entrypoint, folder, variables: options.variables(executionId), memoryMb: limits.memoryMb });
	const say = logOf(name, options.log);

	let reason: End | undefined;
	let retired = false;
	let reached = false;
	let active = 0;
	let lastUsed = Date.now();
	let supervision: Supervision | undefined;
	const exited = Promise.withResolvers<void>();
	const listening = Promise.withResolvers<void>();
	// Whoever waits for it is told by `exited` too.
	listening.promise.catch(() => {});

	/** deno writes to standard error only what nobody caught, in several lines that belong together. */
	let lastWords = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		lastWords = (lastWords + text).slice(-20_000);
	});
	eachLine(child.stdout, (line) => {
		if (reached) return say(line);
		// The first line is written before the function is loaded.
		reached = true;
		listening.resolve();
	});

	child.once('error', (error) => {
		say(`deno could not be started: ${error.message}`);
		reason ??= 'unstartable';
		finish();
	});
	child.once('close', finish);

	let finished = false;
	function finish(): void {
		if (finished) return;
		finished = true;
		if (/out of memory/i.test(lastWords)) reason ??= 'memory';
		if (!reached) reason ??= 'unstartable';
		reason ??= 'error';
		leave();
		say(lastWords);
		const sentence = sentences[reason];
		// Never left out, however much the function said before.
		if (sentence) options.log(`[${name}] ${sentence}`);
		supervision?.stop();
		clearTimeout(halfLife);
		clearTimeout(wholeLife);
		rmSync(dirname(socket), { recursive: true, force: true });
		listening.reject(new WorkerEnded(reason));
		options.onEnded();
		exited.resolve();
	}

	function leave(): void {
		if (!retired) options.onRetired();
		retired = true;
	}

	function end(why: End): Promise<void> {
		reason ??= why;
		leave();
		child.kill('SIGKILL');
		return exited.promise;
	}

	/** For a process that lost its function's thread (Deno.exit, close): one that dies by itself still has the time to tell why. */
	function endUnlessDying(): void {
		leave();
		setTimeout(() => void end('error'), lastWordsMs).unref();
	}

	function endWhenDone(): void {
		if (!supervision || active > 0 || supervision.background > 0 || supervision.stale) return;
		if (retired) void end('replaced');
		else if (Date.now() - lastUsed > unusedMs) void end('unused');
	}

	const halfLife = setTimeout(leave, limits.wallMs / 2);
	const wholeLife = setTimeout(() => void end('wall'), limits.wallMs);
	halfLife.unref();
	wholeLife.unref();

	const onOver = (over: 'memory' | 'cpu' | 'error') => (over === 'error' ? endUnlessDying() : void end(over));
	listening.promise.then(
		() => {
			if (child.pid === undefined || reason) return;
			supervision = supervise({ pid: child.pid, socket, limits, onOver, onLook: endWhenDone });
			for (let count = 0; count < active; count += 1) supervision.requestBegun();
		},
		() => {}
	);

	async function send(request: Request, path: string): Promise<Response> {
		const onClose = Promise.withResolvers<void>();
		active += 1;
		supervision?.requestBegun();
		void onClose.promise.then(() => {
			active -= 1;
			lastUsed = Date.now();
			supervision?.requestEnded();
		});
		try {
			await listening.promise;
		} catch (error) {
			onClose.resolve();
			throw error;
		}
		return forward(request, { socket, path, host, idleMs: limits.idleMs, onClose: onClose.resolve });
	}

	return {
		executionId,
		async fetch(request, path) {
			try {
				return await send(request, path);
			} catch (error) {
				if (error instanceof IdleTimeout || error instanceof WorkerEnded || request.signal.aborted) throw error;
				// The connection broke.
				endUnlessDying();
				await exited.promise;
				throw new WorkerEnded(reason ?? 'error');
			}
		},
		retire: leave,
		end
	};
}
