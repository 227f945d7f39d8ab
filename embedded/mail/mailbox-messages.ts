import { bounceType } from './bounce-types.ts';
import type { MailContext } from './context.ts';
import { eventTypes } from './events.ts';
import { queryOf, readFields, type Fields } from './fields.ts';
import { openLinksOutside } from './html.ts';
import type { Message } from './message.ts';
import { headersOf, sourceOf, unsubscribeIn } from './mime.ts';
import { findMessages, loadAttachment, loadMessage } from './outbox.ts';
import { record, type Happening } from './receiver.ts';
import { announce, summaryOf } from './summaries.ts';
import { reasons } from './suppressions.ts';
import { deliveredTo } from './tracking.ts';
import { isLoopback, withoutPassword } from './webhooks.ts';

/** A refusal of the mailbox API: `{message}` with a status. */
export class Refused extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

/** Answers a request; `parts` are what the path names. */
export type Answer = (mail: MailContext, request: Request, url: URL, parts: string[]) => Promise<Response>;

export const done = () => new Response(null, { status: 204 });

async function findMessage(mail: MailContext, id: string): Promise<Message> {
	const message = await loadMessage(mail.sql, id);
	if (!message) throw new Refused(404, 'There is no such message: it may have been removed.');
	return message;
}

type EventRow = { id: number; at: Date; type: string; recipient: string; detail: Fields };
type DeliveryRow = { eventId: number; url: string; attempts: number; status: string; lastStatus: number | null };

async function eventsOf(mail: MailContext, condition: { message: string } | { event: number }): Promise<object[]> {
	const { sql } = mail;
	const where = 'message' in condition ? sql`message_id = ${condition.message}` : sql`id = ${condition.event}`;
	const events = await sql<EventRow[]>`select id, at, type, recipient, detail from events where ${where} order by id`;
	const deliveries = await sql<DeliveryRow[]>`
		select d.event_id as "eventId", w.url, d.attempts, d.status, d.last_status as "lastStatus"
		from webhook_deliveries d join webhooks w on w.id = d.webhook_id
		where d.event_id = any(${events.map(({ id }) => id)}) order by d.id`;
	return events.map(({ id, at, type, recipient, detail }) => ({
		id: String(id),
		at: at.toISOString(),
		type,
		recipient,
		detail,
		webhooks: deliveries
			.filter(({ eventId }) => eventId === id)
			.map(({ eventId: _, url, ...delivery }) => ({ url: withoutPassword(url), ...delivery }))
	}));
}

export const listMessages: Answer = async (mail, _request, url) => {
	const query = queryOf(url);
	const given = (name: string) => query.get(name) || undefined;
	const limit = Number(given('limit') ?? 50);
	const before = given('before');
	if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw new Refused(422, '"limit" is a number from 1 to 500.');
	if (before !== undefined && !/^\d{1,9}$/.test(before)) throw new Refused(422, '"before" is the "next" of an earlier answer.');
	const filter = {
		search: given('search'),
		stream: given('stream'),
		source: given('source'),
		recipient: given('recipient'),
		beforeSeq: before === undefined ? undefined : Number(before)
	};
	const { messages, total } = await findMessages(mail.sql, filter, { count: limit + 1, offset: 0 });
	const page = messages.slice(0, limit);
	const next = messages.length > limit ? String(page.at(-1)?.seq) : null;
	return Response.json({ messages: page.map(summaryOf), next, total });
};

export const showMessage: Answer = async (mail, _request, _url, [id = '']) => {
	const message = await findMessage(mail, id);
	const delivered = deliveredTo(mail, message, 0);
	const headers = await headersOf(await sourceOf(mail, message));
	const links = new Map<string, { url: string; text: string }>();
	// A link of both parts is shown with the words it has in the first, the HTML.
	for (const { url, text } of message.links) if (!links.has(url)) links.set(url, { url, text });
	return Response.json({
		...summaryOf(message),
		html: delivered.html,
		text: delivered.text,
		headers,
		attachmentList: message.attachmentList.map(({ name, contentType, size }, index) => ({ index, name, contentType, size })),
		links: [...links.values()],
		listUnsubscribe: unsubscribeIn(headers),
		events: await eventsOf(mail, { message: message.id })
	});
};

/** What a message may do in the mailbox's frame: show itself, and load the images that tell it was opened. */
const frameRules = [
	'sandbox allow-popups allow-popups-to-escape-sandbox',
	"default-src 'none'",
	"img-src data: http://127.0.0.1:* http://localhost:* 'self'",
	"style-src 'unsafe-inline'",
	"base-uri 'none'",
	"form-action 'none'",
	"frame-ancestors 'self'"
].join('; ');

export const showHtml: Answer = async (mail, _request, url, [id = '']) => {
	const message = await findMessage(mail, id);
	const asked = url.searchParams.get('recipient')?.toLowerCase();
	const recipient = Math.max(0, asked ? message.addresses.indexOf(asked) : 0);
	// Bodies are kept as the sender gave them, so that one only has to leave the tracking away.
	const html = url.searchParams.get('track') === '0' ? message.html : deliveredTo(mail, message, recipient).html;
	if (html === null) throw new Refused(404, 'This message has no HTML part.');
	return new Response(openLinksOutside(html), {
		headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': frameRules, 'referrer-policy': 'no-referrer' }
	});
};

