import { fieldSql, conditionSql } from './conditions.ts';
import type { Relation } from './conditions.ts';
import type { Catalog, Table } from './catalog.ts';
import { Problem } from './problem.ts';
import type { Query, Scope } from './query.ts';
import { findRelationship } from './relationships.ts';
import type { SelectItem } from './select-list.ts';
import { identifier, literal, qualified } from './sql.ts';
import type { Parameters } from './sql.ts';

/** A body of rows to write: json text of an array, and the keys of its objects. */
export type Payload = { json: string; keys: string[]; isEmpty: boolean };

const list = (table: Table, names: string[]) => names.map((name) => identifier(columnOf(table, name).name)).join(', ');

function columnOf(table: Table, name: string) {
	const column = table.columns.find((known) => known.name === name);
	if (!column) throw new Problem(400, 'PGRST204', `Could not find the '${name}' column of '${table.name}' in the schema cache`);
	return column;
}

/** The payload as rows with the table's own types: json keeps numbers exact, and one parameter holds any number of rows. */
function rowsSql(table: Table, names: string[], json: string): string {
	const columns = names.map((name) => `${identifier(name)} ${columnOf(table, name).type}`);
	return `json_to_recordset(${json}) as _body(${columns.join(', ')})`;
}

/** With `missing=default`, what a row leaves out takes the column's default instead of null. */
function withDefaults(table: Table, names: string[], payload: string): string {
	const defaults = names.flatMap((name) => {
		const { default: expression } = columnOf(table, name);
		return expression === null ? [] : [`jsonb_build_object(${literal(name)}, ${expression})`];
	});
	// One object for each: a function takes a hundred arguments and no more, a table may have more columns.
	return `(select coalesce(json_agg(${[...defaults, '_row'].join(' || ')}), '[]') from jsonb_array_elements(${payload}::jsonb) as _row)`;
}

export type InsertOptions = {
	missing: 'default' | 'null' | undefined;
	resolution: 'merge-duplicates' | 'ignore-duplicates' | undefined;
	onConflict: string[] | undefined;
};

/** How many rows an upsert inserted is counted in a setting, because `returning` does not tell insert from update. */
const counter = (change: 1 | -1) =>
	`set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) + ${change})::text, true) is not null`;

export function insertSql(
	table: Table,
	payload: Payload,
	columns: string[],
	options: InsertOptions,
	returning: string,
	parameters: Parameters
): string {
	const into = `insert into ${qualified(table)} as ${identifier(table.name)}`;
	const upserts = options.resolution !== undefined;
	const conflict = upserts ? conflictSql(table, columns, options) : '';
	if (columns.length === 0) {
		const rows = payload.isEmpty ? `select from ${qualified(table)} where false` : 'default values';
		return `${into} ${rows}${conflict} returning ${returning}`;
	}
	const body = parameters.add(payload.json);
	const json = options.missing === 'default' ? withDefaults(table, columns, body) : `${body}::json`;
	const counted = upserts ? ` where ${counter(1)}` : '';
	return `${into} (${list(table, columns)}) select ${list(table, columns)} from ${rowsSql(table, columns, json)}${counted}${conflict} returning ${returning}`;
}

function conflictSql(table: Table, columns: string[], options: InsertOptions): string {
	const target = options.onConflict ?? table.keys.find((key) => key.primary)?.columns;
	if (!target) return '';
	const on = ` on conflict (${list(table, target)})`;
	if (options.resolution === 'ignore-duplicates' || columns.length === 0) return `${on} do nothing`;
	const assignments = columns.map((name) => `${identifier(name)} = excluded.${identifier(name)}`);
	return `${on} do update set ${assignments.join(', ')} where ${counter(-1)}`;
}

/** hosted loads the safeupdate module for the API roles: a write to every row of a table is taken for a mistake. */
function whereSql(verb: string, table: Table, scope: Scope, parameters: Parameters): string {
	if (scope.conditions.length === 0) throw new Problem(400, '21000', `${verb} requires a WHERE clause`);
	const relation: Relation = { alias: table.name, table };
	return scope.conditions.map((condition) => conditionSql(relation, condition, parameters, new Map())).join(' and ');
}

export function updateSql(
	table: Table,
	payload: Payload,
	columns: string[],
	scope: Scope,
	returning: string,
	parameters: Parameters
): string {
	const where = whereSql('UPDATE', table, scope, parameters);
	if (columns.length === 0) return `select ${returning} from ${qualified(table)} as ${identifier(table.name)} where false and ${where}`;
	const assignments = columns.map((name) => `${identifier(name)} = _body.${identifier(name)}`);
	const rows = rowsSql(table, columns, `${parameters.add(payload.json)}::json`);
	return `update ${qualified(table)} as ${identifier(table.name)} set ${assignments.join(', ')} from (select * from ${rows} limit 1) as _body where ${where} returning ${returning}`;
}

export function deleteSql(table: Table, scope: Scope, returning: string, parameters: Parameters): string {
	return `delete from ${qualified(table)} as ${identifier(table.name)} where ${whereSql('DELETE', table, scope, parameters)} returning ${returning}`;
}

/**
 * The columns a write must return so that the answer can be read from them: those shown, those that tie embedded rows,
 * those of the order. Not simply all, because the caller may have been granted only some.
 */
export function returningSql(catalog: Catalog, table: Table, query: Query): string {
	const names = new Set<string>();
	const needs = (items: SelectItem[]): boolean =>
		items.some((item) => {
			if (item.kind === 'all') return true;
			if (item.kind === 'field') names.add(item.field.name);
			else {
				const relationship = findRelationship(catalog, table, item.target, item.hint);
				// A function is given the whole row.
				if (relationship.kind === 'computed') return true;
				const pairs = relationship.kind === 'many-to-many' ? relationship.originColumns : relationship.columns;
				for (const [own] of pairs) names.add(own);
			}
			return false;
		});
	// `some` stops at the first `*`; then every column is returned anyway.
	if (needs(query.select)) return `${identifier(table.name)}.*`;
	for (const term of query.root.order) if (term.relation === undefined) names.add(term.field.name);
	if (names.size === 0) return '1';
	return [...names].map((name) => fieldSql({ alias: table.name, table }, { name, path: [] })).join(', ');
}
