import type { Surroundings } from './surroundings';

/**
 * `online`: changes arrive and edits are kept. `connecting`: the server answers, but changes of others do not arrive yet or for the
 * moment. `offline`: the server cannot be reached, so nothing may be edited.
 */
export type ConnectionState = 'online' | 'connecting' | 'offline';

const firstProbeMs = 1_000;
const longestProbeMs = 10_000;

/**
 * What the interface may honestly say about the connection, from three signs: the machine's own belief, the socket, and requests that
 * got no answer. A request that got any answer proves the server reachable.
 */
export class Connection {
	#networked = $state(true);
	#reachable = $state(true);
	#subscribed = $state(false);
	/** Was it ever subscribed? The first connecting is not worth a word to the user. */
	#joinedOnce = $state(false);
	#probe: () => Promise<boolean>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#probing = false;
	#tab: Surroundings;
	#unwatch: (() => void) | undefined;
	#returned: () => void;

	/** `probe` says whether the server answers; `returned` is called when it does so again. */
	constructor(probe: () => Promise<boolean>, tab: Surroundings, returned: () => void) {
		this.#probe = probe;
		this.#tab = tab;
		this.#returned = returned;
	}

	/** What to show and what to allow; reactive. */
	get state(): ConnectionState {
		if (!this.#networked || !this.#reachable) return 'offline';
		return this.#subscribed ? 'online' : 'connecting';
	}

	/** May the user change anything now? Reactive. */
	get writable(): boolean {
		return this.#networked && this.#reachable;
	}

	/** Live changes stopped arriving after they had begun; reactive. */
	get interrupted(): boolean {
		return this.#joinedOnce && !this.#subscribed;
	}

	start(): void {
		this.#networked = this.#tab.networked();
		this.#unwatch = this.#tab.watch(() => this.#look());
	}

	stop(): void {
		this.#unwatch?.();
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}

	/** The channel was joined, or lost. A lost channel makes us ask whether the server is there at all. */
	subscribed(joined: boolean): void {
		this.#subscribed = joined;
		if (joined) {
			this.#joinedOnce = true;
			this.#reached(true);
		} else if (this.#joinedOnce) this.#check(0, firstProbeMs);
	}

	/** A request was answered (with whatever status), or got no answer. */
	requested(answered: boolean): void {
		this.#reached(answered);
	}

	#look(): void {
		const before = this.#networked;
		this.#networked = this.#tab.networked();
		if (this.#networked && (!before || !this.#reachable)) this.#check(0, firstProbeMs);
	}

	#reached(answered: boolean): void {
		const back = answered && !this.#reachable;
		this.#reachable = answered;
		if (!answered) this.#check(firstProbeMs, firstProbeMs * 2);
		else {
			clearTimeout(this.#timer);
			this.#timer = undefined;
			if (back) this.#returned();
		}
	}

	/** Asks the server after `waitMs`, and again with growing pauses until it answers. */
	#check(waitMs: number, nextMs: number): void {
		if (this.#probing || (this.#timer !== undefined && waitMs > 0)) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(async () => {
			this.#timer = undefined;
			if (!this.#tab.networked()) return;
			this.#probing = true;
			const answered = await this.#probe();
			this.#probing = false;
			const wasReachable = this.#reachable;
			this.#reachable = answered;
			if (!answered) this.#check(nextMs, Math.min(nextMs * 2, longestProbeMs));
			else if (!wasReachable || !this.#subscribed) this.#returned();
		}, waitMs);
	}
}