export const showSource: Answer = async (mail, _request, _url, [id = '']) => {
	const source = await sourceOf(mail, await findMessage(mail, id));
	return new Response(new Uint8Array(source), { headers: { 'content-type': 'text/plain; charset=utf-8' } });
};

export const showAttachment: Answer = async (mail, _request, _url, [id = '', index = '']) => {
	const info = (await findMessage(mail, id)).attachmentList[Number(index)];
	const content = info && (await loadAttachment(mail.sql, id, Number(index)));
	if (!info || !content) throw new Refused(404, 'There is no such attachment.');
	const type = /^[\w.+-]+\/[\w.+-]+$/.test(info.contentType) ? info.contentType : 'application/octet-stream';
	// RFC 6266: the plain name for old readers, the encoded one for all letters.
	const plain = info.name.replace(/[^\w .()-]/g, '_');
	const encoded = encodeURIComponent(info.name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
	return new Response(new Uint8Array(content), {
		headers: {
			'content-type': type,
			'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`,
			'content-security-policy': "sandbox; default-src 'none'"
		}
	});
};

export const markRead: Answer = async (mail, _request, _url, [id = '']) => {
	const message = await findMessage(mail, id);
	await mail.sql`update messages set read = true where id = ${message.id}`;
	await announce(mail, [message.id]);
	return done();
};

export const removeMessage: Answer = async (mail, _request, _url, [id = '']) => {
	const message = await findMessage(mail, id);
	await mail.sql`delete from messages where id = ${message.id}`;
	mail.feed.send({ event: 'removed', data: { id: message.id } });
	return done();
};

export const removeAll: Answer = async (mail) => {
	await mail.sql`delete from messages`;
	mail.feed.send({ event: 'removed', data: { id: null } });
	return done();
};

const text = (fields: Fields, name: string): string | undefined => {
	const value = fields[name] ?? undefined;
	if (value !== undefined && typeof value !== 'string') throw new Refused(422, `"${name}" is a string.`);
	return value;
};

function readHappening(message: Message, fields: Fields, userAgent: string): Happening {
	const type = eventTypes.find((known) => known === fields.type);
	const reader = text(fields, 'userAgent') ?? userAgent;
	switch (type) {
		case 'Delivery':
		case 'SpamComplaint':
			return { type };
		case 'Bounce': {
			const kind = bounceType(text(fields, 'bounceType') ?? 'HardBounce');
			const description = text(fields, 'description');
			if (!kind || kind.type === 'SpamComplaint')
				throw new Refused(422, '"bounceType" is one of Postmark\'s types, like HardBounce or SoftBounce.');
			return { type, kind, ...(description === undefined ? {} : { description }) };
		}
		case 'Open':
			return { type, userAgent: reader };
		case 'Click': {
			const link = message.links.find(({ url }) => url === fields.url);
			if (!link) throw new Refused(422, '"url" is not a link of this message.');
			return { type, url: link.url, location: link.location, userAgent: reader };
		}
		case 'SubscriptionChange': {
			const reason = reasons.find((known) => known === (fields.reason ?? 'ManualSuppression'));
			if (typeof fields.suppressSending !== 'boolean') throw new Refused(422, '"suppressSending" is true or false.');
			if (!reason) throw new Refused(422, `"reason" is one of ${reasons.join(', ')}.`);
			return { type, suppressSending: fields.suppressSending, reason };
		}
		default:
			throw new Refused(422, `"type" is one of ${eventTypes.join(', ')}.`);
	}
}

export const postEvent: Answer = async (mail, request, _url, [id = '']) => {
	const message = await findMessage(mail, id);
	const fields = await readFields(request);
	const recipient = text(fields, 'recipient')?.toLowerCase() ?? message.addresses[0] ?? '';
	if (!message.addresses.includes(recipient)) throw new Refused(422, '"recipient" is not one of this message.');
	const happening = readHappening(message, fields, request.headers.get('user-agent') ?? '');
	const event = await record(mail, message, recipient, happening);
	return Response.json((await eventsOf(mail, { event }))[0], { status: 201 });
};

/** Does what a mail program does: RFC 8058, without cookies, following nothing. */
export const unsubscribe: Answer = async (mail, _request, _url, [id = '']) => {
	const { url, oneClick } = unsubscribeIn(await headersOf(await sourceOf(mail, await findMessage(mail, id))));
	const target = url === null ? null : URL.parse(url);
	if (!target || !oneClick) throw new Refused(422, 'This message has no List-Unsubscribe address for one click (RFC 8058).');
	if (!isLoopback(target))
		throw new Refused(422, `Its List-Unsubscribe address is on ${target.hostname}, and only this machine is called.`);
	try {
		const response = await fetch(target, {
			method: 'POST',
			headers: { 'content-type': 'application/x-www-form-urlencoded' },
			body: 'List-Unsubscribe=One-Click',
			redirect: 'manual',
			signal: AbortSignal.timeout(10_000)
		});
		await response.body?.cancel();
		return Response.json({ status: response.status });
	} catch {
		throw new Refused(502, `Nobody answered at ${target.href}.`);
	}
};
