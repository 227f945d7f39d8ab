// @ts-check
/** @import { Detail, Fault, Filter, MailEvent, NewEvent, NewFault, Page, Receiver, Stream, Suppression, Webhook } from './contract.js' */

/** An answer that is no success, with a sentence to show. `status` is 0 when there was no answer. */
export class Refused extends Error {
	/**
	 * @param {number} status
	 * @param {string} message
	 */
	constructor(status, message) {
		super(message);
		this.name = 'Refused';
		this.status = status;
	}
}

/**
 * What to tell somebody about a failure.
 *
 * @param {unknown} error
 */
export const sentenceOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {Response} response */
async function refusalOf(response) {
	const body = await response.json().catch(() => null);
	const said = [body?.message, body?.Message, body?.error].find((each) => typeof each === 'string' && each !== '');
	return new Refused(response.status, said ?? `The mailbox answered with status ${response.status}.`);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function send(method, path, body) {
	const response = await fetch(`/api/${path}`, {
		method,
		headers: body ? { 'content-type': 'application/json' } : {},
		body: body ? JSON.stringify(body) : null
	}).catch(() => {
		throw new Refused(0, 'The mailbox does not answer. Is the platform still running?');
	});
	if (!response.ok) throw await refusalOf(response);
	return response;
}

/** @param {string} path @returns {Promise<any>} */
const read = async (path) => (await send('GET', path)).json();

const at = encodeURIComponent;

/**
 * @param {Filter} filter
 * @param {{ before?: string | null, limit: number }} page
 * @returns {Promise<Page>}
 */
export function listMessages(filter, { before = null, limit }) {
	const query = new URLSearchParams({ limit: String(limit) });
	for (const [name, value] of Object.entries({ ...filter, before })) if (value) query.set(name, value);
	return read(`messages?${query}`);
}

/** @param {string} id @returns {Promise<Detail>} */
export const readMessage = (id) => read(`messages/${at(id)}`);

/** @param {string} id @returns {Promise<string>} the message as it went over the wire */
export const readSource = async (id) => (await send('GET', `messages/${at(id)}/source`)).text();

/** @param {string} id @param {string | null} recipient whose opens and clicks in it count; null counts none */
export const htmlAddress = (id, recipient) =>
	`/api/messages/${at(id)}/html?track=${recipient === null ? '0' : `1&recipient=${at(recipient)}`}`;

/** @param {string} id @param {number} index */
export const attachmentAddress = (id, index) => `/api/messages/${at(id)}/attachments/${index}`;

/** @param {string} id */
export const markRead = (id) => send('POST', `messages/${at(id)}/read`);

/** @param {string} id */
export const removeMessage = (id) => send('DELETE', `messages/${at(id)}`);

export const removeAllMessages = () => send('DELETE', 'messages');

/** @param {string} id @param {NewEvent} event @returns {Promise<MailEvent>} */
export const postEvent = async (id, event) => (await send('POST', `messages/${at(id)}/events`, event)).json();

/** @param {string} id @returns {Promise<{ status: number }>} what the sender's unsubscribe address answered */
export const unsubscribeByMail = async (id) => (await send('POST', `messages/${at(id)}/unsubscribe`)).json();

/** @returns {Promise<Stream[]>} */
export const listStreams = () => read('streams');

/** @returns {Promise<Suppression[]>} */
export const listSuppressions = () => read('suppressions');

/** @param {Suppression} suppression */
export const removeSuppression = ({ stream, emailAddress }) => send('DELETE', `suppressions/${at(stream)}/${at(emailAddress)}`);

/** @returns {Promise<Receiver>} */
export const readReceiver = () => read('receiver');

/** @param {Receiver['delivers']} delivers */
export const setReceiver = (delivers) => send('PUT', 'receiver', { delivers });

/** @returns {Promise<Fault[]>} */
export const listFaults = () => read('faults');

/** @param {NewFault} fault */
export const addFault = (fault) => send('POST', 'faults', fault);

/** @param {string} id */
export const removeFault = (id) => send('DELETE', `faults/${at(id)}`);

export const removeAllFaults = () => send('DELETE', 'faults');

/** @returns {Promise<Webhook[]>} */
export const listWebhooks = () => read('webhooks');

export const flushWebhooks = () => send('POST', 'webhooks/flush');
