/** True on Apple keyboards, where the command key is ⌘. On the server: false. */
export function isApple(): boolean {
	return typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.platform || navigator.userAgent);
}

const apple: Record<string, string> = { mod: '⌘', shift: '⇧', alt: '⌥', enter: '↵', escape: 'Esc' };
const other: Record<string, string> = { mod: 'Ctrl', shift: 'Shift', alt: 'Alt', enter: 'Enter', escape: 'Esc' };

/** The caps to draw for a shortcut such as `mod+k` or `g p`: ["⌘","K"], ["G","P"]. */
export function keyCaps(shortcut: string, onApple = isApple()): string[] {
	const names = onApple ? apple : other;
	return shortcut
		.split(/[\s+]+/)
		.filter(Boolean)
		.map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
