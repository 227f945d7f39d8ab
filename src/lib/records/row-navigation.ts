import type { Attachment } from 'svelte/attachments';

/** Arrow keys (and j, k, Home, End) walk through the links marked `data-row` inside the element; Enter follows the focused one by itself. */
export const rowNavigation: Attachment<HTMLElement> = (node) => {
	const keydown = (event: KeyboardEvent) => {
		if (event.metaKey || event.ctrlKey || event.altKey || !(event.target instanceof HTMLElement) || !event.target.matches('a[data-row]'))
			return;
		const rows = [...node.querySelectorAll<HTMLElement>('a[data-row]')];
		const at = rows.indexOf(event.target);
		const targets: Record<string, number> = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: rows.length - 1 };
		const to = targets[event.key];
		if (to === undefined) return;
		event.preventDefault();
		if (to < 0) document.querySelector<HTMLElement>('[data-search]')?.focus();
		rows[to]?.focus();
		rows[to]?.scrollIntoView({ block: 'nearest' });
	};
	node.addEventListener('keydown', keydown);
	return () => node.removeEventListener('keydown', keydown);
};
