import { randomUUID } from 'node:crypto';
import postgres, { type Sql, type TransactionSql } from 'postgres';
import { type Identity, Refused } from './identity.ts';

/** What a right on a private topic is about: the `extension` column of realtime.messages. */
export type Extension = 'broadcast' | 'presence';

export type Rights = Record<Extension, boolean>;

const STATEMENT_TIMEOUT_MS = '5000';

/** Thrown inside a transaction so that it is rolled back. */
const rollback = Symbol('rollback');

/**
 * Asks the policies on realtime.messages what an identity may do in a private topic: reading means that a probe row is
 * visible to its role, writing that its role may insert one. Nothing is kept of either.
 */
export class Authorizer {
	readonly #sql: Sql;

	/** `adminUrl` logs in as supabase_admin, which may become every API role; `purpose` shows in `pg_stat_activity`. */
	constructor(adminUrl: string, purpose: 'realtime_authorization' | 'realtime_changes' = 'realtime_authorization') {
		this.#sql = postgres(adminUrl, {
			max: 4,
			idle_timeout: 60,
			connection: { application_name: purpose },
			onnotice: () => {}
		});
	}

	/** Which extensions of `topic` the identity may receive. Throws Refused when the database cannot be asked. */
	async mayRead(topic: string, identity: Identity, extensions: Extension[]): Promise<Rights> {
		const probes = extensions.map((extension) => ({ id: randomUUID(), topic, extension }));
		const visible = await this.#asking(async (tx) => {
			await tx`insert into realtime.messages ${tx(probes)}`;
			if (!(await become(tx, topic, identity))) return [];
			return tx<{ id: string }[]>`select id from realtime.messages where id in ${tx(probes.map((probe) => probe.id))}`;
		}, []);
		const seen = new Set(visible.map((row) => row.id));
		const may = (extension: Extension) => probes.some((probe) => probe.extension === extension && seen.has(probe.id));
		return { broadcast: may('broadcast'), presence: may('presence') };
	}

	/** Whether the identity may send `extension` messages into `topic`. Throws Refused when the database cannot be asked. */
	async mayWrite(topic: string, identity: Identity, extension: Extension): Promise<boolean> {
		return this.#asking(async (tx) => {
			if (!(await become(tx, topic, identity))) return false;
			await tx`insert into realtime.messages ${tx({ id: randomUUID(), topic, extension })}`;
			return true;
		}, false);
	}

	/** What a query finds as the identity, nothing when a policy denies or fails. Throws Refused when the database cannot be asked in time. */
	async find<Found extends object>(identity: Identity, query: string, parameters: (string | null)[][]): Promise<Found[]> {
		return this.#asking(async (tx) => {
			if (!(await become(tx, '', identity))) return [];
			return tx.unsafe<Found[]>(query, parameters);
		}, []);
	}

	async stop(): Promise<void> {
		await this.#sql.end({ timeout: 1 });
	}

	/** Runs `ask` in a transaction that never commits. A policy that denies, or that fails, means `denied`. */
	async #asking<Answer>(ask: (tx: TransactionSql) => Promise<Answer>, denied: Answer): Promise<Answer> {
		let answer = denied;
		try {
			await this.#sql.begin(async (tx) => {
				answer = await ask(tx);
				throw rollback;
			});
		} catch (error) {
			if (error === rollback) return answer;
			if (error instanceof postgres.PostgresError && !isOutage(error.code)) return denied;
			throw new Refused('UnableToConnectToProject: Realtime was unable to connect to the project database', {
				cause: error
			});
		}
		return answer;
	}
}

/** Connection failures, too many connections, shutdown, and a check that ran out of time or partitions: not a denial. */
function isOutage(code: string): boolean {
	return /^(08|53|57|23514)/.test(code);
}

/** Takes on the identity for the rest of the transaction; false when it is not a role the API may take. */
async function become(tx: TransactionSql, topic: string, { role, claims }: Identity): Promise<boolean> {
	const taken = await tx`
		select
			set_config('statement_timeout', ${STATEMENT_TIMEOUT_MS}, true),
			set_config('realtime.topic', ${topic}, true),
			set_config('request.jwt.claims', ${JSON.stringify(claims)}, true),
			set_config('request.jwt.claim.sub', ${typeof claims.sub === 'string' ? claims.sub : ''}, true),
			set_config('request.jwt.claim.role', ${role}, true),
			set_config('request.headers', '{}', true),
			set_config('role', rolname, true)
		from pg_catalog.pg_roles
		where rolname = ${role} and pg_catalog.pg_has_role('authenticator', oid, 'set')`;
	return taken.length === 1;
}
