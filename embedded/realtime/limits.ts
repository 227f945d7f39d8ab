/**
 * What one client may cost the server. Where the hosted service has a figure for a client, this is the one of its smallest
 * plan; its figures for a whole project (200 connections, 100 messages and 100 joins a second) are none of one client's.
 */
export type Limits = {
	/** Largest broadcast or presence payload, in bytes. */
	maxPayloadBytes: number;
	/** Largest websocket frame; a bigger one closes the socket with 1009. */
	maxFrameBytes: number;
	/** Bytes waiting for one slow reader before its socket is dropped: it will reconnect and refetch. */
	maxBufferedBytes: number;
	/** Open sockets; further upgrades are answered 429. */
	maxConnections: number;
	/** Channels open at once on one socket. */
	maxChannels: number;
	/** Entries of `postgres_changes` in one channel; a join with more is refused. */
	maxChangeBindings: number;
	/** Joins one socket may ask for in a second, over `RATE_WINDOW_MS`; more of them close it. */
	maxJoinsPerSecond: number;
	/** Messages one channel may push in a second, over `RATE_WINDOW_MS`; more of them close the channel. */
	maxMessagesPerSecond: number;
	/** Presence calls one channel may make in `presenceWindowMs`; more of them close the channel. */
	maxPresenceCalls: number;
	presenceWindowMs: number;
	/** Messages of one socket being worked on before no more are read from it. */
	maxPending: number;
	/** Bytes of them likewise. */
	maxPendingBytes: number;
	/** A socket silent for this long is closed; clients send a heartbeat every 25 s. */
	idleMs: number;
	/** How often that is looked at. */
	idleCheckMs: number;
	/** The stream of row changes outlives its last listener by this, so that one who reconnects finds it. */
	changesLingerMs: number;
	/** How long a join waits for the stream of database broadcasts before it is refused. */
	joinWaitMs: number;
};

export const DEFAULT_LIMITS: Limits = {
	maxPayloadBytes: 256_000,
	maxFrameBytes: 5_000_000,
	maxBufferedBytes: 4_194_304,
	maxConnections: 2_000,
	maxChannels: 100,
	maxChangeBindings: 100,
	maxJoinsPerSecond: 100,
	maxMessagesPerSecond: 100,
	maxPresenceCalls: 5,
	presenceWindowMs: 30_000,
	maxPending: 64,
	maxPendingBytes: 1_048_576,
	idleMs: 60_000,
	idleCheckMs: 15_000,
	changesLingerMs: 10_000,
	joinWaitMs: 8_000
};

/** What is limited by the second is counted over this long, so that a burst passes, as on the hosted service. */
const RATE_WINDOW_MS = 5_000;

/** Counts what may happen `perSecond`. */
export function rateWindow(perSecond: number): CallWindow {
	return new CallWindow((perSecond * RATE_WINDOW_MS) / 1_000, RATE_WINDOW_MS);
}

/** Counts calls in fixed windows that start with the first call, as the hosted service does. */
export class CallWindow {
	readonly #maxCalls: number;
	readonly #windowMs: number;
	#endsAt = 0;
	#calls = 0;

	constructor(maxCalls: number, windowMs: number) {
		this.#maxCalls = maxCalls;
		this.#windowMs = windowMs;
	}

	/** Takes one call; false when the window has none left. */
	take(now = performance.now()): boolean {
		if (now >= this.#endsAt) {
			this.#endsAt = now + this.#windowMs;
			this.#calls = 0;
		}
		this.#calls += 1;
		return this.#calls <= this.#maxCalls;
	}
}
