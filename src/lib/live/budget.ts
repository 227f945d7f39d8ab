/**
 * The realtime service allows five presence calls per joining within 30 s and closes the channel at the sixth (Supabase: "Client presence rate limit
 * reached"). A second more covers clocks and the road between.
 */
const callsAllowed = 5;
const windowMs = 31_000;
/** Two calls closer than this are usually one gesture: the later word is enough. */
const gestureMs = 250;

/** Spends the calls a presence channel has. The last one is kept for saying that something is over, so that nobody seems to hold a thing for half a minute. */
export class Budget {
	#spent: number[] = [];
	#now: () => number;

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** How long to wait before a call that opens something (a page, a record) or closes it; 0: call now. */
	waitMs(kind: 'open' | 'close'): number {
		const now = this.#now();
		const recent = this.#spent.filter((at) => at > now - windowMs);
		const allowed = kind === 'close' ? callsAllowed : callsAllowed - 1;
		const blocking = recent.at(-allowed);
		const untilAllowed = blocking === undefined ? 0 : blocking + windowMs - now;
		const last = recent.at(-1);
		const untilApart = last === undefined ? 0 : last + gestureMs - now;
		return Math.max(0, untilAllowed, untilApart);
	}

	/** A call is made now. */
	spend(): void {
		this.#spent = [...this.#spent.slice(1 - callsAllowed), this.#now()];
	}
}
