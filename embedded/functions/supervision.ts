import { request as httpRequest } from 'node:http';
import { readUsage, usageEveryMs } from './usage.ts';

/** What one worker may use, as on hosted (Supabase's docs, "Edge Functions: limits"). */
export type Limits = {
	memoryMb: number;
	/** Processor time per request. */
	cpuMs: number;
	/** A worker's life; half way it gets no new requests. */
	wallMs: number;
	/** How long a request may wait for anything from the function. */
	idleMs: number;
};

/** What watches over one worker. */
export type Supervision = {
	/** Promises given to EdgeRuntime.waitUntil that were not settled when the function was last asked. */
	readonly background: number;
	/** True until the function was asked after its last request. */
	readonly stale: boolean;
	requestBegun(): void;
	requestEnded(): void;
	stop(): void;
};

export type SupervisionOptions = {
	pid: number;
	socket: string;
	limits: Limits;
	/** Told once: what was exceeded, or `error` when the function's thread has gone from its process. */
	onOver: (end: 'memory' | 'cpu' | 'error') => void;
	/** Told after each look. */
	onLook: () => void;
};

/** Asks the function's thread what it has left to do: an answer needs a turn of its event loop. */
function askThread(socket: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const request = httpRequest({ socketPath: socket, path: '/', agent: false }, async (answer) => {
			let text = '';
			for await (const chunk of answer) text += String(chunk);
			const { background }: { background: number } = JSON.parse(text);
			resolve(background);
		});
		request.once('error', reject);
		request.end();
	});
}

/**
 * Watches what a worker uses. Memory is what the process took since it was started. Processor time is allowed per request: to all that began
 * since the worker last had nothing to do, together; and to one stretch in which nothing is finished and the event loop has no turn, which is one
 * request's.
 */
export function supervise({ pid, socket, limits, onOver, onLook }: SupervisionOptions): Supervision {
	let memoryAtStart: number | undefined;
	/** Processor time when the worker last began to have something to do; taken at the next look. */
	let cpuAtBusy: number | undefined;
	let begun = 1;
	let active = 0;
	let background = 0;
	let stale = true;
	/** Processor time when the thread was asked, or last finished a request since then; undefined while no question is open. */
	let cpuAtQuestion: number | undefined;
	let finishedOne = false;
	let over = false;
	let looking = false;

	const report = (end: 'memory' | 'cpu' | 'error') => {
		if (!over) onOver(end);
		over = true;
	};

	function ask(cpuMs: number): void {
		cpuAtQuestion = cpuMs;
		const idleSince = active === 0;
		askThread(socket).then(
			(count) => {
				background = count;
				if (idleSince && active === 0) stale = false;
				cpuAtQuestion = undefined;
			},
			() => report('error')
		);
	}

	async function look(): Promise<void> {
		const usage = await readUsage(pid);
		if (!usage || over) return;
		memoryAtStart ??= usage.memoryMb;
		cpuAtBusy ??= usage.cpuMs;
		if (finishedOne && cpuAtQuestion !== undefined) cpuAtQuestion = usage.cpuMs;
		finishedOne = false;
		if (usage.memoryMb - memoryAtStart > limits.memoryMb) report('memory');
		else if (usage.cpuMs - cpuAtBusy > limits.cpuMs * begun) report('cpu');
		else if (cpuAtQuestion !== undefined && usage.cpuMs - cpuAtQuestion > limits.cpuMs) report('cpu');
		else if (cpuAtQuestion === undefined && (active > 0 || background > 0 || stale)) ask(usage.cpuMs);
		onLook();
	}

	const timer = setInterval(() => {
		if (looking) return;
		looking = true;
		look()
			.catch((error: unknown) => console.error('functions:', error))
			.finally(() => (looking = false));
	}, usageEveryMs);
	timer.unref();

	return {
		get background() {
			return background;
		},
		get stale() {
			return stale;
		},
		requestBegun() {
			if (active === 0 && background === 0) {
				cpuAtBusy = undefined;
				begun = 0;
			}
			active += 1;
			begun += 1;
			stale = true;
		},
		requestEnded() {
			active -= 1;
			finishedOne = true;
		},
		stop() {
			over = true;
			clearInterval(timer);
		}
	};
}
