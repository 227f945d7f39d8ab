// @ts-check
import { arrange, byId, element } from './dom.js';
import { emptyState } from './empty-state.js';
import { Row } from './list-row.js';
import { noMail } from './no-mail.js';
/** @import { Messages } from './messages.js' */

/** The list of messages: rows, what is said when there are none, and the way to more. One row at a time is in the tab order. */
export class ListView {
	/** @type {Map<string, Row>} */
	#rows = new Map();
	#list = byId('list', HTMLOListElement);
	#end = byId('list-end', HTMLElement);
	#messages;
	#asked;
	/** The row that arrows and Tab reach. @type {string | null} */
	#current = null;
	/** What stands below the rows, to draw it anew only when that changes. */
	#ending = '';

	/**
	 * @param {Messages} messages
	 * @param {{ onmore: () => void, onretry: () => void, onclearfilter: () => void, smtpPort: () => number | undefined }} asked
	 */
	constructor(messages, asked) {
		this.#messages = messages;
		this.#asked = asked;
		this.#list.addEventListener('focusin', (event) => {
			const row = event.target instanceof Element ? event.target.closest('a') : null;
			if (row?.dataset.id) this.#makeCurrent(row.dataset.id);
		});
	}

	/** @param {string | null} openId the message that is shown beside the list */
	draw(openId) {
		const { items, total, isFiltered, state } = this.#messages;
		const had = this.#focusedId;
		const place = had ? [...this.#rows.keys()].indexOf(had) : -1;

		const rows = items.map((message) => {
			const row = this.#rows.get(message.id) ?? new Row(message);
			row.update(message);
			if (message.id === openId) row.link.setAttribute('aria-current', 'true');
			else row.link.removeAttribute('aria-current');
			return row;
		});
		this.#rows = new Map(rows.map((row) => [row.id, row]));
		arrange(
			this.#list,
			rows.map((row) => row.element)
		);
		const current = [this.#current, openId, items[0]?.id].find((id) => id && this.#rows.has(id));
		if (current) this.#makeCurrent(current);
		// A row that went away while it had the focus hands it to the one in its place.
		if (had && !this.#rows.has(had)) rows[Math.min(place, rows.length - 1)]?.link.focus();

		const word = element('span', { class: 'word' }, total === 1 ? ' message' : ' messages');
		byId('count', HTMLElement).replaceChildren(...(state === 'ready' ? [total.toLocaleString(), word] : []));
		byId('clear', HTMLButtonElement).disabled = total === 0 && !isFiltered;
		const isEmpty = items.length === 0 && openId === null;
		byId('panes', HTMLElement).classList.toggle('is-empty', isEmpty);
		byId('panes', HTMLElement).classList.toggle('is-bare', isEmpty && !isFiltered && state === 'ready');
		this.#drawEnd();
	}

	get #focusedId() {
		const row = document.activeElement?.closest('a.row');
		return row instanceof HTMLElement ? (row.dataset.id ?? null) : null;
	}

	/** @param {string} id */
	#makeCurrent(id) {
		if (this.#current !== null) this.#rows.get(this.#current)?.link.setAttribute('tabindex', '-1');
		this.#current = id;
		this.#rows.get(id)?.link.setAttribute('tabindex', '0');
	}

	/**
	 * Puts the focus on the row `step` further down (or up, when negative); on the current one when the focus is elsewhere.
	 *
	 * @param {number} step
	 */
	move(step) {
		const ids = [...this.#rows.keys()];
		const focused = this.#focusedId;
		const at = ids.indexOf(focused ?? this.#current ?? '');
		const beside = focused === null && document.activeElement === document.body && at <= 0;
		const to = ids[beside ? 0 : Math.min(Math.max(at + step, 0), ids.length - 1)];
		if (to !== undefined) this.focus(to);
	}

	/** @param {string | null} id the current row when null or gone */
	focus(id) {
		const row = this.#rows.get(id ?? '') ?? this.#rows.get(this.#current ?? '');
		row?.link.focus({ preventScroll: true });
		row?.link.scrollIntoView({ block: 'nearest' });
	}

	/** The message that has the focus in the list. @returns {string | null} */
	get focused() {
		return this.#focusedId;
	}

	#drawEnd() {
		const { state, items, problem, isFiltered, hasMore, loadingMore } = this.#messages;
		const key = JSON.stringify([state, items.length === 0, problem, isFiltered, hasMore, loadingMore, this.#asked.smtpPort()]);
		if (key === this.#ending) return;
		this.#ending = key;
		this.#end.replaceChildren(...this.#ends());
	}

	/** @returns {Node[]} */
	#ends() {
		const { state, items, problem, isFiltered, hasMore, loadingMore } = this.#messages;
		if (state === 'failed')
			return [
				emptyState('circle-alert', 'The messages could not be loaded', problem, {
					label: 'Try again',
					run: this.#asked.onretry
				})
			];
		if (state === 'loading') return [element('p', { class: 'list-wait muted' }, 'Loading…')];
		if (items.length === 0 && isFiltered)
			return [
				emptyState('search', 'No message matches', 'Search looks into subjects, addresses and text.', {
					label: 'Show all messages',
					run: this.#asked.onclearfilter
				})
			];
		if (items.length === 0) return [noMail(this.#asked.smtpPort())];
		if (!hasMore) return [];
		return [
			element(
				'div',
				{ class: 'list-more' },
				element(
					'button',
					{ type: 'button', class: 'button', disabled: loadingMore, onclick: () => this.#asked.onmore() },
					loadingMore ? 'Loading…' : 'Load more'
				)
			)
		];
	}
}
