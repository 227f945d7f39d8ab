// @ts-check
import { arrange, element, icon } from './dom.js';
import { emptyState } from './empty-state.js';
import { badge, deliveryState, eventBadge } from './status.js';
import { timeElement } from './time.js';
/** @import { MailEvent, WebhookDelivery } from './contract.js' */

/** @param {MailEvent[]} events */
export const isWaiting = (events) => events.some(({ webhooks }) => webhooks.some(({ status }) => status === 'pending'));

/** @param {unknown} value @returns {value is string} */
const isText = (value) => typeof value === 'string' && value !== '';

/**
 * What tells this event from others of its kind: the link, the kind of bounce, the mail program.
 *
 * @param {MailEvent} event
 */
function gist({ type, detail }) {
	/** @param {...string} names @returns {string | undefined} */
	const first = (...names) => names.map((name) => detail[name]).find((value) => isText(value));
	if (type === 'Click') return first('OriginalLink', 'originalLink', 'url');
	if (type === 'Bounce') return [first('Type', 'bounceType', 'type'), first('Description', 'description')].filter(Boolean).join(': ');
	if (type === 'SubscriptionChange') return first('SuppressionReason', 'reason');
	return undefined;
}

/** @param {WebhookDelivery} delivery */
function deliveryRow(delivery) {
	const { tone, icon: name, label, attempts } = deliveryState(delivery);
	return element(
		'li',
		{ class: 'delivery' },
		icon('webhook', 13),
		element('span', { class: 'delivery-url', title: delivery.url }, delivery.url),
		badge(tone, name, label),
		element('span', { class: 'muted tabular' }, attempts)
	);
}

/** @param {MailEvent} event */
function eventRow(event) {
	const about = gist(event);
	return element(
		'li',
		{ class: 'event', 'data-id': event.id },
		element(
			'div',
			{ class: 'event-line' },
			eventBadge(event),
			element('span', { class: 'event-who' }, event.recipient, about && element('span', { class: 'muted' }, ` ${about}`)),
			timeElement(event.at)
		),
		event.webhooks.length > 0
			? element('ul', { class: 'deliveries', 'aria-label': 'Webhooks' }, ...event.webhooks.map(deliveryRow))
			: element('p', { class: 'deliveries muted' }, 'No webhook asks for this.'),
		element(
			'details',
			{},
			element('summary', {}, icon('chevron-right', 12), 'JSON'),
			element('pre', { tabindex: 0 }, JSON.stringify(event.detail, null, 2))
		)
	);
}

/** What happened to a message and where it was told, newest first. What is unfolded stays so. */
export class EventsPart {
	#count = element('span', { class: 'muted tabular' });
	#flush;
	#list = element('ol', { class: 'events', 'aria-label': 'Events, newest first' });
	#none = emptyState(
		'clock',
		'Nothing happened yet',
		'Play the receiver above: each press is an event, and webhooks that ask for it are called.'
	);
	/** @type {Map<string, { shown: string, row: HTMLLIElement }>} */
	#rows = new Map();
	/** The event that was just made. @type {string | null} */
	#fresh = null;

	/** @param {{ onflush: () => Promise<unknown> }} asked */
	constructor({ onflush }) {
		this.#flush = element('button', { type: 'button', class: 'button small' }, icon('send', 13), 'Send waiting webhooks now');
		this.#flush.addEventListener('click', async () => {
			this.#flush.disabled = true;
			await onflush().finally(() => (this.#flush.disabled = false));
		});
		this.element = element(
			'div',
			{ class: 'events-part' },
			element('div', { class: 'part-tools' }, this.#count, this.#flush),
			this.#none,
			this.#list
		);
	}

	/** @param {MailEvent[]} events */
	draw(events) {
		const rows = events
			.toSorted((one, other) => other.at.localeCompare(one.at))
			.map((event) => {
				const shown = JSON.stringify(event);
				const before = this.#rows.get(event.id);
				if (before?.shown === shown) return before.row;
				const row = eventRow(event);
				row.classList.toggle('fresh', event.id === this.#fresh);
				if (before?.row.querySelector('details')?.open || (!before && event.id === this.#fresh)) unfold(row);
				this.#rows.set(event.id, { shown, row });
				return row;
			});
		arrange(this.#list, rows);
		this.#none.hidden = events.length > 0;
		this.#count.textContent = `${events.length} ${events.length === 1 ? 'event' : 'events'}`;
		this.#flush.hidden = !isWaiting(events);
	}

	/**
	 * Marks and unfolds an event, now or as soon as it is drawn.
	 *
	 * @param {string} id
	 */
	reveal(id) {
		this.#fresh = id;
		for (const [each, { row }] of this.#rows) row.classList.toggle('fresh', each === id);
		const row = this.#rows.get(id)?.row;
		if (!row) return;
		unfold(row);
		row.scrollIntoView({ block: 'nearest' });
	}
}

/** @param {HTMLElement} row */
function unfold(row) {
	const details = row.querySelector('details');
	if (details) details.open = true;
}
