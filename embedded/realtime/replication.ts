import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';
import { type Broadcast } from './serializer.ts';

/** A row inserted into realtime.messages, committed. */
export type DatabaseMessage = { topic: string; private: boolean; broadcast: Broadcast };

type StreamOptions = {
	/** Logs in as a role that may replicate. */
	url: string;
	onMessage: (message: DatabaseMessage) => void;
	/** The connection is gone: messages committed from now until it is back are never delivered. */
	onLost: () => void;
	log: (message: string, error?: unknown) => void;
};

const PUBLICATION = 'supabase_realtime_messages_publication';
/** Delivered in one turn of the event loop: sockets empty between turns, so a burst leaves behind only readers that are slow. */
const BYTES_PER_TURN = 65_536;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Follows the inserts into realtime.messages through a temporary replication slot. The slot dies with its connection,
 * so nothing piles up on the server while nobody listens.
 */
export class MessageStream {
	readonly #options: StreamOptions;
	readonly #stopped = new AbortController();
	#service: LogicalReplicationService | null = null;
	#streaming = Promise.withResolvers<void>();
	#isStreaming = false;
	#bytesThisTurn = 0;
	#running: Promise<void> = Promise.resolve();

	constructor(options: StreamOptions) {
		this.#options = options;
	}

	get isStreaming(): boolean {
		return this.#isStreaming;
	}

	/** Connects, and reconnects until stopped. */
	start(): void {
		this.#running = this.#keepStreaming();
	}

	/** True once every later commit will be delivered, false when that took longer than `timeoutMs`. */
	async whenStreaming(timeoutMs: number): Promise<boolean> {
		const givenUp = new AbortController();
		const timeout = delay(timeoutMs, undefined, { signal: givenUp.signal }).catch(() => {});
		while (!this.#isStreaming) {
			const isIn = await Promise.race([this.#streaming.promise.then(() => true), timeout.then(() => false)]);
			if (!isIn) return false;
		}
		givenUp.abort();
		return true;
	}

	async stop(): Promise<void> {
		this.#stopped.abort();
		await this.#service?.destroy();
		await this.#running;
	}

	async #keepStreaming(): Promise<void> {
		let retryMs = FIRST_RETRY_MS;
		while (!this.#stopped.signal.aborted) {
			try {
				await this.#stream(() => (retryMs = FIRST_RETRY_MS));
			} catch (error) {
				if (!this.#stopped.signal.aborted) this.#options.log('the stream of database broadcasts broke', error);
			}
			if (this.#isStreaming) {
				this.#isStreaming = false;
				this.#streaming = Promise.withResolvers();
				if (!this.#stopped.signal.aborted) this.#options.onLost();
			}
			await delay(retryMs, undefined, { signal: this.#stopped.signal }).catch(() => {});
			retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
		}
	}

	/** Streams until the connection ends. */
	async #stream(onStart: () => void): Promise<void> {
		const service = new LogicalReplicationService(
			{ connectionString: this.#options.url, application_name: 'realtime_replication', keepAlive: true },
			// Flow control waits for the listener of one message before it takes the next.
			{ acknowledge: { auto: false, timeoutSeconds: 10 }, flowControl: { enabled: true } }
		);
		this.#service = service;
		// Every failure also rejects subscribe(); an emitter without a listener would throw.
		service.on('error', () => {});
		service.on('start', () => {
			onStart();
			this.#isStreaming = true;
			this.#streaming.resolve();
		});
		service.on('data', async (_lsn, message) => {
			if (message?.tag !== 'insert') return;
			try {
				this.#deliver(message.new);
			} catch (error) {
				this.#options.log('a database broadcast could not be delivered', error);
			}
			if (this.#bytesThisTurn < BYTES_PER_TURN) return;
			this.#bytesThisTurn = 0;
			await nextTurn();
		});
		const slot = `realtime_messages_${randomBytes(6).toString('hex')}`;
		try {
			await service.subscribe(new InsertPlugin(this.#options.log), slot);
		} finally {
			await service.destroy();
		}
	}

	#deliver(row: Record<string, unknown>): void {
		const topic = text(row.topic);
		const event = text(row.event);
		const id = text(row.id, 'hex');
		// jsonb in binary form is a version byte and then the text.
		const body = Buffer.isBuffer(row.payload) ? row.payload.subarray(1) : null;
		if (topic === null || event === null || id === null || body === null) return;
		this.#bytesThisTurn += body.length;
		const meta = JSON.stringify({ id: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') });
		this.#options.onMessage({
			topic,
			private: Buffer.isBuffer(row.private) && row.private[0] === 1,
			broadcast: { kind: 'user', event, encoding: 'json', body, meta }
		});
	}
}

function text(value: unknown, encoding: 'utf8' | 'hex' = 'utf8'): string | null {
	return Buffer.isBuffer(value) ? value.toString(encoding) : null;
}

/** pgoutput with a slot of the connection's own, and values in binary: a payload is passed on as the bytes it came in. */
class InsertPlugin extends PgoutputPlugin {
	readonly #log: StreamOptions['log'];

	constructor(log: StreamOptions['log']) {
		super({ protoVersion: 1, publicationNames: [PUBLICATION] });
		this.#log = log;
	}

	/** Replication commands are their own grammar: only upper case is understood. */
	override async start(client: Parameters<PgoutputPlugin['start']>[0], slot: string, lsn: string): Promise<unknown> {
		await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
		return client.query(
			`START_REPLICATION SLOT "${slot}" LOGICAL ${lsn} (proto_version '1', publication_names '${PUBLICATION}', binary 'true')`
		);
	}

	/** The library parses inside a socket listener, where an exception would end the process. */
	override parse(buffer: Buffer): ReturnType<PgoutputPlugin['parse']> {
		try {
			return super.parse(buffer);
		} catch (error) {
			this.#log('a replicated message could not be read', error);
			return { tag: 'origin', originLsn: null, originName: '' };
		}
	}
}
