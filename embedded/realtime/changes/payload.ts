import { type Change } from './change.ts';
import { type ReadRow, type Row } from './rows.ts';
import { type Column, type Table } from './tables.ts';

/** Larger changes are told without their large values. */
const MAX_RECORD_BYTES = 1_048_576;
/** Of JSON text; what a change that is too large may still carry of a column. */
const SMALL_VALUE_BYTES = 64;

/** A change whose values were read as JSON. */
export type ReadChange = Change & { json: { record: ReadRow | null; old: ReadRow | null } };

export function isTooLarge({ bytes }: Change): boolean {
	return bytes > MAX_RECORD_BYTES;
}

/** What of a row is worth reading: of a change that is too large only small values, and the columns named. */
export function worthReading(change: Change, row: Row, needed: ReadonlySet<string>): Row {
	if (!isTooLarge(change)) return row;
	const isSmall = (value: string | null) => value === null || Buffer.byteLength(value) <= SMALL_VALUE_BYTES;
	return new Map([...row].filter(([name, value]) => needed.has(name) || isSmall(value)));
}

/** Why a role is told of a change without its values, or null when it may see them. */
export function withheld({ type }: Change, table: Table, role: string): string | null {
	if (type === 'DELETE') return null;
	const key = table.columns.filter((column) => column.isKey);
	if (key.length === 0) return 'Error 400: Bad Request, no primary key';
	return key.every(({ name }) => table.readable.get(role)?.has(name)) ? null : 'Error 401: Unauthorized';
}

/** `data` of a `postgres_changes` frame for a change whose values are withheld, as JSON. */
export function withheldPayload({ table, type }: Change, error: string): string {
	const record = type === 'DELETE' ? {} : { record: {} };
	const old = type === 'INSERT' ? {} : { old_record: {} };
	return JSON.stringify({ ...table, type, commit_timestamp: null, columns: [], ...record, ...old, errors: [error] });
}

/** `data` of a `postgres_changes` frame, as JSON: what the role may select, of the columns asked for and the primary key (`realtime.apply_rls`). */
export function changePayload(change: ReadChange, table: Table, role: string, select: readonly string[] | null): string {
	const { type, transaction, json } = change;
	const readable = table.readable.get(role);
	const told = table.columns.filter(({ name, isKey }) => readable?.has(name) && (isKey || (select?.includes(name) ?? true)));
	const isShort = (text: string) => !isTooLarge(change) || Buffer.byteLength(text) <= SMALL_VALUE_BYTES;
	const object = (row: ReadRow | null, columns: readonly Column[]) => {
		const pairs = columns.map(({ name }) => ({ name, text: row?.json.get(name) }));
		const members = pairs.flatMap(({ name, text }) => (text !== undefined && isShort(text) ? [`${JSON.stringify(name)}:${text}`] : []));
		return `{${members.join(',')}}`;
	};
	const members = [
		...Object.entries({ ...change.table, type, commit_timestamp: transaction.committedAt }).map(
			([name, text]) => `"${name}":${JSON.stringify(text)}`
		),
		`"columns":${JSON.stringify(told.map(({ name, typeName }) => ({ name, type: typeName })))}`,
		`"errors":${isTooLarge(change) ? '["Error 413: Payload Too Large"]' : 'null'}`
	];
	if (type !== 'DELETE') members.push(`"record":${object(json.record, told)}`);
	if (type === 'UPDATE') {
		const isOld = ({ name }: Column) => json.old !== null || change.identity.includes(name);
		members.push(`"old_record":${object(json.old ?? json.record, told.filter(isOld))}`);
	}
	// Whoever may not see the row may still hear that it is gone, so of a table with policies that is all.
	if (type === 'DELETE') members.push(`"old_record":${object(json.old, table.rls ? told.filter(({ isKey }) => isKey) : told)}`);
	return `{${members.join(',')}}`;
}
