import { SvelteMap } from 'svelte/reactivity';
import type { LiveRow, Rows } from './rows';

/** How rows are put into groups and ordered within one, by those of their fields that `K` names. `compare` must be a total order (end with the id). */
export type Grouping<T, K> = { group: (row: T) => string; compare: (a: K, b: K) => number };

const none: readonly string[] = [];

/**
 * The ids of a row store in order, per group, kept by insertion: one changed row costs a binary search, not a sort of
 * everything. Each group is an immutable array, so only the group that changed is drawn again.
 */
export class SortedGroups<T extends LiveRow & K, K = T> {
	#groups = new SvelteMap<string, readonly string[]>();
	/** The row by which each id was placed, because the store already holds the next one when it tells of a change. */
	#placed = new Map<string, T>();
	#grouping: Grouping<T, K>;

	constructor(rows: Rows<T>, grouping: Grouping<T, K>) {
		this.#grouping = grouping;
		for (const row of rows.values()) this.#insert(row);
		rows.listen((id, _before, after) => this.#change(id, after));
	}

	/** The ordered ids of a group; reactive. */
	ids(group: string): readonly string[] {
		return this.#groups.get(group) ?? none;
	}

	/** How many of the group's rows come before `place`, which need not be that of a row; reactive. */
	countBefore(group: string, place: K): number {
		return this.#position(this.ids(group), place);
	}

	#change(id: string, after: T | undefined): void {
		const before = this.#placed.get(id);
		if (before && after) {
			const stays = this.#grouping.group(before) === this.#grouping.group(after) && this.#grouping.compare(before, after) === 0;
			if (stays) {
				this.#placed.set(id, after);
				return;
			}
		}
		if (before) this.#take(before);
		if (after) this.#insert(after);
	}

	#insert(row: T): void {
		const group = this.#grouping.group(row);
		const ids = this.ids(group);
		const at = this.#position(ids, row);
		this.#placed.set(row.id, row);
		this.#groups.set(group, [...ids.slice(0, at), row.id, ...ids.slice(at)]);
	}

	#take(row: T): void {
		const group = this.#grouping.group(row);
		const ids = this.ids(group);
		const at = this.#position(ids, row);
		this.#placed.delete(row.id);
		if (ids[at] === row.id) this.#groups.set(group, [...ids.slice(0, at), ...ids.slice(at + 1)]);
	}

	#position(ids: readonly string[], row: K): number {
		let low = 0;
		let high = ids.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			const other = this.#placed.get(ids[middle] ?? '');
			if (other && this.#grouping.compare(other, row) < 0) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}
