import { createHash } from 'node:crypto';
import { type Identity, Refused } from '../identity.ts';
import { readBinding } from './bindings.ts';
import { type Changes } from './changes.ts';
import { type Listener, type Subscription } from './subscriptions.ts';

/** How far a subscription got. */
export type Outcome = { status: 'ok' | 'error' | 'late'; message: string };

/** What one channel listens to in `postgres_changes`. */
export class Listening {
	/** The bindings as the channel asked for them, each with its id: the reply to its join. */
	readonly bindings: Record<string, unknown>[];
	readonly #listener: Listener;
	readonly #changes: Changes;
	#subscriptions: Subscription[] | null = null;
	#attempt = 0;

	constructor(requested: readonly Record<string, unknown>[], listener: Listener, changes: Changes) {
		const taken = new Set<number>();
		this.bindings = requested.map((params) => ({ ...params, id: bindingId(params, taken) }));
		this.#listener = listener;
		this.#changes = changes;
	}

	/**
	 * Subscribes as the identity, or again when it has changed: what it may not listen to ends all of it. Null when a later
	 * call or the end of the channel overtook this one. Throws when the database cannot be asked.
	 */
	async subscribe(identity: Identity, timeoutMs: number): Promise<Outcome | null> {
		const attempt = ++this.#attempt;
		const isOvertaken = () => attempt !== this.#attempt || this.#listener.isOver;
		try {
			this.#subscriptions ??= this.bindings.map((params) => {
				const { id, ...asked } = params;
				return { id: Number(id), binding: readBinding(asked), listener: this.#listener };
			});
			const isStreaming = await this.#changes.subscribe(this.#subscriptions, identity, timeoutMs);
			if (isOvertaken()) return null;
			if (isStreaming) return { status: 'ok', message: 'Subscribed to PostgreSQL' };
			return { status: 'late', message: 'The changes of the database do not stream yet' };
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			if (isOvertaken()) return null;
			this.#changes.unsubscribe(this.#subscriptions ?? []);
			return { status: 'error', message: error.message };
		}
	}

	/** The channel is over. */
	end(): void {
		this.#changes.unsubscribe(this.#subscriptions ?? []);
	}
}

/** Equal for equal bindings, so that frames for many channels of a topic are equal too; never twice in one channel. */
function bindingId(params: Record<string, unknown>, taken: Set<number>): number {
	let id = createHash('sha256').update(JSON.stringify(params)).digest().readUInt32BE() >>> 5;
	while (taken.has(id)) id += 1;
	taken.add(id);
	return id;
}
