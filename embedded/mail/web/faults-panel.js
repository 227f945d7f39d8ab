// @ts-check
import { addFault, listFaults, removeAllFaults, removeFault, sentenceOf } from './api.js';
import { byId, element, icon } from './dom.js';
import { faultForm } from './fault-form.js';
import { showDialog } from './dialogs.js';
import { describeFault } from './fault-words.js';
import { notifyProblem } from './notices.js';
/** @import { Fault, NewFault } from './contract.js' */

/** How often faults are asked for: scripts add them and requests use them up, and the stream does not tell. */
const askMs = 4000;

/** The faults in force: a banner while there are any, and a drawer to add and remove them. */
export class Faults {
	/** @type {Fault[]} */
	#all = [];
	#known = '';
	#list = element('ul', { class: 'fault-list', 'aria-label': 'Active faults' });
	#none = element('p', { class: 'muted' }, 'None: the provider is healthy. Faults are forgotten when the platform restarts.');
	#removeAll;
	#changed;

	/** @param {(count: number) => void} changed */
	constructor(changed) {
		this.#changed = changed;
		this.#removeAll = element('button', { type: 'button', class: 'button small', onclick: () => this.clear() }, 'Remove all');
		this.#draw();
		setInterval(() => document.visibilityState === 'visible' && void this.ask(), askMs);
	}

	/** Asks which faults there are. Silent about failures: the connection's state is told elsewhere. */
	async ask() {
		const all = await listFaults().catch(() => null);
		if (all === null || JSON.stringify(all) === this.#known) return;
		this.#known = JSON.stringify(all);
		this.#all = all;
		this.#draw();
	}

	open() {
		const problem = element('p', { class: 'problem', role: 'alert' });
		const form = faultForm(async (fault) => {
			problem.textContent = '';
			try {
				await this.#add(fault);
			} catch (error) {
				problem.textContent = sentenceOf(error);
			}
		});
		showDialog({
			title: 'Faults',
			kind: 'drawer',
			body: [
				element('p', { class: 'muted' }, 'What a mail provider does on its bad days, on purpose: to see what the sender makes of it.'),
				element(
					'section',
					{},
					element('header', { class: 'section-head' }, element('h3', {}, 'Active'), this.#removeAll),
					this.#none,
					this.#list
				),
				element('section', {}, element('header', { class: 'section-head' }, element('h3', {}, 'Add a fault')), form, problem)
			]
		});
		void this.ask();
	}

	/** @param {NewFault} fault */
	async #add(fault) {
		await addFault(fault);
		await this.ask();
	}

	/** @param {string} id */
	async #remove(id) {
		await removeFault(id).catch(notifyProblem);
		await this.ask();
	}

	async clear() {
		await removeAllFaults().catch(notifyProblem);
		await this.ask();
	}

	#draw() {
		this.#none.hidden = this.#all.length > 0;
		this.#removeAll.hidden = this.#all.length === 0;
		this.#list.replaceChildren(
			...this.#all.map((fault) => {
				const sentence = describeFault(fault);
				return element(
					'li',
					{},
					icon('triangle-alert', 14),
					element('span', {}, sentence),
					element(
						'button',
						{
							type: 'button',
							class: 'button ghost icon-only small',
							'aria-label': `Remove: ${sentence}`,
							onclick: () => this.#remove(fault.id)
						},
						icon('x', 14)
					)
				);
			})
		);
		byId('fault-banner', HTMLElement).replaceChildren(...this.#banner());
		this.#changed(this.#all.length);
	}

	/** @returns {Node[]} */
	#banner() {
		const [first, ...others] = this.#all;
		if (!first) return [];
		const more = others.length > 0 ? ` And ${others.length} more.` : '';
		return [
			element(
				'div',
				{ class: 'banner' },
				icon('triangle-alert', 14),
				element(
					'p',
					{},
					element('strong', {}, others.length > 0 ? 'Faults are active. ' : 'A fault is active. '),
					describeFault(first),
					more
				),
				element('button', { type: 'button', class: 'button small', onclick: () => this.open() }, 'Review'),
				element('button', { type: 'button', class: 'button small', onclick: () => this.clear() }, 'Remove all')
			)
		];
	}
}
