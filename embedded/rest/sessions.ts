import postgres from 'postgres';
import { Problem } from './problem.ts';

export type Row = Record<string, string | null>;

/** The extended protocol takes one statement at a time, even where it has no values, and keeps its plan. */
const extended = { prepare: true, simple: false };

/** More prepared statements than this, and a session starts afresh: each holds memory in the database. */
const maxStatements = 1000;

const patienceMs = 10_000;

/** The server ended the session, or the socket closed. */
function isLoss(error: unknown): boolean {
	if (error instanceof postgres.PostgresError) return error.severity === 'FATAL' || error.severity === 'PANIC';
	return error instanceof Error && 'code' in error && /^(CONNECT|ECONN|EPIPE)/.test(String(error.code));
}

/**
 * One connection, used by one transaction at a time. The driver's own `reserve` and `begin` are not used: both send on
 * connections that are gone, and statements that wait inside the driver would run on the next connection, outside of
 * their transaction. So nothing waits there: what the server has not seen before is sent alone.
 */
export class Session {
	readonly #url: string;
	#sql: postgres.Sql;
	/** Statements this connection has prepared; empty as long as it is not open. */
	readonly #known = new Set<string>();
	/** The connection was lost since the transaction began: whatever else it wants to send must not be sent. */
	isLost = false;

	constructor(url: string) {
		this.#url = url;
		this.#sql = this.#connect();
	}

	#connect(): postgres.Sql {
		const sql = postgres(this.#url, {
			max: 1,
			fetch_types: false,
			max_lifetime: null,
			connect_timeout: 5,
			backoff: () => 0.1,
			onnotice: () => {},
			onclose: () => {
				if (this.#sql === sql) this.#lose();
			},
			connection: { application_name: 'rest', TimeZone: 'UTC' }
		});
		// Values travel as the text they are: PostgreSQL reads them by the type of the place they stand in.
		const { serializers, parsers } = sql.options;
		for (const types of [serializers, parsers]) for (const oid of Object.keys(types)) Reflect.deleteProperty(types, oid);
		return sql;
	}

	#lose(): void {
		this.#known.clear();
		this.isLost = true;
	}

	/**
	 * Readies the session for its next transaction. After a loss it starts with a new client: the old one would still take
	 * statements for a socket that is about to close, and never answer them.
	 */
	renew(): void {
		if (!this.isLost && this.#known.size <= maxStatements) return;
		const old = this.#sql;
		this.#sql = this.#connect();
		this.#known.clear();
		this.isLost = false;
		old.end({ timeout: 0 }).catch(() => {});
	}

	/** Sends a statement; without values it is a command such as `commit`. */
	send(text: string, values?: string[]): Promise<Row[]> {
		const query = values === undefined ? this.#sql.unsafe<Row[]>(text).simple() : this.#sql.unsafe<Row[]>(text, values, extended);
		return query.execute().then(
			(rows) => {
				this.#known.add(text);
				return rows;
			},
			(error: unknown) => {
				if (isLoss(error)) this.#lose();
				throw error;
			}
		);
	}

	/**
	 * Sends statements one after the other without waiting for their answers, but for those the connection sees for the first
	 * time. Throws the first error, after all that was sent has been answered.
	 */
	async sendAll(statements: { text: string; values?: string[] }[]): Promise<Row[][]> {
		const sent: Promise<Row[]>[] = [];
		for (const { text, values } of statements) {
			const isKnown = this.#known.has(text);
			const answer = this.send(text, values);
			// Looked at below, but a later statement may be waited for first.
			answer.catch(() => {});
			sent.push(answer);
			if (!isKnown && (await Promise.allSettled([answer]))[0].status === 'rejected') break;
		}
		const settled = await Promise.allSettled(sent);
		return settled.map((result) => {
			if (result.status === 'rejected') throw result.reason;
			return result.value;
		});
	}

	close(): Promise<void> {
		return this.#sql.end({ timeout: 5 });
	}
}

/** A bounded number of sessions; the last one used is the first to be used again, because it is warm. */
export class Sessions {
	readonly #all: Session[];
	readonly #free: Session[];
	readonly #waiting: ((session: Session) => void)[] = [];

	constructor(url: string, count: number) {
		this.#all = Array.from({ length: count }, () => new Session(url));
		this.#free = [...this.#all];
	}

	/** A session for one transaction; throws PGRST003 when none becomes free in time. */
	async acquire(): Promise<Session> {
		const session = this.#free.pop() ?? (await this.#wait());
		session.renew();
		return session;
	}

	#wait(): Promise<Session> {
		return new Promise((resolve, reject) => {
			const take = (session: Session) => {
				clearTimeout(timer);
				resolve(session);
			};
			const timer = setTimeout(() => {
				this.#waiting.splice(this.#waiting.indexOf(take), 1);
				reject(new Problem(504, 'PGRST003', 'Timed out acquiring connection from connection pool.'));
			}, patienceMs);
			this.#waiting.push(take);
		});
	}

	release(session: Session): void {
		const next = this.#waiting.shift();
		if (next) next(session);
		else this.#free.push(session);
	}

	async close(): Promise<void> {
		await Promise.all(this.#all.map((session) => session.close()));
	}
}
