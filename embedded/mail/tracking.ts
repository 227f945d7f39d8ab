import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MailContext } from './context.ts';
import { appendToBody, changeHtmlLinks, changeTextLinks, escapeHtml } from './html.ts';
import type { Link, Message } from './message.ts';
import { loadMessage } from './outbox.ts';
import { MessageGone, record } from './receiver.ts';

type Purpose = 'open' | 'click' | 'unsubscribe';

/** What a signed token stands for: a message, one of its recipients, and one of its links for a click. */
type Target = { id: string; recipient: number; link: number };

const SIGNATURE_BYTES = 16;

function signature(secret: string, purpose: Purpose, body: Buffer): Buffer {
	return createHmac('sha256', secret).update(purpose).update(body).digest().subarray(0, SIGNATURE_BYTES);
}

/** A token nobody can make up: the target and its signature. */
function makeToken(secret: string, purpose: Purpose, { id, recipient, link }: Target): string {
	const body = Buffer.alloc(20);
	body.write(id.replaceAll('-', ''), 'hex');
	body.writeUInt16BE(recipient, 16);
	body.writeUInt16BE(link, 18);
	return Buffer.concat([body, signature(secret, purpose, body)]).toString('base64url');
}

function readToken(secret: string, purpose: Purpose, token: string): Target | null {
	const bytes = Buffer.from(token, 'base64url');
	if (bytes.length !== 20 + SIGNATURE_BYTES) return null;
	const body = bytes.subarray(0, 20);
	if (!timingSafeEqual(bytes.subarray(20), signature(secret, purpose, body))) return null;
	const id = body.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
	return { id, recipient: body.readUInt16BE(16), link: body.readUInt16BE(18) };
}

/** What one recipient is given of a message: bodies with the tracking and the unsubscribe links the sender asked for. */
export type Delivered = { html: string | null; text: string | null; unsubscribeUrl: string | null };

const tracks = (message: Message, location: Link['location']) =>
	message.trackLinks === 'HtmlAndText' || message.trackLinks === (location === 'HTML' ? 'HtmlOnly' : 'TextOnly');

/** Where Postmark would put its unsubscribe link (https://postmarkapp.com/support/article/1077-template-syntax). */
const unsubscribePlace = /\{\{\{\s*pm:unsubscribe(?:_url)?\s*\}\}\}/g;

/** The message as the recipient at this place among its addresses gets it. */
export function deliveredTo(mail: MailContext, message: Message, recipient: number): Delivered {
	const token = (purpose: Purpose, link = 0) => makeToken(mail.trackingSecret, purpose, { id: message.id, recipient, link });
	const changer = (location: Link['location']) => (url: string) => {
		const link = message.links.findIndex((known) => known.url === url && known.location === location);
		return link < 0 ? null : `${mail.url()}/track/click/${token('click', link)}`;
	};
	const unsubscribeUrl = message.unsubscribes ? `${mail.url()}/track/unsubscribe/${token('unsubscribe')}` : null;

	let { html, text } = message;
	if (html !== null && tracks(message, 'HTML')) html = changeHtmlLinks(html, changer('HTML'));
	if (text !== null && tracks(message, 'Text')) text = changeTextLinks(text, changer('Text'));
	if (unsubscribeUrl) {
		html = html?.replace(unsubscribePlace, unsubscribeUrl) ?? null;
		text = text?.replace(unsubscribePlace, unsubscribeUrl) ?? null;
	}
	if (html !== null && message.trackOpens) {
		const pixel = `${mail.url()}/track/open/${message.id}/${token('open')}.gif`;
		html = appendToBody(html, `<img src="${pixel}" width="1" height="1" border="0" alt="">`);
	}
	return { html, text, unsubscribeUrl };
}

const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const gone = () => new Response('This link leads nowhere: it was not made here, or its message is gone.\n', { status: 404 });

function page(title: string, body: string, status = 200): Response {
	const headers = {
		'content-type': 'text/html; charset=utf-8',
		'content-security-policy': "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	};
	return new Response(`<!doctype html><html lang="en"><title>${title}</title><main><h1>${title}</h1>${body}</main></html>`, {
		status,
		headers
	});
}

/** Answers `/track/…`: what happens when a recipient's mail program loads the pixel, or a person follows a link. */
export async function answerTracking(mail: MailContext, request: Request, path: string): Promise<Response> {
	try {
		return await follow(mail, request, path);
	} catch (error) {
		if (error instanceof MessageGone) return gone();
		throw error;
	}
}

async function follow(mail: MailContext, request: Request, path: string): Promise<Response> {
	const [, purpose, token] = /^\/track\/(open\/[0-9a-f-]{36}|click|unsubscribe)\/([\w-]+)(?:\.gif)?$/.exec(path) ?? [];
	const kind = purpose?.startsWith('open') ? 'open' : purpose === 'click' ? 'click' : 'unsubscribe';
	const target = readToken(mail.trackingSecret, kind, token ?? '');
	const message = target && (await loadMessage(mail.sql, target.id));
	const recipient = message?.addresses[target?.recipient ?? -1];
	const userAgent = request.headers.get('user-agent') ?? '';
	if (!message || recipient === undefined || !target) return gone();
	if (request.method !== 'GET' && !(kind === 'unsubscribe' && request.method === 'POST')) return gone();

	if (kind === 'open') {
		if (purpose !== `open/${message.id}`) return gone();
		await record(mail, message, recipient, { type: 'Open', userAgent });
		return new Response(gif, { headers: { 'content-type': 'image/gif', 'cache-control': 'no-store' } });
	}
	if (kind === 'click') {
		const link = message.links[target.link];
		if (!link) return gone();
		await record(mail, message, recipient, { type: 'Click', url: link.url, location: link.location, userAgent });
		return new Response(null, { status: 302, headers: { location: new URL(link.url).href, 'cache-control': 'no-store' } });
	}
	// RFC 8058: looking at the link must not unsubscribe, posting to it must, without asking again.
	if (request.method === 'GET') {
		const question = `<p>${escapeHtml(recipient)} gets mail of the stream ${escapeHtml(message.stream)}.</p>`;
		return page('Unsubscribe?', `${question}<form method="post"><button>Unsubscribe</button></form>`);
	}
	await record(mail, message, recipient, { type: 'SubscriptionChange', suppressSending: true, reason: 'ManualSuppression' });
	return page('Unsubscribed', `<p>${escapeHtml(recipient)} gets no more mail of the stream ${escapeHtml(message.stream)}.</p>`);
}
