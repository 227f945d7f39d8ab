import postgres, { type Sql, type TransactionSql } from 'postgres';
import { afterAll, expect, inject } from 'vitest';
import { cloneDatabase } from '../support/postgres.ts';

/** What a statement of a caller did: the rows it returned, or the error's SQLSTATE and what else it says. */
export type Outcome =
	| { rows: postgres.Row[]; error?: undefined }
	| { rows?: undefined; error: { code: string; message: string; hint?: string; detail?: string; constraint?: string } };

/** Claims of a token, where more than whose it is matters: its session, or what it is for. */
export type Claims = Record<string, string>;

/** Who calls: a user's id or a token's claims, or null for a request without a session (the role anon). */
export type Caller = string | Claims | null;

export type Database = {
	/** The owner's connection (postgres): bypasses row-level security. */
	sql: Sql;
	url: string;
	/** A further connection of the same kind, for tests of two people at once. Closed with the database. */
	connect(): Sql;
	/**
	 * Runs `work` in a transaction as REST would for the caller, then commits.
	 * @param headers of the request, as PostgREST passes them on
	 */
	as<T>(caller: Caller, work: (tx: TransactionSql) => Promise<T>, headers?: Record<string, string>): Promise<T>;
	/** As `as`, then rolled back: what a statement would do, without doing it. */
	rehearse<T>(caller: Caller, work: (tx: TransactionSql) => Promise<T>): Promise<T>;
	/** One statement as the caller, committed; a refusal is an answer. */
	tries(caller: Caller, text: string, values?: Value[]): Promise<Outcome>;
	/** As `tries`, but through the check that REST makes before every request: the whole way of a request. */
	request(caller: Caller, text: string, values?: Value[], sent?: Request): Promise<Outcome>;
};

/** What a statement's placeholder takes. */
export type Value = string | number | boolean | null | string[];

/** What a request says beside who sends it. */
export type Request = { path?: string; headers?: Record<string, string> };

/** Becomes the caller for the rest of the transaction. */
export async function become(tx: TransactionSql, caller: Caller, headers: Record<string, string> = {}): Promise<void> {
	const role = caller === null ? 'anon' : 'authenticated';
	const claims = caller === null ? { role } : { role, aud: 'authenticated', ...(typeof caller === 'string' ? { sub: caller } : caller) };
	await tx`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
		set_config('request.headers', ${JSON.stringify(headers)}, true), set_config('role', ${role}, true)`;
}

/** Tries a statement inside a savepoint, so that its refusal leaves the transaction usable. */
export async function attempt(tx: TransactionSql, statement: (tx: TransactionSql) => Promise<postgres.Row[]>): Promise<Outcome> {
	try {
		return { rows: await tx.savepoint((inner) => statement(inner)) };
	} catch (error) {
		if (!(error instanceof postgres.PostgresError)) throw error;
		const { code, message, hint, detail, constraint_name: constraint } = error;
		return { error: { code, message, hint, detail, constraint } };
	}
}

function onlyAnswer<T>(held: { answer: T }[]): T {
	const [first] = held;
	if (!first) throw new Error('the transaction did not run');
	return first.answer;
}

/** A copy of the migrated database for one test file. No statement of the file may lose a live message: that warning fails it. */
export async function useDatabase(): Promise<Database> {
	const { url, drop } = await cloneDatabase(inject('cluster'));
	const lostMessages: string[] = [];
	const connections: Sql[] = [];

	const connect = (): Sql => {
		const connection = postgres(url, {
			max: 1,
			onnotice: ({ message }) => {
				if (/broadcast/i.test(message ?? '')) lostMessages.push(message ?? '');
			}
		});
		connections.push(connection);
		return connection;
	};

	const sql = connect();

	afterAll(async () => {
		await Promise.all(connections.map((connection) => connection.end()));
		await drop();
		expect(lostMessages).toEqual([]);
	});

	return {
		sql,
		url,
		connect,
		async as<T>(caller: Caller, work: (tx: TransactionSql) => Promise<T>, headers?: Record<string, string>) {
			const held: { answer: T }[] = [];
			await sql.begin(async (tx) => {
				await become(tx, caller, headers);
				held.push({ answer: await work(tx) });
			});
			return onlyAnswer(held);
		},
		async rehearse<T>(caller: Caller, work: (tx: TransactionSql) => Promise<T>) {
			const held: { answer: T }[] = [];
			const undone = new Error('undone');
			await sql
				.begin(async (tx) => {
					await become(tx, caller);
					held.push({ answer: await work(tx) });
					throw undone;
				})
				.catch((error: unknown) => {
					if (error !== undone) throw error;
				});
			return onlyAnswer(held);
		},
		async tries(caller: Caller, text: string, values: Value[] = []) {
			const held: { answer: Outcome }[] = [];
			await sql.begin(async (tx) => {
				await become(tx, caller);
				held.push({ answer: await attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]) });
			});
			return onlyAnswer(held);
		},
		async request(caller: Caller, text: string, values: Value[] = [], { path = '/', headers = {} }: Request = {}) {
			const held: { answer: Outcome }[] = [];
			await sql.begin(async (tx) => {
				await become(tx, caller, headers);
				await tx`select set_config('request.path', ${path}, true)`;
				held.push({
					answer: await attempt(tx, async (inner) => {
						await inner`select private.check_request()`;
						return [...(await inner.unsafe(text, values))];
					})
				});
			});
			return onlyAnswer(held);
		}
	};
}
