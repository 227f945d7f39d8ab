import type { TransactionSql } from 'postgres';
import type { Database } from './outbox.ts';
import type { Suppression } from './payloads.ts';

export type Reason = Suppression['reason'];
export const reasons: readonly Reason[] = ['HardBounce', 'SpamComplaint', 'ManualSuppression'];

/** An address nothing is sent to in a stream. */
export type Suppressed = { stream: string; address: string; reason: Reason; origin: 'Recipient' | 'Customer' | 'Admin'; createdAt: Date };

/** Which of these addresses of a stream are suppressed. */
export async function suppressedAmong(sql: Database, stream: string, addresses: string[]): Promise<Set<string>> {
	const rows = await sql<{ address: string }[]>`select address from suppressions where stream = ${stream} and address = any(${addresses})`;
	return new Set(rows.map(({ address }) => address));
}

/** Suppressions, newest first, of one stream or all. */
export async function listSuppressions(sql: Database, stream?: string): Promise<Suppressed[]> {
	return sql<Suppressed[]>`
		select stream, address, reason, origin, created_at as "createdAt" from suppressions
		where ${stream === undefined ? sql`true` : sql`stream = ${stream}`} order by created_at desc, address`;
}

/** Suppresses an address. A complaint stands above every other reason. Returns whether anything changed. */
export async function suppress(
	sql: TransactionSql,
	stream: string,
	address: string,
	reason: Reason,
	origin: Suppression['origin']
): Promise<boolean> {
	const rows = await sql`
		insert into suppressions (stream, address, reason, origin, created_at) values (${stream}, ${address}, ${reason}, ${origin}, now())
		on conflict (stream, address) do update set reason = excluded.reason, origin = excluded.origin
		where excluded.reason = 'SpamComplaint' and suppressions.reason <> 'SpamComplaint'
		returning 1`;
	return rows.length > 0;
}

/** Lifts a suppression, and with it what bounces say of the address. Returns whether there was one. */
export async function unsuppress(sql: TransactionSql, stream: string, address: string): Promise<boolean> {
	const rows = await sql`delete from suppressions where stream = ${stream} and address = ${address} returning 1`;
	await sql`
		update events set detail = jsonb_set(detail, '{Inactive}', 'false')
		where type in ('Bounce', 'SpamComplaint') and stream = ${stream} and recipient = ${address} and detail @> '{"Inactive": true}'`;
	return rows.length > 0;
}
