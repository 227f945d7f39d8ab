import { setTimeout } from 'node:timers/promises';

/** Longer than the database and a local mail server take together; short against the time a letter travels, or a hash. */
const beatMs = 100;

/** Waits for the next beat after `started` (performance.now()). `first` is the timer of the first one: it began before the work and knows nothing of it. */
async function nextBeat(started: number, first: Promise<unknown>): Promise<void> {
	await first;
	const over = performance.now() - started - beatMs;
	// Work longer than a beat (a busy machine, a distant mail server) waits for another, so that a little more or less still does not show.
	if (over > 5) await setTimeout(beatMs - (over % beatMs));
}

/**
 * Does work whose duration tells whether somebody has an account, and answers, or throws, at the same moment whatever was found. Answers that leave
 * with a timer do not carry the time of what was done before them.
 */
export async function evenTime<T>(work: () => Promise<T>): Promise<T> {
	const started = performance.now();
	const first = setTimeout(beatMs);
	try {
		return await work();
	} finally {
		await nextBeat(started, first);
	}
}

/** The same for work whose success tells everything already: only a refusal waits. */
export async function evenRefusal<T>(work: () => Promise<T>): Promise<T> {
	const started = performance.now();
	const stop = new AbortController();
	const first = setTimeout(beatMs, undefined, { signal: stop.signal });
	first.catch(() => {});
	try {
		const result = await work();
		stop.abort();
		return result;
	} catch (error) {
		await nextBeat(started, first);
		throw error;
	}
}
