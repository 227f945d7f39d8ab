import { DatabaseError } from 'pg-protocol';
import type { Catalog } from './catalog.ts';
import type { Connection, Row, Statement } from './connection.ts';
import { Sessions } from './sessions.ts';
import { identifier } from './sql.ts';

export type { Row, Statement } from './connection.ts';

/** Who acts: a database role, and the claims of a verified token. */
export type Caller = { role: string; claims: object | null };

/** What a request brings into its transaction. */
export type Context = {
	caller: Caller;
	catalog: Catalog;
	readOnly: boolean;
	/** What was written is taken back in the end, after every check was made. */
	rollback: boolean;
	/** `request.method`, `request.path`, `request.headers` and the like. */
	settings: [string, string][];
};

/** Under row-level security a plan serves one role and is thrown away when another one comes: each role has plans of its own. */
const ofRole = ({ role }: Caller): string => (/^\w+$/.test(role) ? ` /* ${role} */` : '');

/** Becomes the caller: role, claims, request, and the role's own settings such as statement_timeout. */
function enter({ caller, catalog, readOnly, settings }: Context): Statement[] {
	const claims = JSON.stringify({ role: caller.role, ...caller.claims });
	const all: [string, string][] = [
		...(readOnly ? ([['transaction_read_only', 'on']] satisfies [string, string][]) : []),
		...Object.entries(catalog.roleSettings[caller.role] ?? {}),
		['role', caller.role],
		['request.jwt.claims', claims],
		...settings
	];
	const calls = all.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
	const { preRequest } = catalog.settings;
	return [
		{ text: `select ${calls.join(', ')}`, values: all.flat() },
		...(preRequest ? [{ text: `select 1 from ${preRequest.split('.').map(identifier).join('.')}()${ofRole(caller)}`, values: [] }] : [])
	];
}

const command = (text: 'begin' | 'commit' | 'rollback' | 'set constraints all immediate'): Statement => ({
	text,
	values: [],
	isCommand: true
});

/** Runs a batch; once more, from its beginning, when a function of the database had thrown away what the connection had prepared. */
async function runRemembered(connection: Connection, batch: Statement[]): Promise<Row[][]> {
	try {
		return await connection.run(batch);
	} catch (error) {
		if (!(error instanceof DatabaseError) || error.code !== '26000') throw error;
		if (connection.inTransaction) await connection.run([command('rollback')]);
		return connection.run(batch);
	}
}

/** Runs requests, one transaction each, on a bounded number of connections as `authenticator`. */
export class Transactions {
	readonly #sessions: Sessions;

	constructor(url: string, connections: number, idleMs?: number) {
		this.#sessions = new Sessions(url, connections, idleMs);
	}

	/**
	 * Runs the statements in one transaction as the caller and gives the rows of each to `decide`, whose exception
	 * rolls everything back. All of it is sent in one piece; a read ends with that, a write waits for the decision.
	 */
	async run<T>(context: Context, statements: Statement[], decide: (results: Row[][]) => T): Promise<T> {
		const connection = await this.#sessions.acquire();
		try {
			const entry = [...(context.readOnly ? [] : [command('begin')]), ...enter(context)];
			const work = statements.map(({ text, values }) => ({ text: `${text}${ofRole(context.caller)}`, values }));
			const results = await runRemembered(connection, [...entry, ...work]);
			const decided = decide(results.slice(entry.length));
			// Constraints that wait for the end of the transaction are asked all the same.
			const end = context.rollback ? [command('set constraints all immediate'), command('rollback')] : [command('commit')];
			if (connection.inTransaction) await connection.run(end);
			return decided;
		} catch (error) {
			if (connection.inTransaction) await connection.run([command('rollback')]).catch(() => {});
			throw error;
		} finally {
			this.#sessions.release(connection);
		}
	}

	stop(): Promise<void> {
		return this.#sessions.close();
	}
}
