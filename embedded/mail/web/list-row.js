// @ts-check
import { element } from './dom.js';
import { badge, counts, statusBadge } from './status.js';
import { timeElement } from './time.js';
import { routeTo } from './route.js';
/** @import { Summary } from './contract.js' */

/**
 * The display name of `Ada Lindqvist <ada@demo.test>`, or the address when there is none.
 *
 * @param {string} person
 */
export function nameOf(person) {
	const name = /^\s*"?([^"<]*?)"?\s*</.exec(person)?.[1];
	return name || addressOf(person);
}

/**
 * The bare address of `Ada Lindqvist <ada@demo.test>`.
 *
 * @param {string} person
 */
export const addressOf = (person) => /<([^<>]*)>\s*$/.exec(person)?.[1] ?? person.trim();

/** @param {Summary} message every address it goes to, once */
export const recipientsOf = ({ to, cc, bcc }) => [...new Set([...to, ...cc, ...bcc].map(addressOf))];

/** @param {Summary} message */
function content(message) {
	const [first = 'nobody', ...others] = recipientsOf(message);
	return [
		element(
			'span',
			{ class: 'row-dot', title: message.read ? null : 'Unread' },
			!message.read && element('span', { class: 'hidden-text' }, 'Unread. ')
		),
		element(
			'span',
			{ class: 'row-who' },
			element('span', { class: 'row-to truncate', title: `To ${[first, ...others].join(', ')}` }, first),
			others.length > 0 && element('span', { class: 'muted tabular' }, `+${others.length}`),
			element('span', { class: 'row-from muted truncate' }, `from ${nameOf(message.from)}`)
		),
		timeElement(message.receivedAt),
		element(
			'span',
			{ class: 'row-what truncate' },
			element('span', { class: 'row-subject' }, message.subject || '(no subject)'),
			element('span', { class: 'muted' }, `  ${message.preview}`)
		),
		element(
			'span',
			{ class: 'row-facts' },
			statusBadge(message.status),
			badge('neutral', null, message.stream, 'Message stream'),
			message.tag && badge('outline', null, message.tag, 'Tag'),
			element('span', { class: 'row-counts' }, ...counts(message))
		)
	];
}

/** A message in the list: a link to it. Drawn anew only when what it shows has changed. */
export class Row {
	#shown = '';

	/** @param {Summary} message */
	constructor(message) {
		this.id = message.id;
		this.link = element('a', { class: 'row', href: routeTo(message.id), tabindex: -1, 'data-id': message.id });
		this.element = element('li', {}, this.link);
		this.update(message);
	}

	/** @param {Summary} message */
	update(message) {
		const shown = JSON.stringify(message);
		if (shown === this.#shown) return;
		this.#shown = shown;
		this.link.classList.toggle('unread', !message.read);
		this.link.replaceChildren(...content(message));
	}
}
