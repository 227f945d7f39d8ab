import { Connection } from './connection.ts';
import { Problem } from './problem.ts';

const patienceMs = 10_000;

/** PostgREST's db-pool-max-idletime: each connection holds some megabytes in the database. */
const usualIdleMs = 30_000;

type Waiting = { take: (connection: Promise<Connection>) => void };

/** A bounded number of connections, opened when they are needed; the last one used is the first to be used again, because it is warm. */
export class Sessions {
	readonly #url: string;
	readonly #most: number;
	readonly #idleMs: number;
	/** Open, opening or in use. */
	#count = 0;
	readonly #free: { connection: Connection; since: number }[] = [];
	readonly #waiting: Waiting[] = [];
	#sweep: NodeJS.Timeout | undefined;
	#isClosed = false;

	constructor(url: string, most: number, idleMs = usualIdleMs) {
		this.#url = url;
		this.#most = most;
		this.#idleMs = idleMs;
	}

	/** A connection for one transaction; throws PGRST003 when none becomes free in time. */
	acquire(): Promise<Connection> {
		for (let last = this.#free.pop(); last; last = this.#free.pop()) {
			if (last.connection.isOpen) return Promise.resolve(last.connection);
			this.#count -= 1;
		}
		return this.#count < this.#most && !this.#isClosed ? this.#open() : this.#wait();
	}

	async #open(): Promise<Connection> {
		this.#count += 1;
		try {
			return await Connection.open(this.#url, { application_name: 'rest', TimeZone: 'UTC' });
		} catch (error) {
			this.#count -= 1;
			// Whoever waits for it has to learn how things are, too.
			this.#waiting.shift()?.take(this.acquire());
			throw error;
		}
	}

	#wait(): Promise<Connection> {
		return new Promise((resolve, reject) => {
			const waiting: Waiting = {
				take: (connection) => {
					clearTimeout(timer);
					resolve(connection);
				}
			};
			const timer = setTimeout(() => {
				this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
				reject(new Problem(504, 'PGRST003', 'Timed out acquiring connection from connection pool.'));
			}, patienceMs);
			this.#waiting.push(waiting);
		});
	}

	release(connection: Connection): void {
		const next = this.#waiting.shift();
		if (!connection.isOpen) {
			this.#count -= 1;
			next?.take(this.acquire());
		} else if (next) next.take(Promise.resolve(connection));
		else {
			this.#free.push({ connection, since: Date.now() });
			this.#sweep ??= setTimeout(() => this.#closeIdle(), this.#idleMs).unref();
		}
	}

	#closeIdle(): void {
		this.#sweep = undefined;
		while (this.#free[0] && this.#free[0].since <= Date.now() - this.#idleMs) {
			void this.#free.shift()?.connection.close();
			this.#count -= 1;
		}
		const [oldest] = this.#free;
		if (oldest) this.#sweep = setTimeout(() => this.#closeIdle(), Math.max(oldest.since + this.#idleMs - Date.now(), 1)).unref();
	}

	async close(): Promise<void> {
		this.#isClosed = true;
		clearTimeout(this.#sweep);
		await Promise.all(this.#free.splice(0).map(({ connection }) => connection.close()));
	}
}
