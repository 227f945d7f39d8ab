import type { Catalog } from './catalog.ts';
import { conditionSql, fieldSql, mentionedNames } from './conditions.ts';
import type { Relation } from './conditions.ts';
import type { OrderTerm } from './order.ts';
import { Problem } from './problem.ts';
import type { Scope } from './query.ts';
import { findRelationship, isToMany } from './relationships.ts';
import type { Relationship } from './relationships.ts';
import { outputName } from './select-list.ts';
import type { SelectEmbed, SelectItem } from './select-list.ts';
import { identifier, qualified } from './sql.ts';
import type { Parameters } from './sql.ts';

/** One column of a select list and its key in the answer; `*` has no key of its own. */
type Output = { expression: string; key: string | undefined };

type Join = {
	sql: string;
	/** The join decides which rows there are, so counting needs it too. */
	decides: boolean;
};

/** The parts of `select … from …` for one relation and what is embedded in it. */
export type Selection = { outputs: Output[]; from: string; joins: Join[]; where: string[]; order: string; range: string };

const outputSql = ({ expression, key }: Output) => (key === undefined ? expression : `${expression} as ${identifier(key)}`);
const emptyScope: Scope = { conditions: [], order: [], limit: undefined, offset: 0, children: new Map() };

export function selectionSql(selection: Selection): string {
	const { outputs, from, joins, where, order, range } = selection;
	const columns = outputs.length === 0 ? '1' : outputs.map(outputSql).join(', ');
	return `select ${columns} from ${from}${joins.map(({ sql }) => sql).join('')}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}${order}${range}`;
}

/** All rows of the selection, whatever the range, for counting. */
export function countableSql({ from, joins, where }: Selection): string {
	const needed = joins.filter(({ decides }) => decides).map(({ sql }) => sql);
	return `select 1 from ${from}${needed.join('')}${where.length > 0 ? ` where ${where.join(' and ')}` : ''}`;
}

/** Turns select lists and scopes into selections; one per statement, so that every alias in it is used once. */
export class Reader {
	readonly #catalog: Catalog;
	readonly #parameters: Parameters;
	/** The most rows that any relation of an answer shows. */
	readonly #maxRows: number | undefined;
	#aliases = 0;

	constructor(catalog: Catalog, parameters: Parameters, maxRows: number | undefined) {
		this.#catalog = catalog;
		this.#parameters = parameters;
		this.#maxRows = maxRows;
	}

