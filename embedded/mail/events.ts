import type { TransactionSql } from 'postgres';
import type { Triggers } from './webhooks.ts';

export const eventTypes = ['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange'] as const;
export type EventType = (typeof eventTypes)[number];

/** Something that happened, about to be written down. */
export type NewEvent = {
	type: EventType;
	/** The message it happened to; null for an address alone. */
	messageId: string | null;
	stream: string;
	recipient: string;
	at: Date;
	/** The first open, or the first click of this link, by this recipient. */
	first?: boolean;
	/** The JSON of its webhook. Bounces carry the event's id. */
	payload: (id: number) => object;
	/** The full report of a bounce, for webhooks that ask for it. */
	content?: string;
};

/** Whether a webhook wants to hear of an event. Postmark tells each recipient's first click of a link only. */
function wants(triggers: Triggers, { type, first }: NewEvent): boolean {
	if (!triggers[type].Enabled) return false;
	if (type === 'Click') return first ?? false;
	return type !== 'Open' || !triggers.Open.PostFirstOpenOnly || (first ?? false);
}

/**
 * Writes events and, with them, a delivery for each webhook that wants to hear of one: either both are kept or neither.
 * Returns the events' ids in order. Call `sender.wake()` when the transaction is committed.
 */
export async function writeEvents(sql: TransactionSql, events: NewEvent[]): Promise<number[]> {
	if (events.length === 0) return [];
	const ids = await sql<{ id: number }[]>`
		select nextval(pg_get_serial_sequence('events', 'id'))::int as id from generate_series(1, ${events.length})`;
	const written = ids.flatMap(({ id }, index) => {
		const event = events[index];
		return event ? [{ ...event, id, payload: event.payload(id) }] : [];
	});
	await sql`
		insert into events (id, message_id, stream, recipient, type, at, first, detail)
		select id, message_id, stream, recipient, type, at, first, detail from jsonb_to_recordset(${sql.json(
			written.map(({ id, messageId, stream, recipient, type, at, first = false, payload }) => ({
				...{ id, message_id: messageId, stream, recipient, type, at: at.toISOString(), first, detail: { ...payload } }
			}))
		)}) as row (id int, message_id uuid, stream text, recipient text, type text, at timestamptz, first boolean, detail jsonb)`;

	const webhooks = await sql<{ id: number; stream: string; triggers: Triggers }[]>`
		select id, stream, triggers from webhooks where stream = any(${[...new Set(events.map(({ stream }) => stream))]}) order by id`;
	const deliveries = written.flatMap((event) =>
		webhooks
			.filter(({ stream, triggers }) => stream === event.stream && wants(triggers, { ...event, payload: () => event.payload }))
			.map(({ id, triggers }) => {
				const withContent = (event.type === 'Bounce' || event.type === 'SpamComplaint') && triggers[event.type].IncludeContent;
				const payload = withContent ? { ...event.payload, Content: event.content } : event.payload;
				return {
					webhook_id: id,
					event_id: event.id,
					message_id: event.messageId,
					record_type: event.type,
					payload: JSON.stringify(payload)
				};
			})
	);
	if (deliveries.length > 0) {
		await sql`
			insert into webhook_deliveries (webhook_id, event_id, message_id, record_type, payload, next_at)
			select webhook_id, event_id, message_id, record_type, payload, now() from jsonb_to_recordset(${sql.json(deliveries)})
			as row (webhook_id int, event_id int, message_id uuid, record_type text, payload text)`;
	}
	return ids.map(({ id }) => id);
}
