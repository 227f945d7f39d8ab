import postgres, { type Sql, type TransactionSql } from 'postgres';
import { Authorizer } from '../authorization.ts';
import { type Identity } from '../identity.ts';
import { whenVisible } from '../visibility.ts';
import { type Row } from './rows.ts';
import { type Column, qualified, quoted, type TableName } from './tables.ts';

const STATEMENT_TIMEOUT_MS = '5000';

/** What postgres_changes asks of the database, over connections of its own: none while nobody listens, and never one of those that joins wait for. */
export class ChangesDatabase {
	readonly #sql: Sql;
	readonly #authorizer: Authorizer;

	/** `adminUrl` logs in as supabase_admin. */
	constructor(adminUrl: string) {
		this.#authorizer = new Authorizer(adminUrl, 'realtime_changes');
		this.#sql = postgres(adminUrl, {
			max: 2,
			idle_timeout: 60,
			connection: { application_name: 'realtime_changes', TimeZone: 'UTC' },
			onnotice: () => {}
		});
	}

	/** A transaction with the rights of the project's owner: casts and comparisons of its types may be functions of its own. */
	async read<Answer>(ask: (tx: TransactionSql) => Promise<Answer>): Promise<Answer> {
		const answer = await this.#sql.begin('read only', async (tx) => {
			await tx`select set_config('role', 'postgres', true), set_config('statement_timeout', ${STATEMENT_TIMEOUT_MS}, true)`;
			return { answer: await ask(tx) };
		});
		return answer.answer;
	}

	/** Resolves when other sessions see what the transactions did: asked too early, policies would find no row. */
	whenVisible(xids: Iterable<number>): Promise<void> {
		return whenVisible(this.#sql, xids);
	}

	/**
	 * Which of the rows, named by their primary keys, the identity may select now, as places in `rows`. Whatever a policy
	 * fails with is a denial. Throws Refused when the database cannot be asked in time.
	 */
	async visible(identity: Identity, table: TableName, key: readonly Column[], rows: readonly Row[]): Promise<Set<number>> {
		const inputs = key.map(({ type }, index) => `$${index + 1}::text[]::${type}[]`);
		const names = key.map((_column, index) => `k${index}`);
		const matches = key.map(({ name }, index) => `r.${quoted(name)} = w.k${index}`);
		const found = await this.#authorizer.find<{ place: number }>(
			identity,
			`select w.n::int - 1 as place from unnest(${inputs.join(', ')}) with ordinality w(${names.join(', ')}, n)
			where exists (select from ${qualified(table)} r where ${matches.join(' and ')})`,
			key.map(({ name }) => rows.map((row) => row.get(name) ?? null))
		);
		return new Set(found.map(({ place }) => place));
	}

	async stop(): Promise<void> {
		await Promise.all([this.#sql.end({ timeout: 1 }), this.#authorizer.stop()]);
	}
}
