// @ts-check
import { busyButton } from './busy-button.js';
import { element, icon } from './dom.js';
import { addressOf, recipientsOf } from './list-row.js';
import { menuButton } from './menu.js';
/** @import { Detail, NewEvent, Suppression } from './contract.js' */

/** Postmark's bounce types that a receiver causes, from its bounce webhook's documentation; the first two are what matters most. */
const bounces = [
	{ type: 'HardBounce', label: 'Hard bounce', hint: 'No such mailbox. The address is suppressed.' },
	{ type: 'SoftBounce', label: 'Soft bounce', hint: 'Mailbox full or away.' },
	{ type: 'Transient', label: 'Transient', hint: 'Temporary trouble; would be tried again.' },
	{ type: 'SpamNotification', label: 'Spam notification', hint: 'Refused as spam by a filter.' },
	{ type: 'Blocked', label: 'Blocked', hint: 'Refused by the provider’s policy.' },
	{ type: 'DnsError', label: 'DNS error', hint: 'The domain has no mail server.' },
	{ type: 'AutoResponder', label: 'Auto responder', hint: 'Out of office.' }
];

/**
 * The receiver's part, played by hand: each press is an event of the message. Drawn anew when the message changes; keeps the chosen
 * recipient.
 */
export class ReceiverBar {
	element = element('section', { class: 'receiver', 'aria-label': 'Play the receiver' });
	#asked;
	/** Who the receiver is, for messages that go to several. */
	recipient = '';
	#drawn = '';

	/** @param {{ onevent: (event: NewEvent) => Promise<unknown> }} asked */
	constructor(asked) {
		this.#asked = asked;
	}

	/**
	 * @param {Detail} message
	 * @param {Suppression[]} suppressions
	 */
	draw(message, suppressions) {
		const recipients = recipientsOf(message);
		if (!recipients.includes(this.recipient)) this.recipient = recipients[0] ?? '';
		const suppressed = suppressions.some(
			({ stream, emailAddress }) => stream === message.stream && addressOf(emailAddress).toLowerCase() === this.recipient.toLowerCase()
		);
		const drawn = JSON.stringify([message.id, this.recipient, suppressed]);
		if (drawn === this.#drawn) return;
		this.#drawn = drawn;

		const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.act : undefined;
		this.element.replaceChildren(
			element('h3', {}, 'Play the receiver'),
			...(recipients.length > 1 ? [this.#recipientChoice(recipients, () => this.draw(message, suppressions))] : []),
			...this.#acts(message, suppressed)
		);
		const again = focused && this.element.querySelector(`[data-act="${focused}"]`);
		if (again instanceof HTMLElement) again.focus();
	}

	/**
	 * @param {string[]} recipients
	 * @param {() => void} changed
	 */
	#recipientChoice(recipients, changed) {
		const select = element(
			'select',
			{ class: 'control small', 'aria-label': 'Recipient' },
			...recipients.map((each) => element('option', { value: each, selected: each === this.recipient }, each))
		);
		select.addEventListener('change', () => {
			this.recipient = select.value;
			changed();
			this.element.querySelector('select')?.focus();
		});
		return element('span', { class: 'select small' }, select, icon('chevron-down', 12));
	}

	/**
	 * @param {Detail} message
	 * @param {boolean} suppressed
	 * @returns {Node[]}
	 */
	#acts(message, suppressed) {
		const recipient = this.recipient;
		const { onevent } = this.#asked;
		return [
			act('delivered', 'circle-check', 'Delivered', () => onevent({ type: 'Delivery', recipient })),
			act('opened', 'eye', 'Opened', () => onevent({ type: 'Open', recipient })),
			message.links.length > 0
				? menuButton({
						label: 'Clicked',
						icon: 'mouse-pointer-click',
						heading: 'Which link?',
						items: message.links.map(({ url, text }) => ({
							label: text.trim() || url,
							hint: url,
							run: () => void onevent({ type: 'Click', recipient, url })
						}))
					})
				: element(
						'button',
						{ type: 'button', class: 'button small', disabled: true, title: 'The message has no link' },
						icon('mouse-pointer-click', 14),
						'Clicked'
					),
			menuButton({
				label: 'Bounce',
				icon: 'circle-x',
				heading: 'How does it bounce?',
				items: bounces.map(({ type, label, hint }) => ({
					label,
					hint,
					run: () => void onevent({ type: 'Bounce', recipient, bounceType: type })
				}))
			}),
			act('complaint', 'shield-alert', 'Spam complaint', () => onevent({ type: 'SpamComplaint', recipient })),
			suppressed
				? act('subscription', 'mail-plus', 'Resubscribe', () => onevent({ type: 'SubscriptionChange', recipient, suppressSending: false }))
				: act('subscription', 'mail-minus', 'Unsubscribe', () => onevent({ type: 'SubscriptionChange', recipient, suppressSending: true }))
		];
	}
}

/**
 * @param {string} name by which the button is found again when the bar is drawn anew
 * @param {string} iconName
 * @param {string} label
 * @param {() => Promise<unknown>} run
 */
const act = (name, iconName, label, run) => busyButton(iconName, label, run, { 'data-act': name });
