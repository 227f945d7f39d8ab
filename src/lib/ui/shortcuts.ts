import { isApple } from './keys';

/** What a key does: `c`, `g p` (one after the other), `mod+k`, `/`, `?`. */
export type Shortcut = { keys: string; label: string; group: string; run: () => void };

const sequenceMs = 1200;

function isTyping(target: EventTarget | null): boolean {
	return (
		target instanceof HTMLElement &&
		(target.isContentEditable ||
			target.matches('input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [role="combobox"]'))
	);
}

/** The name of the pressed key as shortcuts write it, or null when it is a modifier alone. */
export function pressedKey(event: Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'altKey'>, apple = isApple()): string | null {
	const key = event.key.toLowerCase();
	if (['meta', 'control', 'alt', 'shift', 'dead', 'process'].includes(key)) return null;
	const mod = apple ? event.metaKey : event.ctrlKey;
	const foreign = apple ? event.ctrlKey : event.metaKey;
	if (foreign || event.altKey) return `other+${key}`;
	return mod ? `mod+${key}` : key;
}

/**
 * Listens for shortcuts on the whole page; returns the function that stops it. Plain keys rest while somebody types or a modal
 * dialog is open; chords with ⌘ or Ctrl always work. Keys handled by a component (`preventDefault`) are left alone.
 */
export function listenForShortcuts(shortcuts: () => readonly Shortcut[]): () => void {
	let first: { key: string; at: number } | null = null;

	const keydown = (event: KeyboardEvent) => {
		if (event.defaultPrevented || event.isComposing || event.repeat) return;
		const key = pressedKey(event);
		if (!key) return;
		const chord = key.startsWith('mod+');
		if (!chord && (isTyping(event.target) || document.querySelector('dialog:modal'))) return;
		const sequence = first && event.timeStamp - first.at < sequenceMs ? `${first.key} ${key}` : null;
		first = null;
		const all = shortcuts();
		const found = all.find((shortcut) => shortcut.keys === sequence) ?? all.find((shortcut) => shortcut.keys === key);
		if (found) {
			event.preventDefault();
			found.run();
		} else if (all.some((shortcut) => shortcut.keys.startsWith(`${key} `))) first = { key, at: event.timeStamp };
	};

	window.addEventListener('keydown', keydown);
	return () => window.removeEventListener('keydown', keydown);
}
