import { SvelteMap } from 'svelte/reactivity';

/** One answer of a search: what is stored, what is read, and what tells equals apart. */
export type ComboboxOption = { value: string; label: string; hint?: string };

/** Finds options for what was typed. Throws to show that it failed. */
export type FindOptions = (query: string, signal: AbortSignal) => Promise<ComboboxOption[]>;

const typingPauseMs = 150;

/**
 * A combobox's list: what is typed, what was found for it, and which option is marked. Answers that are overtaken by further typing are dropped, and an answer is kept
 * while the list is open, so that going back a letter asks nobody.
 */
export class OptionSearch {
	#find: () => FindOptions;
	#typed = $state<string | null>(null);
	#options = $state.raw<ComboboxOption[]>([]);
	#marked = $state(0);
	#busy = $state(false);
	#failed = $state(false);
	#timer: ReturnType<typeof setTimeout> | undefined;
	#running: AbortController | undefined;
	#known = new SvelteMap<string, ComboboxOption[]>();

	constructor(find: () => FindOptions) {
		this.#find = find;
	}

	/** What is typed; null while the list is closed. */
	get typed(): string | null {
		return this.#typed;
	}
	get open(): boolean {
		return this.#typed !== null;
	}
	get options(): readonly ComboboxOption[] {
		return this.#options;
	}
	/** The index that the arrow keys have reached. */
	get marked(): number {
		return this.#marked;
	}
	get busy(): boolean {
		return this.#busy;
	}
	get failed(): boolean {
		return this.#failed;
	}
	/** The option that Enter takes; none while the list still belongs to an older text. */
	get choice(): ComboboxOption | undefined {
		return this.#busy ? undefined : this.#options[this.#marked];
	}

	/** Opens the list with what is there before anything is typed. */
	show(): void {
		if (this.open) return;
		this.#known.clear();
		this.#options = [];
		this.#typed = '';
		this.#look(0);
	}

	type(text: string): void {
		this.#typed = text;
		this.#look(typingPauseMs);
	}

	mark(index: number): void {
		this.#marked = index;
	}

	/** Moves the mark by one, around the ends. */
	step(by: 1 | -1): void {
		const count = this.#options.length;
		if (count > 0) this.#marked = (this.#marked + by + count) % count;
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#running?.abort();
		this.#typed = null;
		this.#busy = false;
		this.#failed = false;
	}

	#look(waitMs: number): void {
		clearTimeout(this.#timer);
		this.#running?.abort();
		this.#failed = false;
		const query = (this.#typed ?? '').trim();
		const known = this.#known.get(query);
		this.#busy = known === undefined;
		if (known) this.#take(known);
		else this.#timer = setTimeout(() => this.#ask(query), waitMs);
	}

	async #ask(query: string): Promise<void> {
		const call = (this.#running = new AbortController());
		const found = await this.#find()(query, call.signal).catch(() => null);
		if (call.signal.aborted) return;
		this.#busy = false;
		this.#failed = found === null;
		if (found) this.#known.set(query, found);
		this.#take(found ?? []);
	}

	#take(options: ComboboxOption[]): void {
		this.#options = options;
		this.#marked = 0;
	}
}
