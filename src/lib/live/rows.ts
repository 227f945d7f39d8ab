import { SvelteMap } from 'svelte/reactivity';

/** What the store needs to know of a row: `version` grows by one with every change the database makes. */
export type LiveRow = { id: string; version: number };

/** Receives every change of what is shown: `before` is undefined for a row that appears, `after` for one that goes. */
export type RowListener<T> = (id: string, before: T | undefined, after: T | undefined) => void;

/** An edit the server has not answered yet. Exactly one of `confirm` and `refuse` is called, once. */
export type PendingEdit<T> = {
	/** Replaces what the edit shows, for edits that are still being made (a card in the air). */
	change(patch: Partial<T> | null): void;
	/** The server accepted: the overlay goes and the row it answered counts, if it is the newest. */
	confirm(row?: T): void;
	/** The server refused: the overlay goes, and what everybody else changed meanwhile stays. */
	refuse(): void;
};

type Overlay<T> = { patch: Partial<T> | null };
type Farewell = { version: number; at: number };

/** Farewells are kept for fetches still on their way, which are seconds old; so many never are. */
const farewellsKept = 5_000;

/**
 * Rows by id, as a board or list shows them: what the server confirmed, with unconfirmed edits laid over it.
 *
 * Changes may come late, twice or in any order. A row counts only if its version is newer than the known one; a row
 * that went is remembered, so that an answer that left the server before it went does not bring it back.
 */
export class Rows<T extends LiveRow> {
	#shown = new SvelteMap<string, T>();
	#confirmed = new Map<string, T>();
	#overlays = new Map<string, Overlay<T>[]>();
	#gone = new Map<string, Farewell>();
	/** When each confirmed row was last told anew, on the store's own clock. */
	#heardAt = new Map<string, number>();
	#clock = 0;
	#listeners: RowListener<T>[] = [];

	/** The row as the user sees it; reactive per id. */
	get(id: string): T | undefined {
		return this.#shown.get(id);
	}

	/** The row as the server last told it, without unconfirmed edits; not reactive. */
	confirmed(id: string): T | undefined {
		return this.#confirmed.get(id);
	}

	/** All shown rows, unordered; reactive. */
	values(): IterableIterator<T> {
		return this.#shown.values();
	}

	get size(): number {
		return this.#shown.size;
	}

	/** Is any edit of this row (or of any row) unanswered? Not reactive. */
	pending(id?: string): boolean {
		return id === undefined ? this.#overlays.size > 0 : this.#overlays.has(id);
	}

	/** Calls `listener` on every change of what is shown; returns the function that stops it. */
	listen(listener: RowListener<T>): () => void {
		this.#listeners.push(listener);
		return () => {
			this.#listeners = this.#listeners.filter((each) => each !== listener);
		};
	}

	/** A mark to take before asking the server and to give to `merge` with its answer. */
	mark(): number {
		return ++this.#clock;
	}

	/**
	 * Takes rows the server told. `since` is the mark taken before asking: a row that went after the mark is dropped unless it is
	 * newer than what went. With `refresh`, a row of the known version replaces it (its embedded names may have changed).
	 */
	merge(rows: Iterable<T>, { since = this.#clock, refresh = false } = {}): void {
		for (const row of rows) {
			const gone = this.#gone.get(row.id);
			if (gone && gone.at > since && row.version <= gone.version) continue;
			const known = this.#confirmed.get(row.id);
			if (known && (known.version > row.version || (known.version === row.version && !refresh))) continue;
			this.#gone.delete(row.id);
			this.#confirmed.set(row.id, row);
			this.#heardAt.set(row.id, ++this.#clock);
			this.#show(row.id);
		}
	}

	/**
	 * Takes the row away. `version` is the version at which it went, so that a newer one (restored, moved back) may return;
	 * without it the row went for good as far as answers already on their way are concerned.
	 */
	remove(id: string, version = Infinity): void {
		const known = this.#confirmed.get(id);
		if (known && known.version > version) return;
		this.#gone.delete(id);
		this.#gone.set(id, { version, at: ++this.#clock });
		if (this.#gone.size > farewellsKept)
			for (const [oldest] of this.#gone) {
				this.#gone.delete(oldest);
				break;
			}
		this.#forget(id);
	}

	/** Forgets every row and farewell, to show something else; unanswered edits go on. */
	clear(): void {
		this.#gone.clear();
		for (const id of [...this.#confirmed.keys()]) this.#forget(id);
	}

	/**
	 * Replaces everything by what the server told of the whole window asked for at the mark `since`. Rows that came or changed after
	 * the mark stay as they are; rows with an unanswered edit stay.
	 */
	replace(rows: T[], since: number): void {
		const kept = new Set(rows.map((row) => row.id));
		for (const id of [...this.#confirmed.keys()]) {
			if (kept.has(id) || this.#overlays.has(id) || (this.#heardAt.get(id) ?? 0) > since) continue;
			this.#forget(id);
		}
		this.merge(rows, { since, refresh: true });
	}

	/** Lays an unconfirmed edit over the row; `null` hides it (a deletion on its way). */
	edit(id: string, patch: Partial<T> | null): PendingEdit<T> {
		const overlay: Overlay<T> = { patch };
		this.#overlays.set(id, [...(this.#overlays.get(id) ?? []), overlay]);
		this.#show(id);
		const lift = () => {
			const rest = (this.#overlays.get(id) ?? []).filter((each) => each !== overlay);
			if (rest.length) this.#overlays.set(id, rest);
			else this.#overlays.delete(id);
		};
		return {
			change: (next) => {
				overlay.patch = next;
				this.#show(id);
			},
			confirm: (row) => {
				lift();
				if (row) this.merge([row]);
				this.#show(id);
			},
			refuse: () => {
				lift();
				this.#show(id);
			}
		};
	}

	#forget(id: string): void {
		this.#confirmed.delete(id);
		this.#heardAt.delete(id);
		this.#show(id);
	}

	#show(id: string): void {
		const before = this.#shown.get(id);
		const after = this.#laidOver(id);
		if (before === after) return;
		if (after) this.#shown.set(id, after);
		else this.#shown.delete(id);
		for (const listener of this.#listeners) listener(id, before, after);
	}

	#laidOver(id: string): T | undefined {
		let row = this.#confirmed.get(id);
		for (const { patch } of this.#overlays.get(id) ?? []) {
			if (!row || patch === null) return undefined;
			row = { ...row, ...patch };
		}
		return row;
	}
}
