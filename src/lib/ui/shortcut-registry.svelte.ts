import { createContext, untrack } from 'svelte';
import type { Shortcut } from './shortcuts';

/** The shortcuts that work right now: the shell's, and those of the page on screen. */
export class ShortcutRegistry {
	#sets = $state.raw<{ read: () => readonly Shortcut[] }[]>([]);

	/** Every active shortcut; the newest set wins where keys are equal. */
	get all(): readonly Shortcut[] {
		return this.#sets.flatMap((set) => set.read());
	}

	/** Adds a set; returns the function that takes it away. */
	add(read: () => readonly Shortcut[]): () => void {
		const set = { read };
		this.#sets = [set, ...this.#sets];
		return () => {
			this.#sets = this.#sets.filter((each) => each !== set);
		};
	}
}

/** The registry of the shell above the component. */
export const [getShortcuts, setShortcuts] = createContext<ShortcutRegistry>();

/** Gives the page shortcuts while the calling component is mounted. */
export function useShortcuts(read: () => readonly Shortcut[]): void {
	const registry = getShortcuts();
	// Untracked: joining the registry must not make the page depend on it.
	$effect(() => untrack(() => registry.add(read)));
}
