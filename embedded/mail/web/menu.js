// @ts-check
import { element, icon } from './dom.js';

/** @typedef {{ label: string, hint?: string, run: () => void }} MenuItem */

let made = 0;

/**
 * A button that opens a menu. The browser closes it on Escape and on a click elsewhere; arrows, Home and End move in it.
 *
 * @param {{ label: string, icon: string, items: MenuItem[], heading?: string }} options
 */
export function menuButton({ label, icon: iconName, items, heading }) {
	const id = `menu-${(made += 1)}`;
	const button = element(
		'button',
		{ type: 'button', class: 'button small', popovertarget: id, 'aria-haspopup': 'menu', 'aria-expanded': 'false' },
		icon(iconName, 14),
		label,
		icon('chevron-down', 12)
	);
	const choices = items.map((item) =>
		element(
			'button',
			{
				type: 'button',
				role: 'menuitem',
				tabindex: -1,
				onclick: () => {
					menu.hidePopover();
					item.run();
				}
			},
			element('span', { class: 'truncate' }, item.label),
			item.hint && element('span', { class: 'hint' }, item.hint)
		)
	);
	const menu = element(
		'div',
		{ id, class: 'menu', popover: 'auto', role: 'menu', 'aria-label': heading ?? label },
		heading && element('p', { class: 'menu-heading', role: 'presentation' }, heading),
		...choices
	);

	menu.addEventListener('toggle', (event) => {
		const open = event instanceof ToggleEvent && event.newState === 'open';
		button.setAttribute('aria-expanded', String(open));
		if (!open) return;
		place(menu, button);
		choices[0]?.focus();
	});
	menu.addEventListener('keydown', (event) => {
		const at = choices.findIndex((choice) => choice === document.activeElement);
		/** @type {Record<string, number>} */
		const moves = {
			ArrowDown: (at + 1) % choices.length,
			ArrowUp: (at - 1 + choices.length) % choices.length,
			Home: 0,
			End: choices.length - 1
		};
		const to = moves[event.key];
		if (to !== undefined) {
			event.preventDefault();
			choices[to]?.focus();
		} else if (event.key === 'Tab') menu.hidePopover();
		event.stopPropagation();
	});
	return element('span', { class: 'menu-holder' }, button, menu);
}

/**
 * Under the button, or above it where there is more room, and inside the window.
 *
 * @param {HTMLElement} menu
 * @param {HTMLElement} button
 */
function place(menu, button) {
	const gap = 4;
	const edge = 8;
	const at = button.getBoundingClientRect();
	const { width, height } = menu.getBoundingClientRect();
	const below = at.bottom + gap + height <= innerHeight - edge || at.top < innerHeight - at.bottom;
	menu.style.top = `${Math.max(edge, below ? at.bottom + gap : at.top - gap - height)}px`;
	menu.style.left = `${Math.max(edge, Math.min(at.left, innerWidth - width - edge))}px`;
}