	/** PostgreSQL cuts names at 63 bytes: a short one stays unique. */
	#alias(name: string): string {
		this.#aliases += 1;
		return `${name.slice(0, 12)}_${this.#aliases}`;
	}

	/** The rows of `relation`, found in `from`, with everything the select list embeds. */
	read(relation: Relation, from: string, items: SelectItem[], scope: Scope, connection: string[] = []): Selection {
		const selection: Selection = { outputs: [], from, joins: [], where: [...connection], order: '', range: '' };
		const embedded: Embedded = { presence: new Map(), toOne: new Map() };
		const mentioned = mentionedNames(scope.conditions);
		checkScopes(items, scope);
		for (const item of items) {
			if (item.kind === 'all') selection.outputs.push({ expression: `${identifier(relation.alias)}.*`, key: undefined });
			else if (item.kind === 'field') {
				const field = fieldSql(relation, item.field);
				selection.outputs.push({ expression: item.cast === undefined ? field : `cast(${field} as ${item.cast})`, key: outputName(item) });
			} else {
				const decides = item.inner || mentioned.has(item.alias ?? item.target);
				this.#embed(relation, item, scope, selection, embedded, decides);
			}
		}
		selection.where.push(...scope.conditions.map((condition) => conditionSql(relation, condition, this.#parameters, embedded.presence)));
		selection.order = this.#orderSql(relation, scope.order, embedded);
		selection.range = this.#rangeSql(scope);
		return selection;
	}

	#embed(relation: Relation, item: SelectEmbed, scope: Scope, selection: Selection, embedded: Embedded, decides: boolean): void {
		const name = item.alias ?? item.target;
		if (!relation.table) throw noRelationship(relation, item.target);
		const relationship = findRelationship(this.#catalog, relation.table, item.target, item.hint);
		const child: Relation = { alias: this.#alias(relationship.target.name), table: relationship.target };
		const lateral = identifier(this.#alias(name));
		const { from, connection } = this.#connect(relation, child, relationship);
		// Only the parent's order needs some columns of a to-one relation: they are selected, but not shown.
		const hidden = scope.order
			.filter((term) => term.relation === name)
			.map((term, index): Output => ({ expression: fieldSql(child, term.field), key: `_order_${index}` }));
		const needsColumns = item.spread || hidden.length > 0;
		const items = needsColumns ? expandAll(item.items, relationship) : item.items;
		const inner = this.read(child, from, items, childScope(scope, item) ?? emptyScope, connection);
		const join = (rows: string, present: string) => {
			embedded.presence.set(name, present);
			const sql = item.inner
				? ` inner join lateral (${rows}) as ${lateral} on ${present}`
				: ` left join lateral (${rows}) as ${lateral} on true`;
			selection.joins.push({ sql, decides });
		};
		const keys = inner.outputs.flatMap(({ key }) => (key === undefined ? [] : [key]));
		const columns = keys.map((key) => ({ key, sql: `${lateral}.${identifier(key)}` }));

		if (isToMany(relationship)) {
			const gathered = item.spread
				? keys.map((key) => `json_agg(_rows.${identifier(key)}) as ${identifier(key)}`)
				: ['json_agg(_rows) as "rows"'];
			const shown = [...gathered, 'count(*) as "_count"'].join(', ');
			join(`select ${shown} from (${selectionSql(inner)}) as _rows`, `${lateral}."_count" > 0`);
			if (item.spread) selection.outputs.push(...columns.map(({ key, sql }) => ({ expression: `coalesce(${sql}, '[]')`, key })));
			else if (inner.outputs.length > 0) selection.outputs.push({ expression: `coalesce(${lateral}."rows", '[]')`, key: name });
			return;
		}

		const present = `${lateral} is distinct from null`;
		join(selectionSql({ ...inner, outputs: [...inner.outputs, ...hidden] }), present);
		embedded.toOne.set(name, { lateral, ordered: 0 });
		if (item.spread) selection.outputs.push(...columns.map(({ key, sql }) => ({ expression: sql, key })));
		else if (inner.outputs.length > 0) {
			const row = columns.map(({ sql }) => sql).join(', ');
			const expression = needsColumns
				? `case when ${present} then (select row_to_json(_shown) from (select ${row}) as _shown) end`
				: `row_to_json(${lateral}.*)`;
			selection.outputs.push({ expression, key: name });
		}
	}

	/** The `from` of an embedded relation and what ties its rows to a row of the parent. */
	#connect(parent: Relation, child: Relation, relationship: Relationship): { from: string; connection: string[] } {
		const column = (alias: string, name: string) => `${identifier(alias)}.${identifier(name)}`;
		if (relationship.kind === 'computed') {
			// What a write returns is no row of the table by its type: it is made one.
			const row = `row(${identifier(parent.alias)}.*)::${qualified(relationship.origin)}`;
			return { from: `${qualified(relationship.routine)}(${row}) as ${identifier(child.alias)}`, connection: [] };
		}
		const own = `${qualified(relationship.target)} as ${identifier(child.alias)}`;
		if (relationship.kind !== 'many-to-many') {
			const connection = relationship.columns.map(([origin, target]) => `${column(child.alias, target)} = ${column(parent.alias, origin)}`);
			return { from: own, connection };
		}
		const junction = this.#alias(relationship.junction.name);
		return {
			from: `${own} cross join ${qualified(relationship.junction)} as ${identifier(junction)}`,
			connection: [
				...relationship.targetColumns.map(([target, between]) => `${column(junction, between)} = ${column(child.alias, target)}`),
				...relationship.originColumns.map(([origin, between]) => `${column(junction, between)} = ${column(parent.alias, origin)}`)
			]
		};
	}

	#orderSql(relation: Relation, order: OrderTerm[], embedded: Embedded): string {
		if (order.length === 0) return '';
		const terms = order.map(({ field, relation: related, direction, nulls }) => {
			const expression = related === undefined ? fieldSql(relation, field) : nextOrderColumn(relation, related, embedded);
			return `${expression}${direction === undefined ? '' : ` ${direction}`}${nulls === undefined ? '' : ` nulls ${nulls}`}`;
		});
		return ` order by ${terms.join(', ')}`;
	}

	#rangeSql(scope: Scope): string {
		const limit = Math.min(scope.limit ?? Infinity, this.#maxRows ?? Infinity);
		// In the text, as a number: with a parameter the planner would have to guess it, and plan again for each request.
		const limitSql = Number.isFinite(limit) ? ` limit ${limit}` : '';
		return `${limitSql}${scope.offset > 0 ? ` offset ${this.#parameters.add(String(scope.offset))}` : ''}`;
	}
}

/** What the embedded relations of one selection offer to its filters and its order, by name. */
type Embedded = { presence: Map<string, string>; toOne: Map<string, { lateral: string; ordered: number }> };

function nextOrderColumn(relation: Relation, related: string, embedded: Embedded): string {
	const toOne = embedded.toOne.get(related);
	if (!toOne) {
		throw new Problem(400, 'PGRST118', `A related order on '${related}' is not possible`, {
			details: `'${relation.alias}' and '${related}' do not form a many-to-one or one-to-one relationship`
		});
	}
	return `${toOne.lateral}.${identifier(`_order_${toOne.ordered++}`)}`;
}

/** What is said of an embedded relation: under its alias or, as before PostgREST 16, under its own name although it has one. */
function childScope(scope: Scope, { alias, target }: SelectEmbed): Scope | undefined {
	return scope.children.get(alias ?? target) ?? scope.children.get(target);
}

function checkScopes(items: SelectItem[], scope: Scope): void {
	const names = new Set(items.flatMap((item) => (item.kind === 'embed' ? [item.alias ?? item.target, item.target] : [])));
	for (const name of scope.children.keys()) {
		if (names.has(name)) continue;
		throw new Problem(400, 'PGRST108', `'${name}' is not an embedded resource in this request`, {
			hint: `Verify that '${name}' is included in the 'select' query parameter.`
		});
	}
}

function noRelationship(relation: Relation, target: string): Problem {
	return new Problem(400, 'PGRST200', `Could not find a relationship between '${relation.alias}' and '${target}' in the schema cache`);
}

/** Writes `*` out where the columns are needed one by one. */
function expandAll(items: SelectItem[], relationship: Relationship): SelectItem[] {
	return items.flatMap((item): SelectItem[] =>
		item.kind === 'all'
			? relationship.target.columns.map(({ name }) => ({ kind: 'field', field: { name, path: [] }, alias: undefined, cast: undefined }))
			: [item]
	);
}
