import { type Pgoutput } from 'pg-logical-replication';
import { type ChangeType } from './bindings.ts';
import { type Row } from './rows.ts';
import { type TableName } from './tables.ts';

export type Transaction = {
	/** Its number, as 32 bits. */
	xid: number;
	/** ISO 8601, to the millisecond. */
	committedAt: string;
};

/** A row that a committed transaction inserted, updated or deleted. */
export type Change = {
	table: TableName;
	type: ChangeType;
	transaction: Transaction;
	/** As it became; null when deleted. */
	record: Row | null;
	/** As it was, as far as its table's replica identity tells: all of it, or the key. Null when inserted, and when the key did not change. */
	old: Row | null;
	/** Columns of the replica identity; of the record they are those of the old row where `old` is null. */
	identity: readonly string[];
	/** Of all values. */
	bytes: number;
};

/** The change in a replicated message, or null where it is none: transactions begin and end, tables are described and truncated. */
export function readChange(message: Pgoutput.Message, transaction: Transaction): Change | null {
	if (message.tag !== 'insert' && message.tag !== 'update' && message.tag !== 'delete') return null;
	const { schema, name, keyColumns } = message.relation;
	const record = message.tag === 'delete' ? null : readRow(message.new);
	const before = message.tag === 'insert' ? null : (message.old ?? message.key);
	const old = before ? readRow(before) : null;
	const type = message.tag === 'insert' ? 'INSERT' : message.tag === 'update' ? 'UPDATE' : 'DELETE';
	return { table: { schema, table: name }, type, transaction, record, old, identity: keyColumns, bytes: bytesOf(record) + bytesOf(old) };
}

/** The transaction that a message begins: its time is in microseconds since 1970. */
export function readTransaction({ xid, commitTime }: Pgoutput.MessageBegin): Transaction {
	return { xid, committedAt: new Date(Number(commitTime.valueOf() / 1_000n)).toISOString() };
}

function readRow(tuple: Record<string, unknown>): Row {
	const row = new Map<string, string | null>();
	for (const [name, value] of Object.entries(tuple)) if (typeof value === 'string' || value === null) row.set(name, value);
	return row;
}

function bytesOf(row: Row | null): number {
	let bytes = 0;
	for (const [name, value] of row ?? []) bytes += name.length + (value === null ? 0 : Buffer.byteLength(value));
	return bytes;
}
