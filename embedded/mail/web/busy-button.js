// @ts-check
import { element, icon } from './dom.js';

/**
 * A small button that takes no second press until what it started has ended. It stays focusable meanwhile.
 *
 * @param {string} iconName
 * @param {string} label
 * @param {() => Promise<unknown>} run
 * @param {Record<string, string>} [attributes]
 */
export function busyButton(iconName, label, run, attributes = {}) {
	const button = element('button', { type: 'button', class: 'button small', ...attributes }, icon(iconName, 14), label);
	button.addEventListener('click', async () => {
		if (button.ariaBusy === 'true') return;
		button.ariaBusy = 'true';
		await run().finally(() => (button.ariaBusy = 'false'));
	});
	return button;
}
