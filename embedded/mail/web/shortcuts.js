// @ts-check
import { showDialog } from './dialogs.js';
import { element } from './dom.js';

/** @typedef {{ keys: string[], label: string, group: string, run?: (event: KeyboardEvent) => void }} Shortcut without `run` the browser does it */

/** @param {EventTarget | null} target */
const isTyping = (target) =>
	target instanceof Element && target.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');

/**
 * Listens for shortcuts on the whole page. They rest while somebody types and while a dialog or menu is open, and leave chords
 * with Ctrl, Alt or ⌘ to the browser.
 *
 * @param {Shortcut[]} shortcuts
 */
export function listenForShortcuts(shortcuts) {
	addEventListener('keydown', (event) => {
		if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
		if (isTyping(event.target) || document.querySelector('dialog:modal, :popover-open')) return;
		// Arrows in tabs, radio buttons and the text of a message are theirs.
		if (event.key.startsWith('Arrow') && event.target instanceof Element && event.target.closest('[role=tablist], [type=radio], pre'))
			return;
		const found = shortcuts.find(({ keys }) => keys.includes(event.key));
		if (!found?.run) return;
		event.preventDefault();
		found.run(event);
	});
}

/** @type {Record<string, string>} */
const caps = { ArrowDown: '↓', ArrowUp: '↑', Escape: 'Esc', Delete: 'Del' };

/** @param {Omit<Shortcut, 'run'>[]} shortcuts */
export function showShortcuts(shortcuts) {
	const groups = Map.groupBy(shortcuts, ({ group }) => group);
	showDialog({
		title: 'Keyboard shortcuts',
		kind: 'dialog',
		body: [...groups].map(([group, all]) =>
			element(
				'section',
				{ class: 'keys' },
				element('h3', {}, group),
				element(
					'dl',
					{},
					...all.map(({ label, keys }) =>
						element('div', {}, element('dt', {}, label), element('dd', {}, ...keys.map((key) => element('kbd', {}, caps[key] ?? key))))
					)
				)
			)
		)
	});
}
