import type { MailContext } from './context.ts';
import { formatAddress, type Message } from './message.ts';
import { loadMessages } from './outbox.ts';

/** A message as the mailbox lists it. `to`, `cc` and `bcc` are bare addresses; `from` has the name. */
export const summaryOf = (message: Message) => ({
	id: message.id,
	source: message.source,
	stream: message.stream,
	from: formatAddress(message.sender),
	to: message.recipients.to.map(({ email }) => email),
	cc: message.recipients.cc.map(({ email }) => email),
	bcc: message.recipients.bcc.map(({ email }) => email),
	subject: message.subject,
	tag: message.tag === '' ? null : message.tag,
	metadata: message.metadata,
	receivedAt: message.receivedAt.toISOString(),
	status: message.status,
	opened: message.opened,
	clicked: message.clicked,
	attachments: message.attachmentList.length,
	preview: message.preview,
	read: message.read
});

/** Tells open mailboxes that messages came or changed. */
export async function announce(mail: MailContext, ids: string[]): Promise<void> {
	if (mail.feed.silent) return;
	for (const message of await loadMessages(mail.sql, ids)) mail.feed.send({ event: 'message', data: summaryOf(message) });
}
