import postgres from 'postgres';
import type { ReservedSql } from 'postgres';
import type { Catalog } from './catalog.ts';
import { Problem } from './problem.ts';
import { identifier } from './sql.ts';

/** Who acts: a database role, and the claims of a verified token. */
export type Caller = { role: string; claims: object | null };

export type Statement = { text: string; values: string[] };
export type Row = Record<string, string | null>;

/** What a request brings into its transaction. */
export type Context = {
	caller: Caller;
	catalog: Catalog;
	readOnly: boolean;
	/** `request.method`, `request.path`, `request.headers` and the like. */
	settings: [string, string][];
};

const patienceMs = 10_000;

function isLostConnection(error: unknown): boolean {
	return error instanceof Error && 'code' in error && /^(CONNECTION|CONNECT_|ECONN|EPIPE)/.test(String(error.code));
}

/** A bounded pool of connections as `authenticator`, on which requests run one transaction each. */
export class Transactions {
	readonly #sql: postgres.Sql;

	constructor(url: string, connections: number) {
		// Not `fetch_types: false`: with it `reserve` never resolves when it has to open a connection (postgres 3.4.9).
		this.#sql = postgres(url, { max: connections, onnotice: () => {}, connection: { application_name: 'rest', TimeZone: 'UTC' } });
	}

	/** Values travel as the text they are: PostgreSQL reads them by the type of the place they stand in. New connections add array types. */
	#forgetTypes(): void {
		const { serializers, parsers } = this.#sql.options;
		for (const types of [serializers, parsers]) for (const oid of Object.keys(types)) Reflect.deleteProperty(types, oid);
	}

	/**
	 * Runs the statements in one transaction as the caller and gives the rows of each to `decide`, whose exception
	 * rolls everything back. A read is one round trip: all of it is sent before the first answer is waited for.
	 */
	async run<T>(context: Context, statements: Statement[], decide: (results: Row[][]) => T): Promise<T> {
		const connection = await this.#reserve();
		let lost = false;
		const send = (text: string, values: string[] | undefined = undefined): Promise<Row[]> => {
			const query =
				values === undefined ? connection.unsafe<Row[]>(text).simple() : connection.unsafe<Row[]>(text, values, { prepare: true });
			return query.execute().then(
				(rows) => rows,
				(error: unknown) => {
					lost ||= isLostConnection(error);
					throw error;
				}
			);
		};
		let end: Promise<unknown> = Promise.resolve();
		try {
			const sent = [
				send(context.readOnly ? 'begin read only' : 'begin'),
				...this.#enter(context, send),
				...statements.map(({ text, values }) => send(text, values))
			];
			const outcome = Promise.allSettled(sent);
			if (context.readOnly) end = send('commit');
			const settled = await outcome;
			const failure = settled.find((result) => result.status === 'rejected');
			if (failure) throw failure.reason;
			const results = settled.slice(-statements.length).map((result) => (result.status === 'fulfilled' ? result.value : []));
			const decided = decide(results);
			if (!context.readOnly) await (end = send('commit'));
			return decided;
		} catch (error) {
			if (!context.readOnly && !lost) end = send('rollback');
			throw error;
		} finally {
			// The answer to a read does not wait for its transaction to end, the connection does.
			void end
				.then(
					() => undefined,
					() => undefined
				)
				.then(() => {
					if (!lost) connection.release();
				});
		}
	}

	/** Becomes the caller: role, claims, request, and the role's own settings such as statement_timeout. */
	#enter({ caller, catalog, settings }: Context, send: (text: string, values: string[]) => Promise<Row[]>): Promise<Row[]>[] {
		const claims = JSON.stringify({ role: caller.role, ...caller.claims });
		const all: [string, string][] = [
			...Object.entries(catalog.roleSettings[caller.role] ?? {}),
			['role', caller.role],
			['request.jwt.claims', claims],
			...settings
		];
		const calls = all.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
		const sent = [send(`select ${calls.join(', ')}`, all.flat())];
		const preRequest = catalog.roleSettings.authenticator?.['pgrst.db_pre_request'];
		if (preRequest) sent.push(send(`select ${preRequest.split('.').map(identifier).join('.')}()`, []));
		return sent;
	}

	async #reserve(): Promise<ReservedSql> {
		const reserved = this.#sql.reserve();
		let timer: NodeJS.Timeout | undefined;
		const tooLong = new Promise<never>((_, reject) => {
			timer = setTimeout(() => {
				reserved.then(
					(connection) => connection.release(),
					() => {}
				);
				reject(new Problem(504, 'PGRST003', 'Timed out acquiring connection from connection pool.'));
			}, patienceMs);
		});
		try {
			const connection = await Promise.race([reserved, tooLong]);
			this.#forgetTypes();
			return connection;
		} finally {
			clearTimeout(timer);
		}
	}

	stop(): Promise<void> {
		return this.#sql.end({ timeout: 5 });
	}
}
