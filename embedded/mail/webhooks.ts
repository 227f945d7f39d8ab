import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { refused } from './errors.ts';
import { flagField, isFields, listField, objectField, textField, type Fields } from './fields.ts';
import type { Database } from './outbox.ts';
import { findStream } from './streams.ts';

/** What a webhook wants to hear of. */
export type Triggers = {
	Open: { Enabled: boolean; PostFirstOpenOnly: boolean };
	Click: { Enabled: boolean };
	Delivery: { Enabled: boolean };
	Bounce: { Enabled: boolean; IncludeContent: boolean };
	SpamComplaint: { Enabled: boolean; IncludeContent: boolean };
	SubscriptionChange: { Enabled: boolean };
};

export type Webhook = {
	id: number;
	url: string;
	stream: string;
	auth: { Username: string; Password: string } | null;
	headers: { Name: string; Value: string }[];
	triggers: Triggers;
};

const MOST_WEBHOOKS = 10;

const nothing: Triggers = {
	Open: { Enabled: false, PostFirstOpenOnly: false },
	Click: { Enabled: false },
	Delivery: { Enabled: false },
	Bounce: { Enabled: false, IncludeContent: false },
	SpamComplaint: { Enabled: false, IncludeContent: false },
	SubscriptionChange: { Enabled: false }
};

/** Tells whether an address leads back to this machine: the only place the embedded service calls. */
export function isLoopback(url: URL): boolean {
	return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
}

/** The address as the mailbox shows it: without the password it may hold. */
export function withoutPassword(address: string): string {
	const url = new URL(address);
	url.username = url.password = '';
	return url.href;
}

const shown = ({ id, url, stream, auth, headers, triggers }: Webhook) => ({
	ID: id,
	Url: url,
	MessageStream: stream,
	...(auth ? { HttpAuth: auth } : {}),
	...(headers.length > 0 ? { HttpHeaders: headers } : {}),
	Triggers: triggers
});

/** Webhooks, the oldest first, of one stream or all. */
export async function allWebhooks(sql: Database, stream?: string): Promise<Webhook[]> {
	return sql<Webhook[]>`
		select id, url, stream, auth, headers, triggers from webhooks
		where ${stream === undefined ? sql`true` : sql`stream = ${stream}`} order by id`;
}

async function findWebhook(sql: Database, id: string): Promise<Webhook> {
	const [webhook] = /^\d{1,9}$/.test(id)
		? await sql<Webhook[]>`select id, url, stream, auth, headers, triggers from webhooks where id = ${id}`
		: [];
	if (!webhook) throw refused(1352, "The webhook for the provided 'ID' was not found.");
	return webhook;
}

function isPercentEncoded(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}

/** Throws 1354 for what is no address, or one that leads off this machine. */
function readUrl(fields: Fields): string {
	const text = textField(fields, 'Url');
	const url = URL.parse(text);
	if (!url || !/^https?:$/.test(url.protocol) || !isPercentEncoded(url.username + url.password))
		throw refused(1354, "The request must contain a valid 'Url' field.");
	if (!isLoopback(url)) {
		throw refused(
			1354,
			`The embedded mail service calls webhooks on this machine only: '${url.hostname}' is not localhost, 127.0.0.1 or [::1].`
		);
	}
	return text;
}

function readAuth(fields: Fields): Webhook['auth'] {
	const auth = objectField(fields, 'HttpAuth');
	const [Username, Password] = [textField(auth, 'Username'), textField(auth, 'Password')];
	return Username === '' && Password === '' ? null : { Username, Password };
}

