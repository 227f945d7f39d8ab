import type { Row, Sql, TransactionSql } from 'postgres';
import { findLinks, textOfHtml } from './html.ts';
import { addressesOf, type Draft, type Message } from './message.ts';
import { instant } from './times.ts';

/** A connection, or one inside a transaction. */
export type Database = Sql | TransactionSql;

/** Names the columns of a row as `Message` does. */
const columns = (sql: Database) => sql`
	id, seq, source, stream, sender, recipients, addresses, reply_to as "replyTo", subject, tag, metadata, headers, html, body_text as text,
	preview, links, attachment_list as "attachmentList", track_opens as "trackOpens", track_links as "trackLinks", unsubscribes,
	received_at as "receivedAt", status, opened, clicked, read`;

/** A draft with what acceptance gives it. */
export function acceptDraft(draft: Draft, id: string, receivedAt: Date, unsubscribes: boolean): Message {
	const { attachments, raw: _raw, envelope: _envelope, ...rest } = draft;
	return {
		...rest,
		id,
		seq: 0,
		addresses: addressesOf(draft),
		links: findLinks(draft.html, draft.text),
		attachmentList: attachments.map(({ content, ...info }) => ({ ...info, size: content.length })),
		preview: (draft.text?.slice(0, 2000).replace(/\s+/g, ' ').trim() || textOfHtml(draft.html ?? '')).slice(0, 140),
		unsubscribes,
		receivedAt,
		status: 'sent',
		opened: 0,
		clicked: 0,
		read: false
	};
}

/** About how much room a message takes, in bytes. */
export const sizeOf = ({ html, text, raw, attachments }: Draft) =>
	(raw?.length ?? 0) + (html?.length ?? 0) + (text?.length ?? 0) + attachments.reduce((sum, { content }) => sum + content.length, 0);

/** Keeps messages, in the order given, with the parts of their drafts that messages do not carry. */
export async function saveMessages(sql: TransactionSql, accepted: { message: Message; draft: Draft }[]): Promise<void> {
	if (accepted.length === 0) return;
	const rows = accepted.map(({ message, draft }) => ({
		id: message.id,
		source: message.source,
		stream: message.stream,
		sender: sql.json(message.sender),
		recipients: sql.json(message.recipients),
		addresses: message.addresses,
		reply_to: message.replyTo,
		subject: message.subject,
		tag: message.tag,
		metadata: sql.json(message.metadata),
		headers: sql.json(message.headers),
		html: message.html,
		body_text: message.text,
		preview: message.preview,
		links: sql.json(message.links),
		attachment_list: sql.json(message.attachmentList),
		track_opens: message.trackOpens,
		track_links: message.trackLinks,
		unsubscribes: message.unsubscribes,
		raw: draft.raw,
		size: sizeOf(draft),
		received_at: message.receivedAt,
		status: message.status
	}));
	await sql`insert into messages ${sql(rows)}`;
	for (const { message, draft } of accepted) {
		for (const [position, { content }] of draft.attachments.entries()) {
			await sql`insert into attachments (message_id, position, content) values (${message.id}, ${position}, ${content})`;
		}
	}
}

function isMessage(row: Row): row is Message {
	return typeof row.id === 'string' && row.receivedAt instanceof Date;
}

const messagesIn = (rows: Row[]): Message[] => rows.filter(isMessage);

/** A message by its id, or null. */
export async function loadMessage(sql: Database, id: string): Promise<Message | null> {
	return (await loadMessages(sql, [id]))[0] ?? null;
}

/** Messages by their ids, oldest first; unknown ids are left out. */
export async function loadMessages(sql: Database, ids: string[]): Promise<Message[]> {
	const known = ids.filter((id) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id));
	return messagesIn(await sql`select ${columns(sql)} from messages where id = any(${known}::uuid[]) order by seq`);
}

/** The form a message came in over SMTP, or null. */
export async function loadRaw(sql: Database, id: string): Promise<Buffer | null> {
	const [row] = await sql<{ raw: Buffer | null }[]>`select raw from messages where id = ${id}`;
	return row?.raw ?? null;
}

/** The bytes of an attachment, or null. */
export async function loadAttachment(sql: Database, id: string, position: number): Promise<Buffer | null> {
	const [row] = await sql<{ content: Buffer }[]>`select content from attachments where message_id = ${id} and position = ${position}`;
	return row?.content ?? null;
}

/** Texts are compared whole, addresses without their case; `search` and `subject` may stand anywhere. */
export type Filter = {
	search?: string;
	subject?: string;
	stream?: string;
	source?: string;
	recipient?: string;
	sender?: string;
	tag?: string;
	metadata?: Record<string, string>;
	/** As in queries: see `instant`. */
	from?: string;
	to?: string;
	/** Only messages accepted before this one. */
	beforeSeq?: number;
	/** Leaves out those nobody was left to get. */
	sentOnly?: boolean;
};

/** Text for `ilike` that finds `text` anywhere. */
const anywhere = (text: string) => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** Newest first: one page of the messages a filter finds, and how many it finds. */
export async function findMessages(
	sql: Sql,
	filter: Filter,
	page: { count: number; offset: number }
): Promise<{ messages: Message[]; total: number }> {
	const only = (value: string | undefined, condition: (value: string) => ReturnType<Sql>) =>
		value === undefined ? sql`` : sql`and ${condition(value)}`;
	const where = sql`true
		${only(filter.stream, (value) => sql`stream = ${value}`)}
		${only(filter.source, (value) => sql`source = ${value}`)}
		${only(filter.recipient, (value) => sql`addresses @> ${[value.toLowerCase()]}`)}
		${only(filter.sender, (value) => sql`lower(sender ->> 'email') = ${value.toLowerCase()}`)}
		${only(filter.tag, (value) => sql`tag = ${value}`)}
		${only(filter.subject, (value) => sql`subject ilike ${anywhere(value)}`)}
		${only(filter.from, (value) => sql`received_at >= ${instant(sql, value, { isEnd: false })}`)}
		${only(filter.to, (value) => sql`received_at < ${instant(sql, value, { isEnd: true })}`)}
		${only(filter.search, (value) => {
			const pattern = anywhere(value);
			return sql`(subject ilike ${pattern} or tag ilike ${pattern} or array_to_string(addresses, ' ') ilike ${pattern}
				or sender::text ilike ${pattern} or coalesce(body_text, '') ilike ${pattern} or preview ilike ${pattern})`;
		})}
		${filter.metadata ? sql`and metadata @> ${sql.json(filter.metadata)}` : sql``}
		${filter.sentOnly ? sql`and status <> 'dropped'` : sql``}`;
	const before = filter.beforeSeq === undefined ? sql`` : sql`and seq < ${filter.beforeSeq}`;
	const [[counted], rows] = await Promise.all([
		sql<{ total: number }[]>`select count(*)::int as total from messages where ${where}`,
		sql`select ${columns(sql)} from messages where ${where} ${before} order by seq desc limit ${page.count} offset ${page.offset}`
	]);
	return { messages: messagesIn(rows), total: counted?.total ?? 0 };
}
