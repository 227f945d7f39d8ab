import { type TransactionSql } from 'postgres';
import { type Conditions } from './conditions.ts';
import { type Filter } from './filters.ts';
import { type Column, quoted, type Table } from './tables.ts';

/**
 * Values in Postgres' text form by column. Missing is what the log did not carry: columns that are not of the key of an
 * old row, and large values that an update left alone.
 */
export type Row = ReadonlyMap<string, string | null>;

/** A row as clients are told it. */
export type ReadRow = {
	/** JSON text by column. */
	json: ReadonlyMap<string, string>;
	/** A filter on a missing column does not pass. */
	passes(filters: readonly Filter[]): boolean;
};

type Line = { json: string[] } & Record<`h${number}`, number[]>;

/**
 * Turns rows into JSON and holds them against filters, both by Postgres itself, so that types and comparisons are its own.
 * Throws what Postgres throws: a column's type may have changed since the row was written.
 */
export async function readRows(tx: TransactionSql, table: Table, rows: readonly Row[], conditions: Conditions): Promise<ReadRow[]> {
	const stored = table.columns.filter(({ name, generated }) => generated === null && rows.some((row) => row.has(name)));
	const generated = table.columns.filter((column) => column.generated !== null);
	const told = [...stored, ...generated];
	if (stored.length === 0) return rows.map(() => ({ json: new Map(), passes: (filters) => filters.length === 0 }));

	const inputs = stored.map((_column, index) => `$${index + 1}::text[]`);
	const names = stored.map((_column, index) => `c${index}`);
	const values = told.map(({ name }) => `coalesce(to_json(r.${quoted(name)})::text, 'null')`);
	const hits = conditions.sql(stored.length + 1).map((sql, index) => `, ${sql} as h${index}`);
	const casts = stored.map(({ name, type }, index) => `o.c${index}::${type} as ${quoted(name)}`);
	const computed = generated.map(({ name, generated: expression }) => `, (${expression}) as ${quoted(name)}`);
	// Expressions of generated columns name columns plainly, so those of `t` are the nearest.
	const lines = await tx.unsafe<Line[]>(
		`select array[${values.join(', ')}] as json${hits.join('')}
		from unnest(${inputs.join(', ')}) with ordinality o(${names.join(', ')}, n)
		cross join lateral (select t.*${computed.join('')} from (select ${casts.join(', ')}) t) r
		order by o.n`,
		[...stored.map(({ name }) => rows.map((row) => row.get(name) ?? null)), ...conditions.parameters]
	);
	return lines.map((line, index) => {
		const row: Row = rows[index] ?? new Map();
		const isWhole = table.columns.every((column) => column.generated !== null || row.has(column.name));
		const known = told.map((column, at) => ({ column, json: line.json[at] ?? 'null' }));
		const present = known.filter(({ column }) => (column.generated === null ? row.has(column.name) : isWhole));
		const json = new Map(present.map((value) => [value.column.name, asClientsRead(value.column, value.json)]));
		const passed = conditions.parameters.map((_values, shape) => new Set(line[`h${shape}`]));
		return { json, passes: (filters) => filters.every((filter) => json.has(filter.column) && conditions.holds(filter, passed)) };
	});
}

/** The hosted service sends bytea as bare hexadecimal digits, and null for what JSON has no number for. */
function asClientsRead({ type }: Column, json: string): string {
	if (type === 'bytea') return json.replace('\\\\x', '');
	const isNoNumber = /^"(NaN|-?Infinity)"$/.test(json) && /^(real|double precision|numeric)$/.test(type);
	return isNoNumber ? 'null' : json;
}
