import { randomUUID } from 'node:crypto';
import { bounceType, type BounceType } from './bounce-types.ts';
import type { MailContext } from './context.ts';
import { writeEvents, type NewEvent } from './events.ts';
import type { Draft, Message } from './message.ts';
import { acceptDraft, saveMessages, sizeOf } from './outbox.ts';
import { deliveryPayload } from './payloads.ts';
import { happen } from './receiver.ts';
import { announce } from './summaries.ts';

/**
 * A message about to be accepted, and to whom of its recipients nothing goes. The API has told its caller of them already;
 * over SMTP, which can refuse a message only as a whole, they become bounces, as Postmark does it.
 */
export type Accepting = {
	draft: Draft;
	/** Postmark unsubscribes the recipients of this stream itself. */
	streamUnsubscribes: boolean;
	/** Suppressed addresses. */
	blocked: Set<string>;
};

/** Postmark's addresses that bounce as their local part, or a header, says (https://postmarkapp.com/support/article/1239-how-to-test-bounces). */
function fakeBounce(address: string, draft: Draft): BounceType | undefined {
	const [local = '', domain = ''] = address.split('@');
	if (domain !== 'bounce-testing.postmarkapp.com') return undefined;
	const asked = bounceType(draft.headers.find(([name]) => name.toLowerCase() === 'x-pm-bounce-type')?.[1] ?? local);
	return asked && asked.type !== 'SpamComplaint' ? asked : bounceType('HardBounce');
}

/**
 * Accepts messages: they are kept when this resolves, all of them or none. What their receivers do by themselves
 * (taking a message, bouncing it) is part of the same transaction. Returns them in order.
 */
export async function accept(mail: MailContext, accepting: Accepting[]): Promise<Message[]> {
	const receivedAt = new Date();
	const deliveries: NewEvent[] = [];
	const bounces: { message: Message; recipient: string; kind: BounceType }[] = [];

	const accepted = accepting.map(({ draft, streamUnsubscribes, blocked }) => {
		const ownUnsubscribe = draft.headers.some(([name]) => name.toLowerCase() === 'list-unsubscribe');
		const message = acceptDraft(draft, randomUUID(), receivedAt, streamUnsubscribes && !ownUnsubscribe);
		if (draft.source === 'postmark') message.addresses = message.addresses.filter((address) => !blocked.has(address));
		for (const recipient of message.addresses) {
			const kind = blocked.has(recipient) ? bounceType('SMTPApiError') : fakeBounce(recipient, draft);
			if (kind) bounces.push({ message, recipient, kind });
			else if (mail.receiver.delivers === 'automatically') {
				const payload = () => deliveryPayload(message, recipient, receivedAt);
				deliveries.push({ type: 'Delivery', messageId: message.id, stream: message.stream, recipient, at: receivedAt, payload });
				message.status = 'delivered';
			}
		}
		if (message.addresses.every((address) => blocked.has(address))) message.status = 'dropped';
		return { message, draft };
	});

	await mail.sql.begin(async (sql) => {
		await saveMessages(sql, accepted);
		await writeEvents(sql, deliveries);
		for (const { message, recipient, kind } of bounces) await happen(sql, message, recipient, { type: 'Bounce', kind });
	});
	mail.sender.wake();
	await announce(
		mail,
		accepted.map(({ message }) => message.id)
	);
	await mail.pruner.noteKept(
		accepted.length,
		accepting.reduce((sum, { draft }) => sum + sizeOf(draft), 0)
	);
	return accepted.map(({ message }) => message);
}
