import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { LogicalReplicationService, type Pgoutput, PgoutputPlugin } from 'pg-logical-replication';

type StreamOptions = {
	/** Logs in as a role that may replicate. */
	url: string;
	publication: string;
	/** Begins the name of the slot, to be recognised in `pg_replication_slots`. */
	slotPrefix: string;
	/** How values arrive: as the Buffers of Postgres' binary format, or as strings in its text format. */
	values: 'binary' | 'text';
	/** The next message is taken when this one is done with: while a consumer waits, the server does, and memory stays small. */
	onMessage: (message: Pgoutput.Message) => void | Promise<void>;
	/** The connection is gone: what is committed from now until it is back is never delivered. */
	onLost: () => void;
	log: (message: string, error?: unknown) => void;
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/**
 * Follows a publication through a temporary replication slot. The slot dies with its connection, so nothing piles up on
 * the server while nobody listens.
 */
export class ReplicationStream {
	readonly #options: StreamOptions;
	readonly #stopped = new AbortController();
	#service: LogicalReplicationService | null = null;
	#streaming = Promise.withResolvers<void>();
	#isStreaming = false;
	#running: Promise<void> = Promise.resolve();

	constructor(options: StreamOptions) {
		this.#options = options;
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
				if (!this.#stopped.signal.aborted) this.#options.log(`the stream of ${this.#options.publication} broke`, error);
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
		const { url, slotPrefix, onMessage, log } = this.#options;
		const service = new LogicalReplicationService(
			{ connectionString: url, application_name: 'realtime_replication', keepAlive: true },
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
			try {
				await onMessage(message);
			} catch (error) {
				log('a replicated message could not be handled', error);
			}
		});
		const slot = `${slotPrefix}_${randomBytes(6).toString('hex')}`;
		try {
			await service.subscribe(new TemporarySlotPlugin(this.#options), slot);
		} finally {
			await service.destroy();
		}
	}
}

/** pgoutput with a slot of the connection's own, and values as they come: they are passed on, not worked with. */
class TemporarySlotPlugin extends PgoutputPlugin {
	readonly #options: StreamOptions;

	constructor(options: StreamOptions) {
		super({ protoVersion: 1, publicationNames: [options.publication] });
		this.#options = options;
	}

	/** Replication commands are their own grammar: only upper case is understood. */
	override async start(client: Parameters<PgoutputPlugin['start']>[0], slot: string, lsn: string): Promise<unknown> {
		const { publication, values } = this.#options;
		await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput NOEXPORT_SNAPSHOT`);
		return client.query(
			`START_REPLICATION SLOT "${slot}" LOGICAL ${lsn} (proto_version '1', publication_names '${publication}', binary '${values === 'binary'}')`
		);
	}

	/** The library parses inside a socket listener, where an exception would end the process. */
	override parse(buffer: Buffer): ReturnType<PgoutputPlugin['parse']> {
		try {
			const message = super.parse(buffer);
			if (message.tag === 'relation') for (const column of message.columns) column.parser = (text: string) => text;
			return message;
		} catch (error) {
			this.#options.log('a replicated message could not be read', error);
			return { tag: 'origin', originLsn: null, originName: '' };
		}
	}
}
