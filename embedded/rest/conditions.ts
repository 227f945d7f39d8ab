import type { Table } from './catalog.ts';
import { comparisons, textSearches } from './filter.ts';
import type { Condition, Filter, Test } from './filter.ts';
import type { Field } from './select-list.ts';
import { arrayText, identifier, literal } from './sql.ts';
import type { Parameters } from './sql.ts';

/** A relation as it stands in a statement: its alias, and its table if it has one (a function's result may not). */
export type Relation = { alias: string; table: Table | undefined };

function typeOf(relation: Relation, column: string): string | undefined {
	return relation.table?.columns.find(({ name }) => name === column)?.type;
}

/** A column or a value inside a json column. */
export function fieldSql(relation: Relation, { name, path }: Field): string {
	const column = `${identifier(relation.alias)}.${identifier(name)}`;
	if (path.length === 0) return column;
	const type = typeOf(relation, name);
	const root = type === 'json' || type === 'jsonb' ? column : `to_jsonb(${column})`;
	const steps = path.map(({ key, asText }) => `${asText ? '->>' : '->'}${typeof key === 'number' ? key : literal(key)}`);
	return `(${root}${steps.join('')})`;
}

function testSql(relation: Relation, field: Field, test: Test, parameters: Parameters): string {
	const left = fieldSql(relation, field);
	switch (test.kind) {
		case 'is':
			return `${left} is ${test.value}`;
		case 'in':
			return `${left} = any (${parameters.add(arrayText(test.values))})`;
		case 'search': {
			const config = test.config === undefined ? '' : `${literal(test.config)}, `;
			const isVector = field.path.length === 0 && typeOf(relation, field.name) === 'tsvector';
			const vector = isVector ? left : `to_tsvector(${config}${left})`;
			return `${vector} @@ ${textSearches[test.operator]}(${config}${parameters.add(test.value)})`;
		}
		case 'compare': {
			// `*` stands for `%`, which would need escaping in a URL.
			const isPattern = test.operator === 'like' || test.operator === 'ilike';
			const value = parameters.add(isPattern ? test.value.replaceAll('*', '%') : test.value);
			return `${left} ${comparisons[test.operator]} ${test.quantifier === undefined ? value : `${test.quantifier} (${value})`}`;
		}
	}
}

/** Turns `company=is.null`, where company is an embedded relation, into a test whether it has rows. */
export type PresenceTests = ReadonlyMap<string, string>;

function presenceSql(filter: Filter, presence: PresenceTests): string | undefined {
	const present = filter.field.path.length === 0 ? presence.get(filter.field.name) : undefined;
	if (present === undefined || filter.test.kind !== 'is') return undefined;
	if (filter.test.value === 'null') return `not (${present})`;
	return filter.test.value === 'not null' ? present : undefined;
}

export function conditionSql(relation: Relation, condition: Condition, parameters: Parameters, presence: PresenceTests): string {
	const sql =
		condition.kind === 'filter'
			? (presenceSql(condition, presence) ?? testSql(relation, condition.field, condition.test, parameters))
			: `(${condition.conditions.map((inner) => conditionSql(relation, inner, parameters, presence)).join(` ${condition.operator} `)})`;
	return condition.negated ? `not (${sql})` : sql;
}

/** Names that the conditions mention: columns, or embedded relations in presence tests. */
export function mentionedNames(conditions: readonly Condition[]): Set<string> {
	const names = new Set<string>();
	const visit = (condition: Condition): void => {
		if (condition.kind === 'filter') names.add(condition.field.name);
		else condition.conditions.forEach(visit);
	};
	conditions.forEach(visit);
	return names;
}
