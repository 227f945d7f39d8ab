// @ts-check
import { htmlAddress, readSource } from './api.js';
import { element, icon, webAddress } from './dom.js';
import { emptyState } from './empty-state.js';
import { copyButton, notifyProblem } from './notices.js';
/** @import { Detail, Link } from './contract.js' */

const address = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

/**
 * Text with the addresses it was sent with as links. Those that were put in to count clicks lead nowhere here.
 *
 * @param {string} text
 * @param {Link[]} links
 * @returns {(Node | string)[]}
 */
function linked(text, links) {
	const own = new Set(links.map(({ url }) => url));
	const parts = [];
	let from = 0;
	for (const found of text.matchAll(address)) {
		const href = webAddress(found[0]);
		if (!href || !own.has(found[0])) continue;
		parts.push(text.slice(from, found.index), element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, found[0]));
		from = found.index + found[0].length;
	}
	return [...parts, text.slice(from)];
}

/** Whether opens and clicks in the shown message count; a choice for as long as the page is open. */
let counting = false;
/** @type {'desktop' | 'phone'} */
let width = 'desktop';

/**
 * The HTML as a mail program would show it, in a frame that may open links in new tabs and nothing else.
 *
 * @param {Detail} message
 * @param {() => string} recipient who reads it, when that is to count
 */
export function htmlPart(message, recipient) {
	if (message.html === null) return emptyState('mail', 'No HTML part', 'This message is plain text only.');
	const frame = () =>
		element('iframe', {
			title: 'The message as HTML',
			sandbox: 'allow-popups allow-popups-to-escape-sandbox',
			referrerpolicy: 'no-referrer',
			src: htmlAddress(message.id, counting ? recipient() : null)
		});
	const stage = element('div', { class: `stage ${width}` }, frame());

	const count = element('input', { type: 'checkbox', role: 'switch', checked: counting });
	count.addEventListener('change', () => {
		counting = count.checked;
		// A new frame: another address in the same one would be a step in the browser's history.
		stage.replaceChildren(frame());
	});
	/** @param {'desktop' | 'phone'} value @param {string} iconName @param {string} label */
	const widthChoice = (value, iconName, label) => {
		const choice = element('input', { type: 'radio', name: 'width', value, checked: width === value });
		choice.addEventListener('change', () => {
			width = value;
			stage.className = `stage ${width}`;
		});
		return element('label', {}, choice, icon(iconName, 14), label);
	};
	return element(
		'div',
		{ class: 'html-part' },
		element(
			'div',
			{ class: 'part-tools' },
			element(
				'fieldset',
				{ class: 'segments' },
				element('legend', { class: 'hidden-text' }, 'Width'),
				widthChoice('desktop', 'monitor', 'Desktop'),
				widthChoice('phone', 'smartphone', 'Phone')
			),
			element(
				'label',
				{ class: 'switch', title: 'Off: reading here is not counted, and links lead straight to their address.' },
				count,
				element('span', { class: 'switch-track' }),
				'Count opens and clicks'
			)
		),
		stage
	);
}

/** @param {Detail} message */
export function textPart({ text, links }) {
	if (!text) return emptyState('mail', 'No text part', 'Some receivers only read text: a good message has both.');
	return element('pre', { class: 'text-part', tabindex: 0, 'aria-label': 'The message as text' }, ...linked(text, links));
}

/**
 * @param {Detail} message
 * @param {(link: Link) => Promise<unknown>} onclick
 */
export function linksPart({ links }, onclick) {
	return element(
		'ul',
		{ class: 'links-part' },
		...links.map((link) => {
			const href = webAddress(link.url);
			return element(
				'li',
				{},
				element(
					'div',
					{},
					element('span', { class: 'link-text' }, link.text.trim() || '(no text)'),
					href
						? element('a', { href, target: '_blank', rel: 'noopener noreferrer' }, link.url)
						: element('span', { class: 'muted' }, link.url)
				),
				copyButton(link.url, { what: 'link', compact: true }),
				element(
					'button',
					{
						type: 'button',
						class: 'button small',
						'aria-label': `Click ${link.text.trim() || link.url}`,
						onclick: () => void onclick(link)
					},
					icon('mouse-pointer-click', 14),
					'Click'
				)
			);
		})
	);
}

/** @param {Detail} message */
export function headersPart({ headers }) {
	return element(
		'table',
		{ class: 'headers-part' },
		element('caption', { class: 'hidden-text' }, 'Headers'),
		element(
			'tbody',
			{},
			...headers.map(([name, value]) => element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)))
		)
	);
}

/** @param {Detail} message */
export function sourcePart({ id }) {
	const shown = element('pre', { class: 'source-part', tabindex: 0, 'aria-label': 'The message as it was sent' }, 'Loading…');
	const part = element('div', { class: 'source' }, shown);
	readSource(id).then(
		(source) => {
			shown.textContent = source;
			part.prepend(element('div', { class: 'part-tools end' }, copyButton(source, { what: 'source' })));
		},
		(error) => {
			shown.textContent = 'The source could not be loaded.';
			notifyProblem(error);
		}
	);
	return part;
}
