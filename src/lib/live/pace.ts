/** Milliseconds; the bounds within which a tab waits before it asks the server for what changed. */
export const quietDelayMs = 50;
export const busyDelayMs = 2_000;

/** After an answer a tab rests for this many times what the answer took, so that many tabs together leave the server idle time. */
const restPerLatency = 4;
/** How much one answer counts against those before it: a single slow one is an accident, several are load. */
const newestCounts = 0.3;
/** Above this many messages a second a tab gathers more of them per request, whatever the latency. */
const calmRate = 3;
const delayPerExcessMessageMs = 120;
/** Every tab that hears the same messages spreads the first refetch after a calm by so much, so that a large team does not ask in one instant. */
const spreadPerTabMs = 10;
/** The rate halves in this time once messages stop. */
const rateHalfLifeMs = 1_000;

/**
 * How long to gather changes before refetching: 50 ms for the first change after a calm, up to 2 s when much happens or the server is
 * slow. Every tab decides alone; two hundred of them settle at a load the server can bear.
 */
export class Pace {
	#latencyMs = 0;
	#answeredAt = -Infinity;
	#rate = 0;
	#heardAt = 0;
	#now: () => number;
	#random: () => number;

	constructor(now: () => number = () => performance.now(), random: () => number = Math.random) {
		this.#now = now;
		this.#random = random;
	}

	/** A message came. */
	heard(): void {
		this.#rate = this.#currentRate() + Math.LN2 / (rateHalfLifeMs / 1_000);
		this.#heardAt = this.#now();
	}

	/** The server took so long to answer (milliseconds). */
	answered(latencyMs: number): void {
		this.#answeredAt = this.#now();
		this.#latencyMs += (latencyMs - this.#latencyMs) * newestCounts;
	}

	/** Milliseconds to wait now, when `audience` other tabs hear the same messages; with jitter, so that they do not ask at the same moment. */
	delayMs(audience = 0): number {
		const excess = Math.max(0, this.#currentRate() - calmRate) * delayPerExcessMessageMs;
		const rest = this.#answeredAt + this.#latencyMs * restPerLatency - this.#now();
		const delay = Math.min(busyDelayMs, Math.max(quietDelayMs, rest, excess));
		if (delay > quietDelayMs) return delay * (0.75 + this.#random() * 0.5);
		return delay + this.#random() * Math.min(busyDelayMs, audience * spreadPerTabMs);
	}

	/** Messages a second, decaying. */
	#currentRate(): number {
		return this.#rate * 2 ** (-(this.#now() - this.#heardAt) / rateHalfLifeMs);
	}
}
