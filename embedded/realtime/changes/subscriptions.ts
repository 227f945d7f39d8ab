import { type Identity } from '../identity.ts';
import { type Frame, type Vsn } from '../serializer.ts';
import { type Binding, type ChangeType } from './bindings.ts';
import { type TableName } from './tables.ts';

/** The channel that hears of changes. */
export type Listener = {
	readonly vsn: Vsn;
	/** The name clients join by, `realtime:` included. */
	readonly topic: string;
	/** As whom it may see rows, at this moment. */
	readonly identity: Identity;
	/** The channel has ended. */
	readonly isOver: boolean;
	deliver(frame: Frame): void;
	/** Changes may have been missed. */
	interrupt(): void;
};

/** One binding of one channel. `id` is what its frames carry in `ids`. */
export type Subscription = { id: number; binding: Binding; listener: Listener };

/** Who wants to hear of which table. */
export class Subscriptions {
	readonly #byTable = new Map<string, Set<Subscription>>();
	readonly #tablesOf = new Map<Subscription, string[]>();

	get isEmpty(): boolean {
		return this.#tablesOf.size === 0;
	}

	add(subscription: Subscription, tables: readonly TableName[]): void {
		this.remove(subscription);
		const keys = tables.map(tableKey);
		this.#tablesOf.set(subscription, keys);
		for (const key of keys) {
			const wanting = this.#byTable.get(key) ?? new Set();
			this.#byTable.set(key, wanting.add(subscription));
		}
	}

	remove(subscription: Subscription): void {
		for (const key of this.#tablesOf.get(subscription) ?? []) {
			const wanting = this.#byTable.get(key);
			wanting?.delete(subscription);
			if (wanting?.size === 0) this.#byTable.delete(key);
		}
		this.#tablesOf.delete(subscription);
	}

	has(subscription: Subscription): boolean {
		return this.#tablesOf.has(subscription);
	}

	wants(table: TableName, type: ChangeType): boolean {
		return this.of(table, type).length > 0;
	}

	/** Those who want this kind of change of the table. */
	of(table: TableName, type: ChangeType): Subscription[] {
		const wanting = this.#byTable.get(tableKey(table)) ?? [];
		return [...wanting].filter(({ binding }) => binding.event === '*' || binding.event === type);
	}

	listeners(): Set<Listener> {
		return new Set([...this.#tablesOf.keys()].map(({ listener }) => listener));
	}
}

/** A key for maps by table. */
export function tableKey({ schema, table }: TableName): string {
	return JSON.stringify([schema, table]);
}
