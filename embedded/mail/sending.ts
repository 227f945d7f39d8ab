import { randomUUID } from 'node:crypto';
import { accept, type Accepting } from './acceptance.ts';
import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { readDraft } from './drafts.ts';
import { ApiError, Disconnected, refused } from './errors.ts';
import { endure, type Place } from './faults.ts';
import { postmarkTime } from './times.ts';
import { addressesOf, formatAddress, type Address, type Draft } from './message.ts';
import { allStreams, type Stream } from './streams.ts';
import { suppressedAmong } from './suppressions.ts';
import { fillTemplate } from './templates.ts';

const MOST_IN_BATCH = 500;

type Accepted = { To: string; Cc?: string; Bcc?: string; SubmittedAt: string; MessageID: string; ErrorCode: 0; Message: string };

const inactive = (addresses: string[]) =>
	refused(
		406,
		'You tried to send to recipient(s) that have been marked as inactive. ' +
			`Found inactive addresses: ${addresses.join(', ')}. ` +
			'Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a manual suppression.'
	);

function accepted(draft: Draft, messageId: string, message: string, at = new Date()): Accepted {
	const list = (addresses: Address[]) => addresses.map(formatAddress).join(', ');
	const { to, cc, bcc } = draft.recipients;
	return {
		To: list(to),
		...(cc.length > 0 ? { Cc: list(cc) } : {}),
		...(bcc.length > 0 ? { Bcc: list(bcc) } : {}),
		SubmittedAt: postmarkTime(at),
		MessageID: messageId,
		ErrorCode: 0,
		Message: message
	};
}

/** The stream a message can be sent in. Throws 1235 or 1236. */
export function sendingStream(streams: Stream[], id: string): Stream {
	const stream = streams.find((known) => known.id === id && !known.archivedAt);
	if (!stream) throw refused(1235, `The stream provided: '${id}' does not exist on this server.`);
	if (stream.type === 'Inbound') throw refused(1236, 'Sending is not supported for this stream type.');
	return stream;
}

/** What can be said of a message before it is accepted. */
type Judged = { answer: Accepted } | { error: ApiError } | { accepting: Accepting; note: string };

function judge(
	mail: MailContext,
	place: Place,
	draft: Draft,
	streams: Stream[],
	suppressed: Map<string, Set<string>>,
	isTest: boolean
): Judged {
	const stream = sendingStream(streams, draft.stream);
	if (isTest) return { answer: accepted(draft, randomUUID(), 'Test job accepted') };
	const fault = mail.faults.takeForMessage(place, draft);
	if (fault?.kind === 'reject') return { error: refused(fault.errorCode, fault.message) };
	if (fault?.kind === 'drop') return { answer: accepted(draft, randomUUID(), 'OK') };

	const addresses = addressesOf(draft);
	const blocked = addresses.filter((address) => suppressed.get(stream.id)?.has(address));
	if (blocked.length === addresses.length) return { error: inactive(blocked) };
	const note = blocked.length === 0 ? 'OK' : `Message OK, but will not deliver to these inactive addresses: ${blocked.join(', ')}`;
	return { accepting: { draft, streamUnsubscribes: stream.unsubscribe === 'Postmark', blocked: new Set(blocked) }, note };
}

const asApiError = (error: unknown): ApiError => {
	if (error instanceof ApiError) return error;
	throw error;
};

/** Sends what was read of a request, each message for itself: an error in one does not stop the others. Answers in order. */
async function sendAll(mail: MailContext, place: Place, read: (Draft | ApiError)[], isTest: boolean): Promise<(Accepted | ApiError)[]> {
	const drafts = read.flatMap((draft) => (draft instanceof ApiError ? [] : [draft]));
	// Faults are told for messages that count: a test token's message never leaves, and uses none up.
	const { losesAnswer } = isTest ? { losesAnswer: false } : await endure(mail.faults.takeForRequest(place, drafts));

	const streams = await allStreams(mail.sql);
	const suppressed = new Map<string, Set<string>>();
	for (const id of new Set(drafts.map(({ stream }) => stream))) {
		const addresses = drafts.filter(({ stream }) => stream === id).flatMap(addressesOf);
		suppressed.set(id, await suppressedAmong(mail.sql, id, addresses));
	}
	const judged = read.map((draft): Judged => {
		if (draft instanceof ApiError) return { error: draft };
		try {
			return judge(mail, place, draft, streams, suppressed, isTest);
		} catch (error) {
			return { error: asApiError(error) };
		}
	});
	const messages = await accept(
		mail,
		judged.flatMap((one) => ('accepting' in one ? [one.accepting] : []))
	);
	if (losesAnswer) throw new Disconnected();
	let next = 0;
	return judged.map((one) => {
		if ('error' in one) return one.error;
		if ('answer' in one) return one.answer;
		const message = messages[next++];
		if (!message) throw new Error('a message was lost on the way to the database');
		return accepted(one.accepting.draft, message.id, one.note, message.receivedAt);
	});
}

const read = (fields: unknown): Draft | ApiError => {
	try {
		return readDraft(fields);
	} catch (error) {
		return asApiError(error);
	}
};

async function readTemplated(mail: MailContext, fields: unknown): Promise<Draft | ApiError> {
	try {
		return readDraft(await fillTemplate(mail.sql, fields));
	} catch (error) {
		return asApiError(error);
	}
}

async function sendOne(mail: MailContext, draft: Draft | ApiError, isTest: boolean): Promise<Accepted> {
	const [result] = await sendAll(mail, 'email', [draft], isTest);
	if (!result || result instanceof ApiError) throw result;
	return result;
}

async function sendMany(mail: MailContext, drafts: (Draft | ApiError)[], isTest: boolean): Promise<object> {
	const results = await sendAll(mail, 'batch', drafts, isTest);
	return results.map((result) => (result instanceof ApiError ? { ErrorCode: result.code, Message: result.message } : result));
}

function batchOf(messages: unknown): unknown[] {
	if (!Array.isArray(messages)) throw refused(402, 'Received invalid JSON input: a list of messages is expected.');
	if (messages.length > MOST_IN_BATCH) throw refused(410, `You may only send up to ${MOST_IN_BATCH} messages in a single batched request.`);
	return messages;
}

export const sendEmail = (mail: MailContext, { body, isTest }: Call) => sendOne(mail, read(body), isTest);

export const sendTemplate = async (mail: MailContext, { body, isTest }: Call) => sendOne(mail, await readTemplated(mail, body), isTest);

export const sendBatch = (mail: MailContext, { list, isTest }: Call) => sendMany(mail, batchOf(list).map(read), isTest);

export async function sendTemplateBatch(mail: MailContext, { body, isTest }: Call): Promise<object> {
	const drafts: (Draft | ApiError)[] = [];
	for (const fields of batchOf(body.Messages)) drafts.push(await readTemplated(mail, fields));
	return sendMany(mail, drafts, isTest);
}
