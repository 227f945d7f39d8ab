import { type Identity } from '../identity.ts';
import { ReplicationStream } from '../replication.ts';
import { type Change, readChange, readTransaction, type Transaction } from './change.ts';
import { checkBinding } from './checks.ts';
import { ChangesDatabase } from './database.ts';
import { Delivery } from './delivery.ts';
import { type Subscription, Subscriptions } from './subscriptions.ts';

type ChangesOptions = {
	/** Logs in as supabase_admin. */
	adminUrl: string;
	/** The slot outlives the last subscription by this. */
	lingerMs: number;
	log: (message: string, error?: unknown) => void;
};

/** Handled together: enough that asking is cheap, few enough that a stop is short. */
const MAX_BATCH_CHANGES = 100;
const MAX_BATCH_BYTES = 262_144;
/** Waiting to be handled before the stream is held: what is committed meanwhile waits in Postgres' log, on disk. */
const MAX_WAITING_CHANGES = 500;
const MAX_WAITING_BYTES = 1_048_576;

/** The stream of changes to the tables of the publication `supabase_realtime`: there only while somebody listens, and apart from broadcasts, which it never holds up. */
export class Changes {
	readonly #options: ChangesOptions;
	readonly #database: ChangesDatabase;
	readonly #subscriptions = new Subscriptions();
	readonly #delivery: Delivery;
	#stream: ReplicationStream | null = null;
	#lingering: NodeJS.Timeout | undefined;
	#transaction: Transaction = { xid: 0, committedAt: '' };
	#waiting: Change[] = [];
	#waitingBytes = 0;
	#isDelivering = false;
	#room = Promise.withResolvers<void>();

	constructor(options: ChangesOptions) {
		this.#options = options;
		this.#database = new ChangesDatabase(options.adminUrl);
		this.#delivery = new Delivery(this.#database, this.#subscriptions);
	}

	/**
	 * Subscribes one channel's bindings, all or none; those subscribed before keep what they have. When it resolves with true,
	 * every later commit is told; false means that the stream did not run within `timeoutMs`, though it goes on trying.
	 * Throws Refused for a binding that cannot be.
	 */
	async subscribe(subscriptions: readonly Subscription[], identity: Identity, timeoutMs: number): Promise<boolean> {
		const checked = await this.#database.read(async (tx) => {
			const found = [];
			for (const subscription of subscriptions) {
				found.push({ subscription, tables: await checkBinding(tx, subscription.binding, identity.role) });
			}
			return found;
		});
		if (subscriptions.some(({ listener }) => listener.isOver)) return false;
		for (const { subscription, tables } of checked) this.#subscriptions.add(subscription, tables);
		return this.#running().whenStreaming(timeoutMs);
	}

	unsubscribe(subscriptions: readonly Subscription[]): void {
		for (const subscription of subscriptions) this.#subscriptions.remove(subscription);
		if (!this.#subscriptions.isEmpty || !this.#stream || this.#lingering) return;
		this.#lingering = setTimeout(() => void this.#rest(), this.#options.lingerMs).unref();
	}

	async stop(): Promise<void> {
		clearTimeout(this.#lingering);
		this.#forgetWaiting();
		await this.#stream?.stop();
		await this.#database.stop();
	}

	#running(): ReplicationStream {
		clearTimeout(this.#lingering);
		this.#lingering = undefined;
		if (this.#stream) return this.#stream;
		this.#stream = new ReplicationStream({
			url: this.#options.adminUrl,
			publication: 'supabase_realtime',
			slotPrefix: 'realtime_changes',
			values: 'text',
			onMessage: (message) => {
				if (message.tag === 'begin') this.#transaction = readTransaction(message);
				const change = readChange(message, this.#transaction);
				if (change && this.#subscriptions.wants(change.table, change.type)) return this.#enqueue(change);
			},
			onLost: () => {
				this.#forgetWaiting();
				this.#subscriptions.listeners().forEach((listener) => listener.interrupt());
			},
			log: this.#options.log
		});
		this.#stream.start();
		return this.#stream;
	}

	async #rest(): Promise<void> {
		const stream = this.#stream;
		this.#stream = null;
		this.#lingering = undefined;
		await stream?.stop();
	}

	/** Takes a change in; resolves when there is room for another. */
	async #enqueue(change: Change): Promise<void> {
		this.#waiting.push(change);
		this.#waitingBytes += change.bytes;
		if (!this.#isDelivering) void this.#deliverAll();
		while (this.#waiting.length >= MAX_WAITING_CHANGES || this.#waitingBytes >= MAX_WAITING_BYTES) await this.#room.promise;
	}

	async #deliverAll(): Promise<void> {
		this.#isDelivering = true;
		while (this.#waiting.length > 0) {
			await this.#deliver(this.#takeBatch());
			this.#makeRoom();
		}
		this.#isDelivering = false;
	}

	/** What was not delivered before the stream broke is lost with what it missed: channels start anew. */
	#forgetWaiting(): void {
		this.#waiting = [];
		this.#waitingBytes = 0;
		this.#makeRoom();
	}

	#makeRoom(): void {
		this.#room.resolve();
		this.#room = Promise.withResolvers();
	}

	#takeBatch(): Change[] {
		let bytes = 0;
		const beyond = this.#waiting.findIndex((change, index) => {
			bytes += change.bytes;
			return index >= MAX_BATCH_CHANGES || (index > 0 && bytes > MAX_BATCH_BYTES);
		});
		const batch = this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : beyond);
		for (const change of batch) this.#waitingBytes -= change.bytes;
		return batch;
	}

	/** A change that cannot be read, because its table is no longer what it was, must not take others with it. */
	async #deliver(batch: readonly Change[]): Promise<void> {
		try {
			await this.#delivery.deliver(batch);
		} catch (error) {
			if (batch.length > 1) for (const change of batch) await this.#deliver([change]);
			else this.#options.log('a change could not be delivered', error);
		}
	}
}
