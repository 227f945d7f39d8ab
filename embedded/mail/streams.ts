import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { SERVER_ID } from './context.ts';
import { refused } from './errors.ts';
import { objectField, textField, type Fields } from './fields.ts';
import type { Database } from './outbox.ts';
import { postmarkTime } from './times.ts';

export type Stream = {
	id: string;
	name: string;
	description: string | null;
	type: 'Transactional' | 'Broadcasts' | 'Inbound';
	unsubscribe: 'None' | 'Postmark' | 'Custom';
	createdAt: Date;
	updatedAt: Date | null;
	archivedAt: Date | null;
};

const MOST_STREAMS = 10;
const PURGE_AFTER_MS = 45 * 86_400_000;

const columns = (sql: Database) =>
	sql`id, name, description, type, unsubscribe, created_at as "createdAt", updated_at as "updatedAt", archived_at as "archivedAt"`;

/** All streams, the oldest first. */
export async function allStreams(sql: Database): Promise<Stream[]> {
	return sql<Stream[]>`select ${columns(sql)} from streams order by created_at, id <> 'outbound', id`;
}

/** The stream of this name. Throws 1226 when there is none. */
export async function findStream(sql: Database, id: string): Promise<Stream> {
	const [stream] = await sql<Stream[]>`select ${columns(sql)} from streams where id = ${id}`;
	if (!stream) throw refused(1226, "The message stream for the provided 'ID' was not found.");
	return stream;
}

const purgedAt = (archivedAt: Date) => new Date(archivedAt.getTime() + PURGE_AFTER_MS);

const shown = (stream: Stream) => ({
	ID: stream.id,
	ServerID: SERVER_ID,
	Name: stream.name,
	Description: stream.description,
	MessageStreamType: stream.type,
	CreatedAt: postmarkTime(stream.createdAt),
	UpdatedAt: stream.updatedAt && postmarkTime(stream.updatedAt),
	ArchivedAt: stream.archivedAt && postmarkTime(stream.archivedAt),
	ExpectedPurgeDate: stream.archivedAt && postmarkTime(purgedAt(stream.archivedAt)),
	SubscriptionManagementConfiguration: { UnsubscribeHandlingType: stream.unsubscribe }
});

export async function listStreams(mail: MailContext, { query }: Call): Promise<object> {
	const type = query.get('messagestreamtype')?.toLowerCase() ?? 'all';
	const archived = query.get('includearchivedstreams')?.toLowerCase() === 'true';
	if (!['all', 'transactional', 'broadcasts', 'inbound'].includes(type)) {
		throw refused(1221, "The 'MessageStreamType' associated with this request was invalid.");
	}
	const streams = (await allStreams(mail.sql)).filter(
		(stream) => (type === 'all' || stream.type.toLowerCase() === type) && (archived || !stream.archivedAt)
	);
	return { MessageStreams: streams.map(shown), TotalCount: streams.length };
}

export const getStream = async (mail: MailContext, { id }: Call) => shown(await findStream(mail.sql, id));

function readName(fields: Fields): string {
	const name = textField(fields, 'Name');
	if (name.trim() === '') throw refused(1223, "A valid 'Name' must be provided.");
	if (name.length > 100) throw refused(1224, "The 'Name' is too long.");
	return name;
}

function readDescription(fields: Fields): string | null {
	const description = textField(fields, 'Description');
	if (description.length > 1000) throw refused(1231, "The 'Description' is too long.");
	if (/<[a-z/!]/i.test(description)) throw refused(1234, "The 'Description' must not contain HTML tags.");
	return description || null;
}

/** Broadcasts must offer a way out; Postmark's own is the default. */
function readUnsubscribe(fields: Fields, type: Stream['type']): Stream['unsubscribe'] {
	const given = textField(objectField(fields, 'SubscriptionManagementConfiguration'), 'UnsubscribeHandlingType');
	const usual = type === 'Broadcasts' ? 'Postmark' : 'None';
	const known = (['None', 'Postmark', 'Custom'] as const).find((value) => value.toLowerCase() === given.toLowerCase());
	if (given !== '' && !known) throw refused(1240, "The 'UnsubscribeHandlingType' associated with this request is invalid.");
	if ((known === 'None') === (type === 'Broadcasts') && known) {
		throw refused(1239, "The 'UnsubscribeHandlingType' provided is not supported for this stream type.");
	}
	return known ?? usual;
}

export async function createStream(mail: MailContext, { body }: Call): Promise<object> {
	const id = textField(body, 'ID');
	const type = textField(body, 'MessageStreamType');
	if (id === '') throw refused(1222, "A valid 'ID' must be provided.");
	if (!/^[a-z][a-z0-9_-]{0,29}$/i.test(id)) {
		throw refused(1227, "The 'ID' must be a non-empty string starting with a letter, up to 30 characters.");
	}
	if (/^pm-/i.test(id)) throw refused(1233, "The 'ID' must not start with the 'pm-' prefix.");
	if (/^(all|archived)$/i.test(id)) throw refused(1237, "The 'ID' is reserved.");
	if (type === 'Inbound') throw refused(1228, 'A server can only have one inbound stream.');
	if (type !== 'Transactional' && type !== 'Broadcasts') {
		throw refused(1221, "The 'MessageStreamType' associated with this request was invalid.");
	}
	const [name, description, unsubscribe] = [readName(body), readDescription(body), readUnsubscribe(body, type)];
	const streams = await allStreams(mail.sql);
	if (streams.some((known) => known.id === id)) throw refused(1230, "The 'ID' provided already exists for this server.");
	if (streams.length >= MOST_STREAMS) throw refused(1225, 'You have reached the maximum number of message streams for this server.');
	const [stream] = await mail.sql<Stream[]>`
		insert into streams (id, name, description, type, unsubscribe) values (${id}, ${name}, ${description}, ${type}, ${unsubscribe})
		on conflict do nothing returning ${columns(mail.sql)}`;
	if (!stream) throw refused(1230, "The 'ID' provided already exists for this server.");
	return shown(stream);
}

export async function editStream(mail: MailContext, { id, body }: Call): Promise<object> {
	const stream = await findStream(mail.sql, id);
	const name = 'Name' in body ? readName(body) : stream.name;
	const description = 'Description' in body ? readDescription(body) : stream.description;
	const unsubscribe = 'SubscriptionManagementConfiguration' in body ? readUnsubscribe(body, stream.type) : stream.unsubscribe;
	await mail.sql`
		update streams set name = ${name}, description = ${description}, unsubscribe = ${unsubscribe}, updated_at = now() where id = ${id}`;
	return shown(await findStream(mail.sql, id));
}

export async function archiveStream(mail: MailContext, { id }: Call): Promise<object> {
	await findStream(mail.sql, id);
	if (id === 'outbound' || id === 'inbound') throw refused(1229, 'You cannot archive the default transactional and inbound streams.');
	await mail.sql`update streams set archived_at = coalesce(archived_at, now()) where id = ${id}`;
	const { archivedAt } = await findStream(mail.sql, id);
	return { ID: id, ServerID: SERVER_ID, ExpectedPurgeDate: postmarkTime(purgedAt(archivedAt ?? new Date())) };
}

export async function unarchiveStream(mail: MailContext, { id }: Call): Promise<object> {
	const { archivedAt } = await findStream(mail.sql, id);
	if (archivedAt && purgedAt(archivedAt) < new Date()) throw refused(1232, 'You cannot unarchive this message stream anymore.');
	await mail.sql`update streams set archived_at = null, updated_at = now() where id = ${id}`;
	return shown(await findStream(mail.sql, id));
}
