// @ts-check
import { element, icon } from './dom.js';
/** @import { EventType, MailEvent, Status, Summary, WebhookDelivery } from './contract.js' */

/** @typedef {'neutral' | 'outline' | 'accent' | 'success' | 'warning' | 'danger'} Tone */

/** @type {Record<Status, { label: string, icon: string, tone: Tone, means: string }>} */
const statuses = {
	queued: { label: 'Queued', icon: 'clock', tone: 'neutral', means: 'Accepted, not sent yet' },
	sent: { label: 'Sent', icon: 'send', tone: 'neutral', means: 'Sent; the receiver has not answered yet' },
	delivered: { label: 'Delivered', icon: 'circle-check', tone: 'success', means: 'The receiver took it' },
	bounced: { label: 'Bounced', icon: 'circle-x', tone: 'danger', means: 'The receiver refused it' },
	complained: { label: 'Spam complaint', icon: 'shield-alert', tone: 'danger', means: 'The receiver reported it as spam' },
	dropped: { label: 'Dropped', icon: 'circle-slash', tone: 'warning', means: 'Accepted, but never sent' }
};

/** @type {Record<EventType, { label: string, icon: string, tone: Tone }>} */
const events = {
	Delivery: { label: 'Delivered', icon: 'circle-check', tone: 'success' },
	Bounce: { label: 'Bounced', icon: 'circle-x', tone: 'danger' },
	SpamComplaint: { label: 'Spam complaint', icon: 'shield-alert', tone: 'danger' },
	Open: { label: 'Opened', icon: 'eye', tone: 'accent' },
	Click: { label: 'Clicked', icon: 'mouse-pointer-click', tone: 'accent' },
	SubscriptionChange: { label: 'Subscription', icon: 'mail', tone: 'neutral' }
};

/**
 * @param {Tone} tone
 * @param {string | null} iconName
 * @param {string} label
 * @param {string} [title]
 */
export function badge(tone, iconName, label, title) {
	return element('span', { class: `badge ${tone}`, title }, iconName && icon(iconName, 12), element('span', { class: 'truncate' }, label));
}

/** @param {Status} status */
export function statusBadge(status) {
	const { tone, icon: name, label, means } = statuses[status];
	return badge(tone, name, label, means);
}

/** @param {MailEvent} event */
const suppresses = ({ detail }) => (detail['SuppressSending'] ?? detail['suppressSending']) === true;

/** @param {MailEvent} event */
export function eventBadge(event) {
	if (event.type === 'SubscriptionChange')
		return suppresses(event) ? badge('warning', 'mail-minus', 'Unsubscribed') : badge('success', 'mail-plus', 'Resubscribed');
	const { tone, icon: name, label } = events[event.type];
	return badge(tone, name, label);
}

/**
 * How far a webhook got, in words.
 *
 * @param {WebhookDelivery} delivery
 * @returns {{ tone: Tone, icon: string, label: string, attempts: string }}
 */
export function deliveryState({ status, attempts, lastStatus }) {
	const answer = lastStatus === null ? (attempts > 0 ? 'no answer' : null) : `answered ${lastStatus}`;
	const count = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
	const attemptsText = answer ? `${count}, ${answer}` : count;
	if (status === 'done') return { tone: 'success', icon: 'circle-check', label: 'Done', attempts: attemptsText };
	if (status === 'gave_up') return { tone: 'danger', icon: 'circle-x', label: 'Gave up', attempts: attemptsText };
	return { tone: 'warning', icon: 'clock', label: 'Waiting', attempts: attemptsText };
}

/**
 * Opens, clicks and attachments, as icons with numbers.
 *
 * @param {Pick<Summary, 'opened' | 'clicked' | 'attachments'>} message
 */
export function counts({ opened, clicked, attachments }) {
	/** @type {[number, string, string, string][]} */
	const all = [
		[attachments, 'paperclip', 'attachment', 'attachments'],
		[opened, 'eye', 'open', 'opens'],
		[clicked, 'mouse-pointer-click', 'click', 'clicks']
	];
	return all
		.filter(([number]) => number > 0)
		.map(([number, name, one, many]) =>
			element(
				'span',
				{ class: 'count tabular', title: `${number} ${number === 1 ? one : many}` },
				icon(name, 13),
				number,
				element('span', { class: 'hidden-text' }, ` ${number === 1 ? one : many}`)
			)
		);
}
