import type { Surroundings } from './surroundings';

/** A tab for tests, hidden and cut off at will. */
export class TestTab implements Surroundings {
	#hidden = false;
	#networked = true;
	#watchers = new Set<() => void>();

	hidden = () => this.#hidden;
	networked = () => this.#networked;

	watch(changed: () => void): () => void {
		this.#watchers.add(changed);
		return () => this.#watchers.delete(changed);
	}

	set(what: { hidden?: boolean; networked?: boolean }): void {
		this.#hidden = what.hidden ?? this.#hidden;
		this.#networked = what.networked ?? this.#networked;
		for (const changed of this.#watchers) changed();
	}
}
