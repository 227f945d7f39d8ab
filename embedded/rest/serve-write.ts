import { answerStatement, contentRange, readAnswer, requireAtMost, requireSingle, respond } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Catalog, Table } from './catalog.ts';
import { Problem } from './problem.ts';
import { readPayload } from './payload.ts';
import type { Preferences } from './preferences.ts';
import { readQuery } from './query.ts';
import type { Query } from './query.ts';
import { Reader, selectionSql } from './read.ts';
import { findTable } from './request.ts';
import type { ApiRequest } from './request.ts';
import type { Work } from './serve-read.ts';
import { identifier, Parameters } from './sql.ts';
import { deleteSql, insertSql, returningSql, updateSql } from './write.ts';
import type { InsertOptions } from './write.ts';

type Writing = { sql: string; parameters: Parameters };

function primaryKey(table: Table): string[] {
	return table.keys.find((key) => key.primary)?.columns ?? [];
}

/** What a write returns to its own statement: the rows to show, the key for a Location header, or nothing but their number. */
function returningFor(catalog: Catalog, table: Table, query: Query, wanted: Preferences['return']): string {
	if (wanted === 'representation') return returningSql(catalog, table, query);
	const key = primaryKey(table);
	if (wanted !== 'headers-only' || key.length === 0) return '1';
	return key.map((name) => `${identifier(table.name)}.${identifier(name)}`).join(', ');
}

function writeSql(request: ApiRequest, catalog: Catalog, table: Table, query: Query, json: string): Writing {
	const parameters = new Parameters();
	const { preferences } = request;
	const returning = returningFor(catalog, table, query, preferences.return);
	if (request.method === 'DELETE') return { sql: deleteSql(table, query.root, returning, parameters), parameters };
	const payload = readPayload(json, query.columns !== undefined);
	const columns = query.columns ?? payload.keys;
	if (request.method === 'PATCH') return { sql: updateSql(table, payload, columns, query.root, returning, parameters), parameters };
	const options: InsertOptions =
		request.method === 'PUT'
			? { missing: undefined, resolution: 'merge-duplicates', onConflict: undefined }
			: { missing: preferences.missing, resolution: preferences.resolution, onConflict: query.onConflict };
	return { sql: insertSql(table, payload, columns, options, returning, parameters), parameters };
}

/** PUT writes the one row whose key the address names, and the body must say the same key. */
function checkPut(table: Table, query: Query, json: string): void {
	const key = primaryKey(table);
	const named = new Map(
		query.root.conditions.map((condition) =>
			condition.kind === 'filter' && !condition.negated && condition.test.kind === 'compare' && condition.test.operator === 'eq'
				? [condition.field.name, condition.test.value]
				: ['', '']
		)
	);
	if (key.length === 0 || named.size !== key.length || !key.every((name) => named.has(name))) {
		throw new Problem(405, 'PGRST105', 'Filters must include all and only primary key columns with "eq" operators');
	}
	const body: unknown = JSON.parse(json || 'null');
	const row: unknown = Array.isArray(body) ? body[0] : body;
	const values = new Map(Object.entries(row ?? {}));
	if (!key.every((name) => String(values.get(name)) === named.get(name))) {
		throw new Problem(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)');
	}
}

function locationOf(table: Table, answer: Answer): Record<string, string> {
	const rows: unknown = JSON.parse(answer.body || '[]');
	if (!Array.isArray(rows) || rows.length !== 1) return {};
	const values = Object.entries(rows[0] ?? {}).map(
		([name, value]) => `${encodeURIComponent(name)}=eq.${encodeURIComponent(String(value))}`
	);
	return { location: `/${table.name}?${values.join('&')}` };
}

function statusOf(method: string, resolution: Preferences['resolution'], answer: Answer, shows: boolean): number {
	if (method === 'POST') return resolution !== undefined && answer.inserted === 0 ? 200 : 201;
	if (method === 'PUT') return answer.inserted === 0 ? (shows ? 200 : 204) : 201;
	return shows ? 200 : 204;
}

/** POST, PATCH, PUT and DELETE of a table. */
export function writeTable(request: ApiRequest, name: string, catalog: Catalog, json: string): Work {
	const table = findTable(catalog, request.schema, name);
	const query = readQuery(request.search);
	if (request.method === 'PUT') checkPut(table, query, json);
	const { preferences, media, method } = request;
	const { sql, parameters } = writeSql(request, catalog, table, query, json);
	const shows = preferences.return === 'representation';
	// The written rows are read back from the statement itself; its filters chose rows as they were before.
	const shown = shows
		? selectionSql(
				new Reader(catalog, parameters, undefined).read(
					{ alias: table.name, table },
					`pgrst_source as ${identifier(table.name)}`,
					query.select,
					{ ...query.root, conditions: [] }
				)
			)
		: 'select * from pgrst_source';
	const withBody = shows || preferences.return === 'headers-only';
	const statement = answerStatement(sql, parameters, {
		media: shows ? media : { kind: 'array', stripNulls: false },
		shown,
		total: '(select count(*) from pgrst_source)',
		withBody
	});

	return {
		readOnly: false,
		statements: [statement],
		decide([rows]) {
			const answer = readAnswer(rows);
			const affected = answer.total ?? 0;
			requireSingle(media, shows ? answer.rows : affected);
			if (method !== 'POST') requireAtMost(preferences.maxAffected, affected);
			const counted = preferences.count === undefined ? undefined : affected;
			const range = method === 'PATCH' ? contentRange(0, affected, counted) : `*/${counted ?? '*'}`;
			return respond(answer, {
				status: statusOf(method, preferences.resolution, answer, shows),
				media,
				range,
				showBody: shows,
				preferences,
				headers: preferences.return === 'headers-only' && method === 'POST' ? locationOf(table, answer) : {}
			});
		}
	};
}
