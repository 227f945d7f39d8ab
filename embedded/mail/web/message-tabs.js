// @ts-check
import { element } from './dom.js';
import { routeTo } from './route.js';
/** @import { Detail } from './contract.js' */
/** @import { Tab } from './route.js' */

/** @type {Record<Tab, string>} */
const labels = { html: 'HTML', text: 'Text', links: 'Links', headers: 'Headers', source: 'Source', events: 'Events' };

/** The tabs of a message. Which is shown is in the address; a part is made when it is first shown and kept, so that a frame loads once. */
export class MessageTabs {
	element = element('div', { class: 'parts' });
	#bar = element('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Parts of the message' });
	/** @type {Map<Tab, HTMLButtonElement>} */
	#buttons = new Map();
	/** @type {Map<Tab, HTMLElement>} */
	#panels = new Map();
	#make;
	/** @type {Tab} */
	shown;

	/**
	 * @param {Detail} message
	 * @param {Tab} shown
	 * @param {(tab: Tab) => HTMLElement} make
	 */
	constructor(message, shown, make) {
		this.#make = make;
		this.shown = shown;
		for (const tab of tabsOf(message)) {
			const button = element(
				'button',
				{ type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-controls': `panel-${tab}`, onclick: () => go(message.id, tab) },
				labels[tab]
			);
			const panel = element('div', {
				role: 'tabpanel',
				id: `panel-${tab}`,
				class: `panel panel-${tab}`,
				'aria-labelledby': `tab-${tab}`,
				hidden: true
			});
			this.#buttons.set(tab, button);
			this.#panels.set(tab, panel);
		}
		this.#bar.append(...this.#buttons.values());
		this.#bar.addEventListener('keydown', (event) => this.#keydown(event));
		this.element.append(this.#bar, ...this.#panels.values());
		this.count(message);
		this.show(shown);
	}

	/** @param {Detail} message numbers on the tabs that have some */
	count({ links, events }) {
		for (const [tab, number] of /** @type {[Tab, number][]} */ ([
			['links', links.length],
			['events', events.length]
		]))
			this.#buttons
				.get(tab)
				?.replaceChildren(labels[tab], ...(number > 0 ? [' ', element('span', { class: 'tab-count tabular' }, number)] : []));
	}

	/** @param {Tab} tab */
	show(tab) {
		this.shown = this.#panels.has(tab) ? tab : 'text';
		for (const [each, panel] of this.#panels) {
			const button = this.#buttons.get(each);
			const here = each === this.shown;
			button?.setAttribute('aria-selected', String(here));
			button?.setAttribute('tabindex', here ? '0' : '-1');
			panel.hidden = !here;
			if (here && !panel.firstChild) panel.append(this.#make(each));
		}
	}

	/** @param {KeyboardEvent} event */
	#keydown(event) {
		const all = [...this.#buttons.values()];
		const at = all.findIndex((button) => button === document.activeElement);
		/** @type {Record<string, number>} */
		const moves = { ArrowRight: (at + 1) % all.length, ArrowLeft: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 };
		const to = moves[event.key];
		if (to === undefined || at < 0) return;
		event.preventDefault();
		all[to]?.focus();
		all[to]?.click();
	}
}

/**
 * @param {Detail} message
 * @returns {Tab[]}
 */
export function tabsOf({ links }) {
	return links.length > 0 ? ['html', 'text', 'links', 'headers', 'source', 'events'] : ['html', 'text', 'headers', 'source', 'events'];
}

/**
 * Turns to a tab without leaving a step in the browser's history.
 *
 * @param {string} id
 * @param {Tab} tab
 */
export function go(id, tab) {
	location.replace(routeTo(id, tab));
}
