import MailComposer from 'nodemailer/lib/mail-composer';
import PostalMime, { type Address as ParsedAddress } from 'postal-mime';
import type { MailContext } from './context.ts';
import type { Address, Message } from './message.ts';
import { loadAttachment, loadRaw } from './outbox.ts';
import { deliveredTo } from './tracking.ts';

/** The header by which mail programs unsubscribe with one click (RFC 8058), for links Postmark handles itself. */
const unsubscribeHeaders = (url: string | null): [string, string][] =>
	url
		? [
				['List-Unsubscribe', `<${url}>`],
				['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click']
			]
		: [];

const toAddress = ({ email, name }: Address) => ({ name, address: email });

/** The message as it went over the wire to its first recipient: as it came over SMTP, or made of what the API was given. */
export async function sourceOf(mail: MailContext, message: Message): Promise<Buffer> {
	const raw = await loadRaw(mail.sql, message.id);
	if (raw) return raw;
	const { html, text, unsubscribeUrl } = deliveredTo(mail, message, 0);
	const attachments = [];
	for (const [position, { name, contentType, contentId }] of message.attachmentList.entries()) {
		const content = (await loadAttachment(mail.sql, message.id, position)) ?? Buffer.alloc(0);
		attachments.push({ filename: name, contentType, content, ...(contentId ? { cid: contentId } : {}) });
	}
	const own = message.headers.filter(([name]) => !/^(message-id|date|x-pm-bounce-type)$/i.test(name));
	const given = (wanted: string) => message.headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
	const marks: [string, string][] = [
		['X-PM-Message-Id', message.id],
		...(message.tag ? [['X-PM-Tag', message.tag] satisfies [string, string]] : [])
	];
	const composer = new MailComposer({
		from: toAddress(message.sender),
		to: message.recipients.to.map(toAddress),
		cc: message.recipients.cc.map(toAddress),
		replyTo: message.replyTo || undefined,
		subject: message.subject,
		date: given('date') ?? message.receivedAt,
		messageId: given('message-id') ?? `<${message.id}@mtasv.net>`,
		headers: [...own, ...unsubscribeHeaders(unsubscribeUrl), ...marks].map(([key, value]) => ({ key, value })),
		html: html ?? undefined,
		text: text ?? undefined,
		attachments,
		baseBoundary: message.id,
		newline: 'win',
		disableFileAccess: true,
		disableUrlAccess: true
	});
	return composer.compile().build();
}

/** The headers of a message's source, in order. */
export async function headersOf(source: Buffer): Promise<[string, string][]> {
	const head = source.subarray(0, headLength(source));
	const { headers } = await PostalMime.parse(head);
	return headers.map(({ originalKey, value }) => [originalKey, value]);
}

function headLength(source: Buffer): number {
	const ends = [source.indexOf('\r\n\r\n'), source.indexOf('\n\n')].filter((index) => index >= 0);
	return ends.length > 0 ? Math.min(...ends) : source.length;
}

/** Where a message says one unsubscribes from it: the first web address, and whether one click is enough (RFC 8058). */
export function unsubscribeIn(headers: [string, string][]): { url: string | null; oneClick: boolean } {
	const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
	const url = /<\s*(https?:[^<>\s]+)\s*>/i.exec(value('list-unsubscribe'))?.[1] ?? null;
	return { url, oneClick: url !== null && /list-unsubscribe=one-click/i.test(value('list-unsubscribe-post')) };
}

/** A message that came over SMTP, taken apart. Texts hold no U+0000, which PostgreSQL cannot keep. */
export async function parseSource(raw: Buffer) {
	const mail = await PostalMime.parse(raw);
	const plain = (text: string | undefined) => text?.replaceAll('\0', '').toWellFormed() ?? '';
	const mailboxes = (list: ParsedAddress[] | undefined): Address[] =>
		(list ?? [])
			.flatMap((address) => address.group ?? [address])
			.filter(({ address }) => address)
			.map(({ name, address }) => ({ email: plain(address), name: plain(name) }));
	return {
		from: mailboxes(mail.from ? [mail.from] : []),
		to: mailboxes(mail.to),
		cc: mailboxes(mail.cc),
		replyTo: mailboxes(mail.replyTo),
		subject: plain(mail.subject),
		html: plain(mail.html) || null,
		text: plain(mail.text) || null,
		headers: mail.headers.map(({ originalKey, value }): [string, string] => [plain(originalKey), plain(value)]),
		attachments: mail.attachments.map(({ filename, mimeType, contentId, content }) => ({
			name: plain(filename ?? '') || 'attachment',
			contentType: plain(mimeType) || 'application/octet-stream',
			contentId: plain(contentId).replace(/^<|>$/g, '') || null,
			content: typeof content === 'string' ? Buffer.from(content) : Buffer.from(new Uint8Array(content))
		}))
	};
}
