// @ts-check
import { listMessages, sentenceOf } from './api.js';
/** @import { Filter, Summary } from './contract.js' */

/** @type {Filter} */
export const noFilter = { search: '', recipient: '', source: '', stream: '' };

/**
 * What was typed, as the API takes it: `to:ada@demo.test` narrows to a recipient, everything else is searched for.
 *
 * @param {string} typed
 * @returns {Pick<Filter, 'search' | 'recipient'>}
 */
export function parseSearch(typed) {
	const recipient = /(?:^|\s)to:(\S+)/i.exec(typed);
	return { recipient: recipient?.[1] ?? '', search: typed.replace(recipient?.[0] ?? '', '').trim() };
}

const pageSize = 50;
/** The most the API gives at once, and the most that is kept up to date. */
const mostShown = 500;
/** More new messages than this at once are asked for instead of put in one by one. */
const floodSize = 25;
const togetherMs = 50;

/** The messages of the list: one page after the other, kept up to date by what the stream tells. Newest first. */
export class Messages {
	/** @type {Summary[]} */
	items = [];
	total = 0;
	/** @type {'loading' | 'ready' | 'failed'} */
	state = 'loading';
	/** Why the last load failed. */
	problem = '';
	/** The next page is on its way. */
	loadingMore = false;
	/** @type {Filter} */
	filter = noFilter;

	/** @type {string | null} */
	#next = null;
	#turn = 0;
	#changed;
	/** @type {Map<string, Summary>} */
	#news = new Map();
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#taking;

	/** @param {() => void} changed called after every change */
	constructor(changed) {
		this.#changed = changed;
	}

	get hasMore() {
		return this.#next !== null;
	}

	get isFiltered() {
		return Object.values(this.filter).some((each) => each !== '');
	}

	/** @param {Filter} filter */
	narrow(filter) {
		this.filter = filter;
		return this.#ask(pageSize);
	}

	/** Asks for the first page, or for as many as are shown. */
	load() {
		return this.#ask(Math.min(Math.max(pageSize, this.items.length), mostShown));
	}

	/**
	 * An answer that another question overtook is thrown away.
	 *
	 * @param {number} limit
	 */
	async #ask(limit) {
		const turn = ++this.#turn;
		try {
			const page = await listMessages(this.filter, { limit });
			if (turn !== this.#turn) return;
			this.items = page.messages;
			this.#next = page.next;
			this.total = page.total;
			this.state = 'ready';
		} catch (error) {
			if (turn !== this.#turn) return;
			this.state = 'failed';
			this.problem = sentenceOf(error);
		}
		this.#changed();
	}

	/** Asks for the next page. Rejects when there is no answer; what is shown stays. */
	async loadMore() {
		if (this.#next === null || this.loadingMore) return;
		const turn = this.#turn;
		this.loadingMore = true;
		this.#changed();
		try {
			const page = await listMessages(this.filter, { before: this.#next, limit: pageSize });
			if (turn !== this.#turn) return;
			const known = new Set(this.items.map(({ id }) => id));
			this.items = [...this.items, ...page.messages.filter(({ id }) => !known.has(id))];
			this.#next = page.next;
			this.total = page.total;
		} finally {
			this.loadingMore = false;
			this.#changed();
		}
	}

	/**
	 * A message came or changed. Those of one moment are taken in together: a campaign is thousands of them.
	 *
	 * @param {Summary} message
	 */
	received(message) {
		this.#news.set(message.id, message);
		if (this.#taking !== undefined) return;
		this.#taking = setTimeout(() => {
			const news = [...this.#news.values()];
			this.#news.clear();
			this.#taking = undefined;
			this.#takeIn(news);
		}, togetherMs);
	}

	/** @param {Summary[]} news */
	#takeIn(news) {
		const known = new Map(news.map((message) => [message.id, message]));
		this.items = this.items.map((message) => {
			const changed = known.get(message.id);
			known.delete(message.id);
			return changed ?? message;
		});
		const isSearch = this.filter.search !== '' || this.filter.recipient !== '';
		const fresh = [...known.values()].filter((message) => this.#belongs(message));
		// Only the server knows what a search finds, and a flood is read from it a page at a time.
		if (fresh.length > 0 && (isSearch || fresh.length > floodSize || this.items.length + fresh.length > mostShown)) {
			void this.load();
			return;
		}
		for (const message of fresh) {
			const place = this.items.findIndex(({ receivedAt }) => receivedAt <= message.receivedAt);
			// Older than all that is shown while there are more pages: it changed on one of those.
			if (place < 0 && this.#next !== null) continue;
			this.items = this.items.toSpliced(place < 0 ? this.items.length : place, 0, message);
			this.total += 1;
		}
		this.#changed();
	}

	/** @param {string | null} id null for all of them */
	removed(id) {
		if (id === null) this.#news.clear();
		else this.#news.delete(id);
		if (id === null) {
			this.items = [];
			this.total = 0;
			this.#next = null;
		} else {
			const left = this.items.filter((message) => message.id !== id);
			if (left.length === this.items.length) return;
			this.items = left;
			this.total -= 1;
		}
		this.#changed();
	}

	/** @param {Summary} message */
	#belongs({ source, stream }) {
		return (!this.filter.source || this.filter.source === source) && (!this.filter.stream || this.filter.stream === stream);
	}
}
