import type { Catalog } from './catalog.ts';
import { Sessions, type Row } from './sessions.ts';
import { identifier } from './sql.ts';

export type { Row } from './sessions.ts';

/** Who acts: a database role, and the claims of a verified token. */
export type Caller = { role: string; claims: object | null };

export type Statement = { text: string; values: string[] };

/** What a request brings into its transaction. */
export type Context = {
	caller: Caller;
	catalog: Catalog;
	readOnly: boolean;
	/** `request.method`, `request.path`, `request.headers` and the like. */
	settings: [string, string][];
};

/** Under row-level security a plan serves one role and is thrown away when another one comes: each role has plans of its own. */
const ofRole = ({ role }: Caller): string => (/^\w+$/.test(role) ? ` /* ${role} */` : '');

/** Becomes the caller: role, claims, request, and the role's own settings such as statement_timeout. */
function enter({ caller, catalog, settings }: Context): Statement[] {
	const claims = JSON.stringify({ role: caller.role, ...caller.claims });
	const all: [string, string][] = [
		...Object.entries(catalog.roleSettings[caller.role] ?? {}),
		['role', caller.role],
		['request.jwt.claims', claims],
		...settings
	];
	const calls = all.map((_, index) => `set_config($${index * 2 + 1}, $${index * 2 + 2}, true)`);
	const preRequest = catalog.roleSettings.authenticator?.['pgrst.db_pre_request'];
	return [
		{ text: `select ${calls.join(', ')}`, values: all.flat() },
		...(preRequest ? [{ text: `select ${preRequest.split('.').map(identifier).join('.')}()${ofRole(caller)}`, values: [] }] : [])
	];
}

/** Runs requests, one transaction each, on a bounded number of connections as `authenticator`. */
export class Transactions {
	readonly #sessions: Sessions;

	constructor(url: string, connections: number) {
		this.#sessions = new Sessions(url, connections);
	}

	/**
	 * Runs the statements in one transaction as the caller and gives the rows of each to `decide`, whose exception
	 * rolls everything back. A read is one round trip: all of it is sent before the first answer is waited for.
	 */
	async run<T>(context: Context, statements: Statement[], decide: (results: Row[][]) => T): Promise<T> {
		const session = await this.#sessions.acquire();
		try {
			const entry = [{ text: context.readOnly ? 'begin read only' : 'begin' }, ...enter(context)];
			const work = statements.map(({ text, values }) => ({ text: `${text}${ofRole(context.caller)}`, values }));
			const results = await session.sendAll([...entry, ...work, ...(context.readOnly ? [{ text: 'commit' }] : [])]);
			const decided = decide(results.slice(entry.length, entry.length + work.length));
			if (!context.readOnly) await session.send('commit');
			return decided;
		} catch (error) {
			if (!session.isLost) await session.send('rollback').catch(() => {});
			throw error;
		} finally {
			this.#sessions.release(session);
		}
	}

	stop(): Promise<void> {
		return this.#sessions.close();
	}
}
