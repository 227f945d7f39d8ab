import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReplicationStream } from './replication.ts';
import { type Broadcast } from './serializer.ts';

/** A row inserted into realtime.messages, committed. */
export type DatabaseMessage = { topic: string; private: boolean; broadcast: Broadcast };

type StreamOptions = {
	/** Logs in as a role that may replicate. */
	url: string;
	onMessage: (message: DatabaseMessage) => void;
	/** Resolves when other sessions see what a transaction did. */
	whenVisible: (xid: number) => Promise<void>;
	/** Messages committed from now until the stream is back are never delivered. */
	onLost: () => void;
	log: (message: string, error?: unknown) => void;
};

/** Delivered in one turn of the event loop: sockets empty between turns, so a burst leaves behind only readers that are slow. */
const BYTES_PER_TURN = 65_536;

/**
 * The stream of inserts into realtime.messages, as soon as they are committed and seen by everybody: whoever hears of a change asks for it at once.
 * A payload is passed on as the bytes it came in.
 */
export function streamBroadcasts({ url, onMessage, whenVisible, onLost, log }: StreamOptions): ReplicationStream {
	let bytesThisTurn = 0;
	/** The transaction being told, while it is not known to be seen. */
	let unseen: number | null = null;
	return new ReplicationStream({
		url,
		publication: 'supabase_realtime_messages_publication',
		slotPrefix: 'realtime_messages',
		values: 'binary',
		async onMessage(message) {
			if (message.tag === 'begin') unseen = message.xid;
			if (message.tag !== 'insert') return;
			const read = readMessage(message.new);
			if (!read) return;
			// A message that comes too early is better than none.
			if (unseen !== null) await whenVisible(unseen).catch((error: unknown) => log('a commit could not be waited for', error));
			unseen = null;
			bytesThisTurn += read.body.length;
			onMessage(read.message);
			if (bytesThisTurn < BYTES_PER_TURN) return;
			bytesThisTurn = 0;
			await nextTurn();
		},
		onLost,
		log
	});
}

function readMessage(row: Record<string, unknown>): { message: DatabaseMessage; body: Buffer } | null {
	const topic = text(row.topic);
	const event = text(row.event);
	const id = text(row.id, 'hex');
	// jsonb in binary form is a version byte and then the text.
	const body = Buffer.isBuffer(row.payload) ? row.payload.subarray(1) : null;
	if (topic === null || event === null || id === null || body === null) return null;
	const meta = JSON.stringify({ id: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') });
	const isPrivate = Buffer.isBuffer(row.private) && row.private[0] === 1;
	return { message: { topic, private: isPrivate, broadcast: { kind: 'user', event, encoding: 'json', body, meta } }, body };
}

function text(value: unknown, encoding: 'utf8' | 'hex' = 'utf8'): string | null {
	return Buffer.isBuffer(value) ? value.toString(encoding) : null;
}
