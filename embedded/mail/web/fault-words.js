// @ts-check
/** @import { Fault, FaultEffect, FaultPlace, NewFault } from './contract.js' */

/** @typedef {{ key: string, label: string, hint: string, fault: NewFault, narrow?: boolean }} Usual `narrow`: of little use for all mail */

/** What a fault of whole requests happens to. @type {Record<FaultPlace, [one: string, many: string]>} */
const requests = {
	email: ['request for a single message', 'requests for a single message'],
	batch: ['batch request', 'batch requests'],
	messages: ['search for messages', 'searches for messages'],
	webhooks: ['request for webhook settings', 'requests for webhook settings'],
	smtp: ['SMTP message', 'SMTP messages'],
	any: ['request', 'requests']
};

/** What a rejection or drop happens to, which pick single messages. @type {Record<FaultPlace, [one: string, many: string]>} */
const messages = {
	...requests,
	email: ['message sent singly', 'messages sent singly'],
	batch: ['message in a batch', 'messages in batches'],
	any: ['message', 'messages']
};

/** @type {Record<FaultPlace, string>} what the choice of a place is called in the form */
export const placeLabels = {
	email: 'Single messages',
	batch: 'Batches',
	messages: 'Message search',
	webhooks: 'Webhook settings',
	smtp: 'SMTP',
	any: 'Everywhere'
};

/** @param {number} ms */
const seconds = (ms) => (ms % 1000 === 0 || ms > 10_000 ? `${Math.round(ms / 1000)} s` : `${ms} ms`);

/** @type {Record<number, string>} */
const statusNames = { 429: 'Too Many Requests', 500: 'Internal Server Error', 503: 'Service Unavailable' };

/**
 * The predicate of the sentence, for one (“answers”) or several (“answer”).
 *
 * @param {FaultEffect} effect
 * @param {boolean} several
 */
function happening(effect, several) {
	const s = several ? '' : 's';
	switch (effect.kind) {
		case 'delay':
			return `wait${s} ${seconds(effect.ms)} before the answer`;
		case 'status': {
			const name = statusNames[effect.status];
			const after = effect.retryAfter === undefined ? '' : `, Retry-After ${effect.retryAfter} s`;
			return `answer${s} ${effect.status}${name ? ` ${name}` : ''}${after}`;
		}
		case 'reject':
			return `${several ? 'are' : 'is'} refused with ${effect.errorCode} “${effect.message}”`;
		case 'drop':
			return `${several ? 'are' : 'is'} accepted, then dropped`;
		case 'disconnect':
			return effect.when === 'before'
				? `lose${s} the connection before anything is accepted`
				: `${several ? 'are' : 'is'} accepted, but the connection closes before the answer`;
	}
}

/** @param {NewFault} fault */
function narrowed({ match = {} }) {
	const { to, stream, subject, metadata = {} } = match;
	const parts = [
		to && `to ${to}`,
		stream && `on stream ${stream}`,
		subject && `with “${subject}” in the subject`,
		...Object.entries(metadata).map(([name, value]) => `with ${name} = ${value}`)
	].filter(Boolean);
	return parts.length > 0 ? ` ${parts.join(', ')}` : '';
}

/**
 * A fault as a sentence: “The next 2 batch requests answer 503 Service Unavailable.”
 *
 * @param {NewFault | Fault} fault
 */
export function describeFault(fault) {
	const { at, times, effect } = fault;
	const [one, many] = (effect.kind === 'reject' || effect.kind === 'drop' ? messages : requests)[at];
	const several = times !== undefined && times > 1;
	const subject = times === undefined ? `Every ${one}` : several ? `The next ${times} ${many}` : `The next ${one}`;
	return `${subject}${narrowed(fault)} ${happening(effect, several)}.`;
}

/**
 * The usual ones, to start from.
 *
 * @type {[Usual, ...Usual[]]}
 */
export const usualFaults = [
	{
		key: 'delay',
		label: 'Answer slowly',
		hint: 'Does the sender wait, and not send twice?',
		fault: { at: 'any', effect: { kind: 'delay', ms: 5000 } }
	},
	{
		key: '429',
		label: '429 Too many requests',
		hint: 'Does the sender wait as long as Retry-After says?',
		fault: { at: 'batch', times: 1, effect: { kind: 'status', status: 429, retryAfter: 5 } }
	},
	{
		key: '500',
		label: '500 Server error',
		hint: 'Does the sender try again, later?',
		fault: { at: 'batch', times: 1, effect: { kind: 'status', status: 500 } }
	},
	{
		key: 'reject',
		label: 'Reject one recipient',
		hint: 'The rest of the batch is accepted: is only this one marked?',
		narrow: true,
		fault: { at: 'batch', effect: { kind: 'reject', errorCode: 406, message: 'Inactive recipient' } }
	},
	{
		key: 'drop',
		label: 'Accept, then drop',
		hint: 'The sender has a MessageID for a message that never existed.',
		fault: { at: 'any', times: 1, effect: { kind: 'drop' } }
	},
	{
		key: 'before',
		label: 'Disconnect before accepting',
		hint: 'Nothing was sent: may the sender try again?',
		fault: { at: 'batch', times: 1, effect: { kind: 'disconnect', when: 'before' } }
	},
	{
		key: 'after',
		label: 'Disconnect after accepting',
		hint: 'All was sent, the answer is lost: does the sender find out instead of sending twice?',
		fault: { at: 'batch', times: 1, effect: { kind: 'disconnect', when: 'after' } }
	}
];
