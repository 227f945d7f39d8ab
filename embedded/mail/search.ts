import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { refused } from './errors.ts';
import { pageOf, type Fields } from './fields.ts';
import { formatAddress, type Address, type Message } from './message.ts';
import { sourceOf } from './mime.ts';
import { findMessages, loadMessage } from './outbox.ts';
import { postmarkTime, timeIn } from './times.ts';

/** A message as Postmark's Messages API lists it (https://postmarkapp.com/developer/api/messages-api). */
function listed(message: Message): object {
	const full = (addresses: Address[]) => addresses.map(({ email, name }) => ({ Email: email, Name: name || null }));
	return {
		Tag: message.tag,
		MessageID: message.id,
		MessageStream: message.stream,
		To: full(message.recipients.to),
		Cc: full(message.recipients.cc),
		Bcc: full(message.recipients.bcc),
		Recipients: message.addresses,
		ReceivedAt: postmarkTime(message.receivedAt),
		From: formatAddress(message.sender),
		Subject: message.subject,
		Attachments: message.attachmentList.map(({ name }) => name),
		Status: 'Sent',
		TrackOpens: message.trackOpens,
		TrackLinks: message.trackLinks,
		Metadata: message.metadata,
		Sandboxed: false
	};
}

async function findMessage(mail: MailContext, id: string): Promise<Message> {
	const message = await loadMessage(mail.sql, id);
	if (!message) throw refused(701, 'This message was not found.');
	return message;
}

/** Outbound message search. Without `messagestream` it looks at `outbound`, as Postmark does. */
export async function searchOutbound(mail: MailContext, { query }: Call): Promise<object> {
	const page = pageOf(query, 700);
	const status = query.get('status')?.toLowerCase();
	if (status && !['queued', 'sent', 'processed'].includes(status))
		throw refused(700, "Parameter 'status' is one of queued, sent, processed.");
	// Names keep their case here, unlike those of other parameters.
	const metadata = [...query].filter(([name]) => name.startsWith('metadata_'));
	if (status === 'queued') return { TotalCount: 0, Messages: [] };
	const filter = {
		stream: query.get('messagestream') ?? 'outbound',
		recipient: query.get('recipient'),
		sender: query.get('fromemail'),
		tag: query.get('tag'),
		subject: query.get('subject'),
		from: timeIn(query, 'fromdate', 700),
		to: timeIn(query, 'todate', 700),
		metadata:
			metadata.length > 0 ? Object.fromEntries(metadata.map(([name, value]) => [name.slice('metadata_'.length), value])) : undefined,
		sentOnly: true
	};
	const { messages, total } = await findMessages(mail.sql, filter, page);
	return { TotalCount: total, Messages: messages.map(listed) };
}

type EventRow = { type: string; recipient: string; at: Date; id: number; detail: Fields };

/** An event as message details tell it, in other names than webhooks. */
function messageEvent({ type, recipient, at, id, detail }: EventRow): object {
	const event = (Type: string, Details: object) => ({ Recipient: recipient, Type, ReceivedAt: postmarkTime(at), Details });
	switch (type) {
		case 'Delivery':
			return event('Delivered', { DeliveryMessage: detail.Details, DestinationServer: 'localhost', DestinationIP: '127.0.0.1' });
		case 'Open':
			return event('Opened', { Summary: `Email opened with ${String(detail.UserAgent)}` });
		case 'Click':
			return event('LinkClicked', {
				Summary: `Tracked link was clicked from the ${String(detail.ClickLocation)} body`,
				Link: detail.OriginalLink,
				ClickLocation: detail.ClickLocation
			});
		case 'SubscriptionChange':
			return event('SubscriptionChanged', { Origin: detail.Origin, SuppressSending: detail.SuppressSending ? 'True' : 'False' });
		default:
			return event(detail.Type === 'Transient' ? 'Transient' : 'Bounced', { Summary: detail.Details, BounceID: id });
	}
}

export async function outboundDetails(mail: MailContext, { id }: Call): Promise<object> {
	const message = await findMessage(mail, id);
	const events = await mail.sql<
		EventRow[]
	>`select type, recipient, at, id, detail from events where message_id = ${message.id} order by id`;
	return {
		TextBody: message.text ?? '',
		HtmlBody: message.html ?? '',
		Body: (await sourceOf(mail, message)).toString(),
		...listed(message),
		MessageEvents: events.map(messageEvent)
	};
}

export async function outboundDump(mail: MailContext, { id }: Call): Promise<object> {
	return { Body: (await sourceOf(mail, await findMessage(mail, id))).toString() };
}

/** Parameters of opens and clicks, and where in the event they look. */
const readerFilters: [parameter: string, path: string[]][] = [
	['tag', ['Tag']],
	['platform', ['Platform']],
	['client_name', ['Client', 'Name']],
	['client_company', ['Client', 'Company']],
	['client_family', ['Client', 'Family']],
	['os_name', ['OS', 'Name']],
	['os_company', ['OS', 'Company']],
	['os_family', ['OS', 'Family']],
	['country', ['Geo', 'Country']],
	['region', ['Geo', 'Region']],
	['city', ['Geo', 'City']]
];

/** Postmark keeps the first open by each recipient, and the first click of each link by each. */
async function readings(mail: MailContext, type: 'Open' | 'Click', { id, query }: Call): Promise<{ total: number; events: Fields[] }> {
	const { sql } = mail;
	const { count, offset } = pageOf(query, 700);
	const messageId = id === '' ? null : (await findMessage(mail, id)).id;
	const recipient = query.get('recipient')?.toLowerCase();
	const where = sql`
		type = ${type} and first
		and ${messageId ? sql`message_id = ${messageId}` : sql`stream = ${query.get('messagestream') ?? 'outbound'}`}
		and ${recipient ? sql`recipient = ${recipient}` : sql`true`}
		${readerFilters.map(([parameter, path]) => {
			const value = query.get(parameter);
			return value ? sql`and detail #>> ${path} = ${value}` : sql``;
		})}`;
	const [[total], rows] = await Promise.all([
		sql<{ count: number }[]>`select count(*)::int from events where ${where}`,
		sql<{ detail: Fields }[]>`select detail from events where ${where} order by id desc limit ${count} offset ${offset}`
	]);
	const events = rows.map(({ detail: { Metadata: _, ...detail } }) => detail);
	return { total: total?.count ?? 0, events };
}

export async function listOpens(mail: MailContext, call: Call): Promise<object> {
	const { total, events } = await readings(mail, 'Open', call);
	return { TotalCount: total, Opens: events };
}

export async function listClicks(mail: MailContext, call: Call): Promise<object> {
	const { total, events } = await readings(mail, 'Click', call);
	return { TotalCount: total, Clicks: events };
}
