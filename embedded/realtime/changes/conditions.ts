import { type Filter } from './filters.ts';
import { type Column, quoted, type Table } from './tables.ts';

const SYMBOLS = { eq: '=', neq: '<>', lt: '<', lte: '<=', gt: '>', gte: '>=', like: 'like', ilike: 'ilike', match: '~', imatch: '~*' };

/** What `is` compares with: words of the language, never values. */
export function isKeyword(word: string): boolean {
	return ['null', 'true', 'false', 'unknown'].includes(word);
}

/** A filter on `subject`, an SQL value of the column, as a condition; `value` is SQL for the filter's text. Null means that it does not pass. */
export function condition({ op, value: word, negate }: Filter, { type }: Column, subject: string, value: string): string {
	const not = (positive: string) => (negate ? `not (${positive})` : positive);
	if (op === 'is') return not(`${subject} is ${isKeyword(word) ? word : 'null'}`);
	if (op === 'isdistinct') return not(`${subject} is distinct from ${value}::${type}`);
	if (op === 'in') return not(`${subject} = any (${value}::${type}[])`);
	return not(`${subject} ${SYMBOLS[op]} ${value}::${type}`);
}

/** Filters that differ in their value alone: one condition with a list of values serves them all. */
type Shape = { sql: string; /** Counted from 1, as Postgres counts. */ places: Map<string, number> };

/** Which filters a row passed: for each shape, the places of the values it passed with. */
export type Hits = ReadonlySet<number>[];

/** The distinct filters on one table, as SQL to be asked of many rows at once. */
export class Conditions {
	readonly #shapes: Shape[] = [];
	readonly #places = new Map<Filter, { shape: number; place: number }>();

	constructor(table: Table, filters: Iterable<Filter>) {
		const byKey = new Map<string, number>();
		for (const filter of filters) {
			const column = table.columns.find(({ name }) => name === filter.column);
			if (!column) continue;
			const { op, negate, value } = filter;
			const key = JSON.stringify([column.name, op, negate, op === 'is' ? value : null]);
			const index = byKey.get(key) ?? this.#shapes.length;
			byKey.set(key, index);
			const shape = (this.#shapes[index] ??= { sql: condition(filter, column, `r.${quoted(column.name)}`, 'f.v'), places: new Map() });
			const place = shape.places.get(value) ?? shape.places.size + 1;
			shape.places.set(value, place);
			this.#places.set(filter, { shape: index, place });
		}
	}

	/** One parameter for each expression of `sql`. */
	get parameters(): string[][] {
		return this.#shapes.map((shape) => [...shape.places.keys()]);
	}

	/** For each shape an `int[]` of the places that the row `r` passes; the first parameter is `$first`. */
	sql(first: number): string[] {
		return this.#shapes.map(
			({ sql }, index) => `array(select f.n::int from unnest($${first + index}::text[]) with ordinality f(v, n) where ${sql})`
		);
	}

	/** Whether a row with these hits passes the filter. */
	holds(filter: Filter, hits: Hits): boolean {
		const at = this.#places.get(filter);
		return at !== undefined && (hits[at.shape]?.has(at.place) ?? false);
	}
}
