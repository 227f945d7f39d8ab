// @ts-check
import { flushWebhooks, listSuppressions, markRead, postEvent, readMessage, Refused, sentenceOf, unsubscribeByMail } from './api.js';
import { element, icon, present } from './dom.js';
import { emptyState } from './empty-state.js';
import { EventsPart, isWaiting } from './events-part.js';
import { finds, messageHead, messageState } from './message-head.js';
import { headersPart, htmlPart, linksPart, sourcePart, textPart } from './message-parts.js';
import { go, MessageTabs } from './message-tabs.js';
import { notify, notifyProblem } from './notices.js';
import { ReceiverBar } from './receiver-bar.js';
/** @import { Detail, NewEvent, Suppression } from './contract.js' */
/** @import { Route, Tab } from './route.js' */

/** How often a message is asked for while one of its webhooks waits: deliveries are no news on the stream. */
const waitingMs = 2000;

/** The open message: loads it, keeps it up to date, and lets the receiver act. */
export class MessageView {
	#place;
	#asked;
	/** @type {string | null} */
	#id = null;
	/** The tab the address named; none is the first. @type {Tab | null} */
	#tab = null;
	/** @type {Detail | null} */
	#message = null;
	/** @type {Suppression[]} */
	#suppressions = [];
	#turn = 0;
	/** @type {ReturnType<typeof setTimeout> | undefined} */
	#again;
	#events = new EventsPart({ onflush: () => this.#flush() });
	#receiver = new ReceiverBar({ onevent: (event) => this.act(event) });
	/** @type {MessageTabs | null} */
	#tabs = null;
	#state = element('span');

	/**
	 * @param {HTMLElement} place
	 * @param {{ onback: () => void, ondelete: (id: string) => void }} asked
	 */
	constructor(place, asked) {
		this.#place = place;
		this.#asked = asked;
	}

	/** The id of the open message. */
	get id() {
		return this.#id;
	}

	/** What a key acts on. */
	get message() {
		return this.#message;
	}

	/** @param {Route | null} route */
	async show(route) {
		this.#tab = route?.tab ?? null;
		if (route && route.id === this.#id) {
			if (this.#tabs && this.#message) this.#tabs.show(route.tab ?? firstTab(this.#message));
			return;
		}
		this.#id = route?.id ?? null;
		this.#message = null;
		this.#tabs = null;
		clearTimeout(this.#again);
		if (!route) {
			this.#turn += 1;
			this.#place.replaceChildren(emptyState('mail-open', 'No message open', 'Choose one from the list. Press ? for the keys.'));
			return;
		}
		await this.refresh();
	}

	/** Asks for the open message again and draws what has changed. The HTML frame is not loaded anew: that would count as an open. */
	async refresh() {
		const id = this.#id;
		if (id === null) return;
		const turn = (this.#turn += 1);
		clearTimeout(this.#again);
		try {
			const [message, suppressions] = await Promise.all([readMessage(id), listSuppressions()]);
			if (turn !== this.#turn) return;
			this.#suppressions = suppressions;
			this.#draw(message);
			if (!message.read) markRead(id).catch(notifyProblem);
			if (isWaiting(message.events)) this.#again = setTimeout(() => void this.refresh(), waitingMs);
		} catch (error) {
			if (turn !== this.#turn) return;
			if (error instanceof Refused && error.status === 404) this.#gone();
			else if (this.#message) notifyProblem(error);
			else this.#failed(error);
		}
	}

	/**
	 * The receiver does something: posts the event, then shows what went out.
	 *
	 * @param {NewEvent} event
	 */
	async act(event) {
		const id = this.#id;
		if (id === null) return;
		try {
			const posted = await postEvent(id, event);
			await this.refresh();
			if (this.#id !== id) return;
			go(id, 'events');
			this.#tabs?.show('events');
			this.#events.reveal(posted.id);
		} catch (error) {
			notifyProblem(error);
		}
	}

	async #unsubscribe() {
		if (this.#id === null) return;
		try {
			const { status } = await unsubscribeByMail(this.#id);
			if (status >= 200 && status < 300) notify(`Unsubscribed: the sender answered ${status}.`);
			else notify(`Not unsubscribed: the sender answered ${status}.`, 'danger');
			await this.refresh();
		} catch (error) {
			notifyProblem(error);
		}
	}

	async #flush() {
		try {
			await flushWebhooks();
			await this.refresh();
		} catch (error) {
			notifyProblem(error);
		}
	}

	/** @param {Detail} message */
	#draw(message) {
		const isNew = this.#message === null;
		this.#message = message;
		this.#receiver.draw(message, this.#suppressions);
		this.#events.draw(message.events);
		if (isNew) this.#build(message, this.#tab ?? firstTab(message));
		else this.#tabs?.count(message);
		this.#state.replaceChildren(...messageState(message));
	}

	/**
	 * @param {Detail} message
	 * @param {Tab} tab
	 */
	#build(message, tab) {
		const head = messageHead(message, { onback: this.#asked.onback, ondelete: () => this.#asked.ondelete(message.id) });
		this.#state = head.querySelector('.message-state') ?? this.#state;
		const tabs = new MessageTabs(message, tab, (each) => this.#part(each, message));
		this.#tabs = tabs;
		this.#place.replaceChildren(
			element(
				'article',
				{ class: 'message', 'aria-labelledby': 'subject' },
				...present([head, finds(message, () => this.#unsubscribe()), this.#receiver.element, tabs.element])
			)
		);
		this.#place.scrollTop = 0;
		document.getElementById('subject')?.focus({ preventScroll: true });
		document.title = `${message.subject || '(no subject)'} · Mailbox`;
	}

	/**
	 * @param {Tab} tab
	 * @param {Detail} message
	 * @returns {HTMLElement}
	 */
	#part(tab, message) {
		switch (tab) {
			case 'html':
				return htmlPart(message, () => this.#receiver.recipient);
			case 'text':
				return textPart(message);
			case 'links':
				return linksPart(message, ({ url }) => this.act({ type: 'Click', url }));
			case 'headers':
				return headersPart(message);
			case 'source':
				return sourcePart(message);
			case 'events':
				return this.#events.element;
		}
	}

	#back() {
		return element(
			'button',
			{ type: 'button', class: 'button ghost back', onclick: this.#asked.onback },
			icon('arrow-left'),
			'Back to the list'
		);
	}

	#gone() {
		this.#message = null;
		this.#tabs = null;
		this.#place.replaceChildren(
			this.#back(),
			emptyState('trash-2', 'This message is gone', 'It was deleted, here or by another tab or script.')
		);
	}

	/** @param {unknown} error */
	#failed(error) {
		this.#place.replaceChildren(
			this.#back(),
			emptyState('circle-alert', 'The message could not be loaded', sentenceOf(error), {
				label: 'Try again',
				run: () => void this.refresh()
			})
		);
	}
}

/** @param {Detail} message @returns {Tab} */
const firstTab = ({ html }) => (html === null ? 'text' : 'html');