function readHeaders(fields: Fields): Webhook['headers'] {
	return listField(fields, 'HttpHeaders').map((header) => {
		const [Name, Value] = [textField(header, 'Name'), textField(header, 'Value')];
		if (!/^[\w!#$%&'*+.^`|~-]+$/.test(Name)) throw refused(1358, "You must provide a valid 'HttpHeader' 'Name'.");
		if (/^(host|connection|content-length|transfer-encoding|expect|upgrade)$/i.test(Name)) {
			throw refused(1358, `The header '${Name}' belongs to the connection and cannot be given.`);
		}
		if (!/^[\t\x20-\x7e]*$/.test(Value)) throw refused(1361, `Invalid value provided for the header '${Name}'.`);
		return { Name, Value };
	});
}

/** Triggers named in the request; the others stay as they were. */
function readTriggers(fields: Fields, before: Triggers): Triggers {
	const given = objectField(fields, 'Triggers');
	const trigger = (name: keyof Triggers) => (isFields(given[name]) ? given[name] : {});
	const enabled = (name: keyof Triggers) => flagField(trigger(name), 'Enabled', before[name].Enabled);
	return {
		Open: { Enabled: enabled('Open'), PostFirstOpenOnly: flagField(trigger('Open'), 'PostFirstOpenOnly', before.Open.PostFirstOpenOnly) },
		Click: { Enabled: enabled('Click') },
		Delivery: { Enabled: enabled('Delivery') },
		Bounce: { Enabled: enabled('Bounce'), IncludeContent: flagField(trigger('Bounce'), 'IncludeContent', before.Bounce.IncludeContent) },
		SpamComplaint: {
			Enabled: enabled('SpamComplaint'),
			IncludeContent: flagField(trigger('SpamComplaint'), 'IncludeContent', before.SpamComplaint.IncludeContent)
		},
		SubscriptionChange: { Enabled: enabled('SubscriptionChange') }
	};
}

export async function listWebhooks(mail: MailContext, { query }: Call): Promise<object> {
	return { Webhooks: (await allWebhooks(mail.sql, query.get('messagestream'))).map(shown) };
}

export const getWebhook = async (mail: MailContext, { id }: Call) => shown(await findWebhook(mail.sql, id));

export async function createWebhook(mail: MailContext, { body }: Call): Promise<object> {
	if (Object.keys(body).length === 0) throw refused(1355, 'A request body must be provided.');
	if (body.ID !== undefined) throw refused(1356, "A request 'ID' must not be provided when creating a webhook.");
	const url = readUrl(body);
	const stream = await findStream(mail.sql, textField(body, 'MessageStream') || 'outbound');
	if (stream.archivedAt) throw refused(1350, "You cannot create a webhook using an archived 'MessageStream'.");
	if (stream.type === 'Inbound') throw refused(1351, 'You cannot create a webhook using an inbound stream.');
	const [auth, headers, triggers] = [readAuth(body), readHeaders(body), readTriggers(body, nothing)];
	if ((await allWebhooks(mail.sql, stream.id)).length >= MOST_WEBHOOKS) {
		throw refused(1359, 'You have reached the maximum number of webhooks for this stream.');
	}
	const { sql } = mail;
	const [webhook] = await sql<Webhook[]>`
		insert into webhooks (url, stream, auth, headers, triggers)
		values (${url}, ${stream.id}, ${auth && sql.json(auth)}, ${sql.json(headers)}, ${sql.json(triggers)})
		returning id, url, stream, auth, headers, triggers`;
	if (!webhook) throw new Error('the webhook was not written');
	return shown(webhook);
}

export async function editWebhook(mail: MailContext, { id, body }: Call): Promise<object> {
	const before = await findWebhook(mail.sql, id);
	if (body.ID !== undefined || body.MessageStream !== undefined) {
		throw refused(1357, "You cannot update the 'ID' or 'MessageStream' fields of a webhook.");
	}
	const url = 'Url' in body ? readUrl(body) : before.url;
	const auth = 'HttpAuth' in body ? readAuth(body) : before.auth;
	const headers = 'HttpHeaders' in body ? readHeaders(body) : before.headers;
	const triggers = readTriggers(body, before.triggers);
	const { sql } = mail;
	await sql`
		update webhooks set url = ${url}, auth = ${auth && sql.json(auth)}, headers = ${sql.json(headers)}, triggers = ${sql.json(triggers)}
		where id = ${before.id}`;
	return shown({ ...before, url, auth, headers, triggers });
}

export async function deleteWebhook(mail: MailContext, { id }: Call): Promise<object> {
	const webhook = await findWebhook(mail.sql, id);
	await mail.sql`delete from webhooks where id = ${webhook.id}`;
	return { ErrorCode: 0, Message: `Webhook ${webhook.id} removed.` };
}
