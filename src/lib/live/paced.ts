import type { Surroundings } from './surroundings';

/** Does a piece of work when asked, gathering requests: after `delayMs()`, never twice at once, and not while the tab is hidden. */
export class Paced {
	#work: () => Promise<void>;
	#delayMs: () => number;
	#tab: Surroundings;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#asked = false;
	#running = false;
	#stopped = false;
	#unwatch: () => void;

	/** `work` must handle its own errors. */
	constructor(work: () => Promise<void>, delayMs: () => number, tab: Surroundings) {
		this.#work = work;
		this.#delayMs = delayMs;
		this.#tab = tab;
		this.#unwatch = tab.watch(() => this.#schedule());
	}

	/** Asks for the work to be done after the delay; `at once` skips the delay but not work that is under way. */
	ask(when: 'gathered' | 'at once' = 'gathered'): void {
		this.#asked = true;
		if (when === 'at once') {
			clearTimeout(this.#timer);
			this.#timer = undefined;
		}
		this.#schedule(when === 'at once' ? 0 : undefined);
	}

	/** No work starts any more. */
	stop(): void {
		this.#stopped = true;
		clearTimeout(this.#timer);
		this.#unwatch();
	}

	#schedule(delayMs = this.#delayMs()): void {
		if (!this.#asked || this.#running || this.#stopped || this.#timer !== undefined || this.#tab.hidden()) return;
		this.#timer = setTimeout(() => void this.#run(), delayMs);
	}

	async #run(): Promise<void> {
		this.#timer = undefined;
		if (this.#tab.hidden()) return;
		this.#asked = false;
		this.#running = true;
		try {
			await this.#work();
		} finally {
			this.#running = false;
			this.#schedule();
		}
	}
}
