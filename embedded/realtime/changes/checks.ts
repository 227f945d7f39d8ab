import postgres, { type TransactionSql } from 'postgres';
import { Refused } from '../identity.ts';
import { type Binding, describeBinding } from './bindings.ts';
import { condition, isKeyword } from './conditions.ts';
import { type Filter } from './filters.ts';
import { type Column, describeTable, publishedTables, type TableName } from './tables.ts';

const MAX_IN_VALUES = 100;
const UNDEFINED_FUNCTION = '42883';
const INVALID_REGULAR_EXPRESSION = '2201B';

/** What is wrong with a binding, said as the hosted service's database says it. */
class Complaint extends Error {}

/**
 * The tables a binding means, after it was found that the role may use the columns it names and that the filters' values
 * are of the columns' types. Throws Refused in the words of the hosted service (`subscription_check_filters`).
 */
export async function checkBinding(tx: TransactionSql, binding: Binding, role: string): Promise<TableName[]> {
	try {
		const names = await publishedTables(tx, binding);
		if (names.length === 0) {
			throw new Refused(
				`Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: ${describeBinding(binding)}`
			);
		}
		if (binding.filters.length + (binding.select?.length ?? 0) > 0) {
			for (const name of names) await checkColumns(tx, name, binding, role);
		}
		return names;
	} catch (error) {
		const reason = error instanceof Complaint ? `ERROR P0001 (raise_exception) ${error.message}` : databaseReason(error);
		if (reason === null) throw error;
		throw new Refused(
			`Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: ${describeBinding(binding)}. Exception: ${reason}`
		);
	}
}

async function checkColumns(tx: TransactionSql, name: TableName, { filters, select }: Binding, role: string): Promise<void> {
	const table = await describeTable(tx, name, [role]);
	const readable = table?.readable.get(role);
	for (const filter of filters) {
		const column = table?.columns.find((each) => each.name === filter.column);
		if (!column || !readable?.has(filter.column)) throw new Complaint(`invalid column for filter ${filter.column}`);
		await checkFilter(tx, filter, column);
	}
	const unknown = select?.find((column) => !readable?.has(column));
	if (unknown !== undefined) throw new Complaint(`invalid column for select ${unknown}`);
}

/** Asks the filter of nothing: whatever cannot be cast, compared or compiled fails now rather than at each change. */
async function checkFilter(tx: TransactionSql, filter: Filter, column: Column): Promise<void> {
	const { op, value } = filter;
	if (op === 'is') {
		if (!isKeyword(value)) throw new Complaint('invalid value for is filter: must be null, true, false, or unknown');
		if (value === 'null' || column.type === 'boolean') return;
		throw new Complaint(`is ${value} filter requires a boolean column, got ${column.type}`);
	}
	// A pattern is compiled only where there is a text to hold against it.
	const subject = op === 'match' || op === 'imatch' ? `''::${column.type}` : `null::${column.type}`;
	const isPattern = ['like', 'ilike', 'match', 'imatch'].includes(op);
	try {
		await tx.unsafe(`select ${condition(filter, column, subject, '$1::text')}`, [value]);
	} catch (error) {
		if (!(error instanceof postgres.PostgresError)) throw error;
		if (isPattern && error.code === UNDEFINED_FUNCTION) {
			throw new Complaint(`operator ${op} requires a text-compatible column type, got ${column.type}`);
		}
		if (error.code === INVALID_REGULAR_EXPRESSION) throw new Complaint(`invalid regular expression for ${op} filter: ${error.message}`);
		throw error;
	}
	if (op !== 'in') return;
	const [counted] = await tx.unsafe<{ size: number }[]>(`select cardinality($1::text::${column.type}[]) as size`, [value]);
	if ((counted?.size ?? 0) > MAX_IN_VALUES) throw new Complaint('too many values for `in` filter. Maximum 100');
}

/** Conditions that a filter's value leads to, by SQLSTATE (PostgreSQL, appendix A). */
const CONDITIONS: Record<string, string> = {
	'22003': 'numeric_value_out_of_range',
	'22007': 'invalid_datetime_format',
	'22008': 'datetime_field_overflow',
	'22021': 'character_not_in_repertoire',
	'22P02': 'invalid_text_representation',
	'42883': 'undefined_function',
	'42704': 'undefined_object',
	'57014': 'query_canceled'
};

/** What Postgres objected to; null for what is not about the binding, such as a lost connection. */
function databaseReason(error: unknown): string | null {
	if (!(error instanceof postgres.PostgresError)) return null;
	const name = CONDITIONS[error.code];
	return name ? `ERROR ${error.code} (${name}) ${error.message}` : null;
}
