// @ts-check
import { byId, element, icon } from './dom.js';
import { sentenceOf } from './api.js';

const shownMs = 6000;

/**
 * Says something at the corner of the page, for a while; aloud to screen readers.
 *
 * @param {string} message
 * @param {'success' | 'danger'} [tone]
 */
export function notify(message, tone = 'success') {
	const dismiss = element('button', { type: 'button', class: 'button ghost icon-only small', 'aria-label': 'Dismiss' }, icon('x', 14));
	const notice = element(
		'div',
		{ class: `notice ${tone}` },
		icon(tone === 'danger' ? 'circle-alert' : 'circle-check'),
		element('p', {}, message),
		dismiss
	);
	const wait = setTimeout(() => notice.remove(), tone === 'danger' ? 2 * shownMs : shownMs);
	dismiss.addEventListener('click', () => {
		clearTimeout(wait);
		notice.remove();
	});
	const all = byId('notices', HTMLElement);
	all.append(notice);
	if (all.children.length > 3) all.firstElementChild?.remove();
}

/** @param {unknown} error */
export const notifyProblem = (error) => notify(sentenceOf(error), 'danger');

/**
 * A button that puts text into the clipboard and says so on itself.
 *
 * @param {string} text
 * @param {{ what: string, compact?: boolean, class?: string, id?: string }} options `what` is copied: “code”, “message id”
 */
export function copyButton(text, { what, compact = false, class: extra = 'small', id }) {
	const label = element('span', { class: compact ? 'hidden-text' : '' }, 'Copy');
	const button = element(
		'button',
		{
			type: 'button',
			id,
			class: `button ${compact ? 'ghost icon-only' : ''} ${extra}`,
			title: `Copy the ${what}`,
			'aria-label': `Copy the ${what}`
		},
		icon('copy', 14),
		label
	);
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	let back;
	button.addEventListener('click', async () => {
		try {
			await navigator.clipboard.writeText(text);
		} catch (error) {
			return notifyProblem(error);
		}
		byId('announcer', HTMLElement).textContent = `Copied the ${what}`;
		button.replaceChildren(icon('check', 14), label);
		label.textContent = 'Copied';
		clearTimeout(back);
		back = setTimeout(() => {
			button.replaceChildren(icon('copy', 14), label);
			label.textContent = 'Copy';
			byId('announcer', HTMLElement).textContent = '';
		}, 1600);
	});
	return button;
}
