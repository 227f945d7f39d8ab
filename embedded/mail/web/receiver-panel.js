// @ts-check
import { flushWebhooks, listSuppressions, listWebhooks, readReceiver, removeSuppression, sentenceOf, setReceiver } from './api.js';
import { element, icon } from './dom.js';
import { showDialog } from './dialogs.js';
import { notifyProblem } from './notices.js';
import { badge } from './status.js';
import { timeElement } from './time.js';
/** @import { Receiver, Suppression, Webhook } from './contract.js' */

/** @type {{ value: Receiver['delivers'], label: string, about: string }[]} */
const ways = [
	{ value: 'automatically', label: 'Automatically', about: 'Every accepted message is delivered at once.' },
	{ value: 'by hand', label: 'By hand', about: 'Messages stay “Sent” until you press Delivered or Bounce.' }
];

/** The drawer with what is not about one message: how mail is delivered, who is told, and who gets nothing any more. */
export function openReceiver() {
	const delivers = section('Delivery');
	const webhooks = section('Webhooks');
	const suppressions = section('Suppressions');

	const drawDelivery = async () => {
		const { delivers: chosen } = await readReceiver();
		delivers.body.replaceChildren(
			element(
				'fieldset',
				{ class: 'choices' },
				element('legend', { class: 'hidden-text' }, 'Mail is delivered'),
				...ways.map((way) => wayChoice(way, chosen))
			)
		);
	};
	const drawWebhooks = async () => {
		const all = await listWebhooks();
		const waiting = all.reduce((sum, { pending }) => sum + pending, 0);
		webhooks.body.replaceChildren(
			...(all.length === 0
				? [element('p', { class: 'muted' }, 'None. The sender registers its address with POST /webhooks, as it does at Postmark.')]
				: [element('ul', { class: 'panel-list' }, ...all.map(webhookRow))])
		);
		webhooks.actions.replaceChildren(
			...(waiting > 0 ? [button(`Send ${waiting} waiting now`, async () => (await flushWebhooks(), drawWebhooks()))] : [])
		);
	};
	const drawSuppressions = async () => {
		const all = await listSuppressions();
		suppressions.body.replaceChildren(
			...(all.length === 0
				? [
						element(
							'p',
							{ class: 'muted' },
							'None. Hard bounces, spam complaints and unsubscribes put addresses here, per stream; mail to them is refused with 406.'
						)
					]
				: [element('ul', { class: 'panel-list' }, ...all.map((each) => suppressionRow(each, drawSuppressions)))])
		);
	};

	showDialog({ title: 'Receiver', kind: 'drawer', body: [delivers.element, webhooks.element, suppressions.element] });
	for (const [part, draw] of /** @type {const} */ ([
		[delivers, drawDelivery],
		[webhooks, drawWebhooks],
		[suppressions, drawSuppressions]
	]))
		draw().catch((error) => part.body.replaceChildren(element('p', { class: 'problem', role: 'alert' }, sentenceOf(error))));
}

/** @param {string} title */
function section(title) {
	const body = element('div', {});
	const actions = element('span', {});
	return {
		body,
		actions,
		element: element('section', {}, element('header', { class: 'section-head' }, element('h3', {}, title), actions), body)
	};
}

/**
 * @param {string} label
 * @param {() => Promise<unknown>} run
 */
const button = (label, run) =>
	element('button', { type: 'button', class: 'button small', onclick: () => run().catch(notifyProblem) }, label);

/**
 * @param {typeof ways[number]} way
 * @param {Receiver['delivers']} chosen
 */
function wayChoice({ value, label, about }, chosen) {
	const radio = element('input', { type: 'radio', name: 'delivers', value, checked: value === chosen });
	radio.addEventListener('change', () => setReceiver(value).catch(notifyProblem));
	return element('label', { class: 'choice' }, radio, element('span', {}, label, element('span', { class: 'muted' }, about)));
}

/** @param {Webhook} webhook */
function webhookRow({ url, stream, triggers, lastAttemptAt, lastStatus, pending }) {
	const isGood = lastStatus !== null && lastStatus >= 200 && lastStatus < 300;
	const last =
		lastAttemptAt === null
			? badge('neutral', 'clock', 'Not called yet')
			: badge(
					isGood ? 'success' : 'danger',
					isGood ? 'circle-check' : 'circle-x',
					lastStatus === null ? 'No answer' : `Answered ${lastStatus}`
				);
	return element(
		'li',
		{},
		element('span', { class: 'panel-name', title: url }, url),
		element(
			'span',
			{ class: 'panel-facts' },
			last,
			pending > 0 && badge('warning', 'clock', `${pending} waiting`),
			badge('neutral', null, stream),
			lastAttemptAt !== null && timeElement(lastAttemptAt)
		),
		element('span', { class: 'muted' }, triggers.join(', ') || 'No triggers')
	);
}

/**
 * @param {Suppression} suppression
 * @param {() => Promise<void>} changed
 */
function suppressionRow(suppression, changed) {
	const { emailAddress, stream, reason, origin, createdAt } = suppression;
	const remove = element(
		'button',
		{
			type: 'button',
			class: 'button ghost icon-only small',
			'aria-label': `Remove ${emailAddress} from ${stream}`,
			title: 'Remove',
			onclick: () => removeSuppression(suppression).then(changed, notifyProblem)
		},
		icon('x', 14)
	);
	return element(
		'li',
		{ class: 'with-action' },
		element('span', { class: 'panel-name', title: emailAddress }, emailAddress),
		element(
			'span',
			{ class: 'panel-facts' },
			badge('danger', 'user-x', reason),
			badge('neutral', null, stream),
			element('span', { class: 'muted' }, `by ${origin}`),
			timeElement(createdAt)
		),
		remove
	);
}
