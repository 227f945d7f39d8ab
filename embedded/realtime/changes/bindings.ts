import { Refused } from '../identity.ts';
import { isObject } from '../serializer.ts';
import { type Filter, inspected, parseFilters } from './filters.ts';

export type ChangeType = 'INSERT' | 'UPDATE' | 'DELETE';

/** One entry of `postgres_changes` in a join: which changes of which tables a channel wants to hear of. */
export type Binding = {
	event: ChangeType | '*';
	/** Names, or `*` for all of the publication. */
	schema: string;
	table: string;
	/** All of them must hold. */
	filters: Filter[];
	/** Columns to be told of besides the primary key; null for all. */
	select: string[] | null;
};

const NOTHING_NAMED = 'No subscription params provided. Please provide at least a `schema` or `table` to subscribe to:';

/** Reads a binding as the hosted service does (`parse_subscription_params`). Throws Refused with its words. */
export function readBinding(params: Record<string, unknown>): Binding {
	const select = readSelect(params.select);
	const { schema = 'table' in params ? 'public' : undefined, table = '*', filter } = params;
	// A filter needs both names spelled out; anything but text, null included, is as good as missing.
	const isNamed = typeof schema === 'string' && typeof table === 'string';
	const isFiltered = 'filter' in params;
	if (!isNamed || (isFiltered && (!('schema' in params && 'table' in params) || typeof filter !== 'string'))) {
		const shown = 'user_token' in params || 'auth_token' in params ? '<redacted>' : inspected(params);
		throw new Refused(`${NOTHING_NAMED} ${shown}`);
	}
	const filters = typeof filter === 'string' ? parseFilters(filter) : [];
	if (select && (schema === '*' || table === '*')) {
		throw new Refused('Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.');
	}
	return { event: readEvent(params.event), schema, table, filters, select };
}

function readEvent(event: unknown): Binding['event'] {
	const name = typeof event === 'string' ? event.toUpperCase() : '*';
	return name === 'INSERT' || name === 'UPDATE' || name === 'DELETE' ? name : '*';
}

function readSelect(select: unknown): string[] | null {
	if (typeof select === 'string') {
		throw new Refused('Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]');
	}
	if (!Array.isArray(select)) return null;
	const columns = select.filter((column) => typeof column === 'string');
	return columns.length > 0 ? columns : null;
}

/** The entries of a join's `postgres_changes`; nulls are skipped. Throws Refused for entries that are no objects. */
export function readRequested(value: unknown): Record<string, unknown>[] {
	if (!Array.isArray(value)) return [];
	return value
		.filter((entry) => entry !== null)
		.map((entry: unknown) => {
			if (!isObject(entry)) throw new Refused(`UnknownErrorOnChannel: expected a map, got: ${inspected(entry)}`);
			return entry;
		});
}

/** A binding in the words in which refusals quote it. */
export function describeBinding({ event, schema, table, filters, select }: Binding): string {
	const tuples = filters.map(({ column, op, value, negate }) => `{${[column, op, value, negate].map(inspected).join(', ')}}`);
	return `[event: ${event}, schema: ${schema}, table: ${table}, filters: [${tuples.join(', ')}], select: ${inspected(select)}]`;
}
