// @ts-check
import { element, icon } from './dom.js';

/**
 * What stands where nothing is: why, and what to do about it.
 *
 * @param {string} iconName
 * @param {string} title
 * @param {string} text
 * @param {{ label: string, run: () => void }} [action]
 */
export function emptyState(iconName, title, text, action) {
	return element(
		'div',
		{ class: 'empty' },
		element('div', { class: 'empty-icon', 'aria-hidden': 'true' }, icon(iconName, 18)),
		element('h2', {}, title),
		element('p', { class: 'muted' }, text),
		action && element('button', { type: 'button', class: 'button', onclick: () => action.run() }, action.label)
	);
}
