// @ts-check
import { listStreams } from './api.js';
import { byId, element } from './dom.js';
import { parseSearch } from './messages.js';
/** @import { Filter } from './contract.js' */

const typingMs = 200;

/** The search field and the two choices above the list. */
export class Filters {
	#search = byId('search', HTMLInputElement);
	#source = byId('source', HTMLSelectElement);
	#stream = byId('stream', HTMLSelectElement);
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#typing;
	#changed;

	/** @param {{ onchange: (filter: Filter) => void, ondown: () => void }} asked `ondown`: from the field into the list */
	constructor({ onchange, ondown }) {
		this.#changed = () => {
			clearTimeout(this.#typing);
			onchange({ ...parseSearch(this.#search.value), source: this.#source.value, stream: this.#stream.value });
		};
		this.#search.addEventListener('input', () => {
			clearTimeout(this.#typing);
			this.#typing = setTimeout(this.#changed, typingMs);
		});
		this.#search.addEventListener('keydown', (event) => {
			if (event.key === 'ArrowDown') ondown();
			else if (event.key === 'Escape' && this.#search.value === '') this.#search.blur();
			else return;
			event.preventDefault();
		});
		byId('filter', HTMLFormElement).addEventListener('submit', (event) => {
			event.preventDefault();
			this.#changed();
		});
		for (const choice of [this.#source, this.#stream]) choice.addEventListener('change', this.#changed);
	}

	focus() {
		this.#search.select();
	}

	/** Shows everything again. */
	clear() {
		this.#search.value = this.#source.value = this.#stream.value = '';
		this.#changed();
		this.focus();
	}

	/** Asks which streams can be chosen; keeps the choice. */
	async askStreams() {
		const streams = await listStreams();
		const chosen = this.#stream.value;
		this.#stream.replaceChildren(
			element('option', { value: '' }, 'All streams'),
			...streams.map(({ id, name }) => element('option', { value: id }, name || id))
		);
		this.#stream.value = chosen;
	}
}
