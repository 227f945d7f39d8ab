import type { TransactionSql } from 'postgres';
import { bounceType, type BounceType } from './bounce-types.ts';
import type { MailContext } from './context.ts';
import { writeEvents, type EventType } from './events.ts';
import type { Message, Status } from './message.ts';
import { bouncePayload, bounceReport, clickPayload, deliveryPayload, openPayload, subscriptionPayload } from './payloads.ts';
import { announce } from './summaries.ts';
import { suppress, unsuppress, type Reason } from './suppressions.ts';

/** What a receiver does with a message. */
export type Happening =
	| { type: 'Delivery' }
	| { type: 'Bounce'; kind: BounceType; description?: string }
	| { type: 'SpamComplaint' }
	| { type: 'Open'; userAgent: string }
	| { type: 'Click'; url: string; location: 'HTML' | 'Text'; userAgent: string }
	| { type: 'SubscriptionChange'; suppressSending: boolean; reason: Reason };

/** The message was removed before something could happen to it. */
export class MessageGone extends Error {}

/** A status only goes forward: a late delivery does not undo a complaint. */
const order: Status[] = ['queued', 'dropped', 'sent', 'delivered', 'bounced', 'complained'];
const statusAfter: Partial<Record<EventType, Status>> = { Delivery: 'delivered', Bounce: 'bounced', SpamComplaint: 'complained' };
const complaint = bounceType('SpamComplaint');

async function changeSubscription(
	sql: TransactionSql,
	message: Message,
	recipient: string,
	at: Date,
	{ suppressSending, reason }: { suppressSending: boolean; reason: Reason }
): Promise<number> {
	if (suppressSending) await suppress(sql, message.stream, recipient, reason, 'Recipient');
	else await unsuppress(sql, message.stream, recipient);
	const change = { suppressSending, reason, origin: 'Recipient' } as const;
	const payload = () => subscriptionPayload(message, message.stream, recipient, at, change);
	const [id] = await writeEvents(sql, [
		{ type: 'SubscriptionChange', messageId: message.id, stream: message.stream, recipient, at, payload }
	]);
	return id ?? 0;
}

/** A bounce or complaint; those of a kind that suppresses the address are followed by the change of subscription. */
async function bounce(
	sql: TransactionSql,
	message: Message,
	recipient: string,
	at: Date,
	kind: BounceType,
	details: string
): Promise<number> {
	const reason = kind.type === 'HardBounce' || kind.type === 'SpamComplaint' ? kind.type : null;
	const changed = reason !== null && (await suppress(sql, message.stream, recipient, reason, 'Recipient'));
	const base = { messageId: message.id, stream: message.stream, recipient, at };
	const [id = 0] = await writeEvents(sql, [
		{
			...base,
			type: reason === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce',
			payload: (id) => bouncePayload(message, recipient, at, { id, kind, details, inactive: reason !== null }),
			content: bounceReport(message, recipient, kind, details)
		}
	]);
	if (changed) {
		const change = { suppressSending: true, reason, origin: 'Recipient' } as const;
		await writeEvents(sql, [
			{ ...base, type: 'SubscriptionChange', payload: () => subscriptionPayload(message, message.stream, recipient, at, change) }
		]);
	}
	return id;
}

async function isFirst(
	sql: TransactionSql,
	message: Message,
	recipient: string,
	type: 'Open' | 'Click',
	link: string | null
): Promise<boolean> {
	const [earlier] = await sql`
		select 1 from events where message_id = ${message.id} and type = ${type} and recipient = ${recipient}
			and (${link}::text is null or detail ->> 'OriginalLink' = ${link}) limit 1`;
	return !earlier;
}

async function write(sql: TransactionSql, message: Message, recipient: string, happening: Happening): Promise<number> {
	const at = new Date();
	const base = { messageId: message.id, stream: message.stream, recipient, at };
	switch (happening.type) {
		case 'Delivery':
			return (await writeEvents(sql, [{ ...base, type: 'Delivery', payload: () => deliveryPayload(message, recipient, at) }]))[0] ?? 0;
		case 'Bounce': {
			const { kind, description = kind.description } = happening;
			return bounce(sql, message, recipient, at, { ...kind, description }, `smtp;550 5.1.1 ${description}`);
		}
		case 'SpamComplaint':
			if (!complaint) throw new Error('the table of bounce types has no SpamComplaint');
			return bounce(sql, message, recipient, at, complaint, 'The recipient marked the message as spam');
		case 'Open': {
			const first = await isFirst(sql, message, recipient, 'Open', null);
			const payload = () => openPayload(message, recipient, at, { userAgent: happening.userAgent, first });
			return (await writeEvents(sql, [{ ...base, type: 'Open', first, payload }]))[0] ?? 0;
		}
		case 'Click': {
			const first = await isFirst(sql, message, recipient, 'Click', happening.url);
			return (
				(await writeEvents(sql, [{ ...base, type: 'Click', first, payload: () => clickPayload(message, recipient, at, happening) }]))[0] ??
				0
			);
		}
		case 'SubscriptionChange':
			return changeSubscription(sql, message, recipient, at, happening);
	}
}

/** Writes down, in a transaction, what happened to a message and all that follows from it. Returns the event's id. Throws MessageGone. */
export async function happen(sql: TransactionSql, message: Message, recipient: string, happening: Happening): Promise<number> {
	// Locked: of two opens at once only one is the first.
	const [kept] = await sql<{ status: Status }[]>`select status from messages where id = ${message.id} for update`;
	if (!kept) throw new MessageGone();
	const id = await write(sql, message, recipient, happening);
	const status = statusAfter[happening.type] ?? kept.status;
	const isSmtpError = happening.type === 'Bounce' && happening.kind.type === 'SMTPApiError';
	const forward = order.indexOf(status) > order.indexOf(kept.status) && !isSmtpError;
	await sql`
		update messages set
			status = ${forward ? status : kept.status},
			opened = opened + ${happening.type === 'Open' ? 1 : 0},
			clicked = clicked + ${happening.type === 'Click' ? 1 : 0}
		where id = ${message.id}`;
	return id;
}

/** What happened to a message, written down for good; webhooks are on their way. Returns the event's id. Throws MessageGone. */
export async function record(mail: MailContext, message: Message, recipient: string, happening: Happening): Promise<number> {
	const id = await mail.sql.begin((sql) => happen(sql, message, recipient, happening));
	mail.sender.wake();
	await announce(mail, [message.id]);
	return id;
}
