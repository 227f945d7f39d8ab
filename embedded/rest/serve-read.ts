import { answerStatement, contentRange, readAnswer, requireSingle, respond } from './answer.ts';
import type { Answer } from './answer.ts';
import type { Catalog } from './catalog.ts';
import { Problem } from './problem.ts';
import { applyRangeHeader, readQuery } from './query.ts';
import { countableSql, Reader, selectionSql } from './read.ts';
import { findTable } from './request.ts';
import type { ApiRequest } from './request.ts';
import { identifier, Parameters, qualified } from './sql.ts';
import type { Row, Statement } from './transactions.ts';

/** What a request does in the database and how its results become an answer. */
export type Work = { readOnly: boolean; statements: Statement[]; statementTimeout?: string | null; decide: (results: Row[][]) => Response };

/** Rows the planner expects, from `explain (format json)`. */
function plannedRows(row: Row | undefined): number {
	const plan: unknown = JSON.parse(row?.['QUERY PLAN'] ?? '[]');
	const match = /"Plan Rows":\s*(\d+)/.exec(JSON.stringify(plan));
	return Number(match?.[1] ?? 0);
}

/** The status and total of a counted range; throws when it starts behind the last row. */
export function rangeStatus(offset: number, rows: number, total: number | undefined): number {
	if (total === undefined) return 200;
	if (offset > total) {
		throw new Problem(416, 'PGRST103', 'Requested range not satisfiable', {
			details: `An offset of ${offset} was requested, but there are only ${total} rows.`,
			headers: { 'content-range': `*/${total}` }
		});
	}
	return rows < total ? 206 : 200;
}

/** `GET /table` and `HEAD /table`. */
export function readTable(request: ApiRequest, name: string, catalog: Catalog): Work {
	const { maxRows } = catalog.settings;
	const table = findTable(catalog, request.schema, name);
	const query = readQuery(request.search);
	if (request.method === 'GET') applyRangeHeader(query.root, request.headers.get('range'));
	const { count } = request.preferences;
	const limit = query.root.limit;
	if (limit !== undefined && limit < 0)
		throw new Problem(416, 'PGRST103', 'Requested range not satisfiable', { details: 'Limit should be greater than or equal to zero.' });

	const parameters = new Parameters();
	const relation = { alias: table.name, table };
	const selection = new Reader(catalog, parameters, maxRows).read(
		relation,
		`${qualified(table)} as ${identifier(table.name)}`,
		query.select,
		query.root
	);
	const countable = countableSql(selection);
	const total =
		count === 'exact'
			? `(select count(*) from (${countable}) as _all)`
			: count === 'estimated'
				? `(select count(*) from (${countable} limit ${maxRows + 1}) as _all)`
				: undefined;
	const withBody = request.method === 'GET';
	const statements = [
		answerStatement(selectionSql(selection), parameters, { media: request.media, withBody, ...(total === undefined ? {} : { total }) })
	];
	if (count === 'planned' || count === 'estimated') {
		const plan = new Parameters();
		const planned = new Reader(catalog, plan, undefined).read(relation, `${qualified(table)} as ${identifier(table.name)}`, query.select, {
			...query.root,
			limit: undefined,
			offset: 0
		});
		statements.push({ text: `explain (format json) ${countableSql(planned)}`, values: plan.values });
	}

	return {
		readOnly: true,
		statements,
		decide([rows, plan]) {
			const answer = readAnswer(rows);
			requireSingle(request.media, answer.rows);
			const known = totalOf(answer, count, plan?.[0], maxRows);
			const status = rangeStatus(query.root.offset, answer.rows, known);
			return respond(answer, {
				status,
				media: request.media,
				range: contentRange(query.root.offset, answer.rows, known),
				showBody: withBody,
				preferences: { count, handling: request.preferences.handling, timezone: request.preferences.timezone },
				headers: { 'content-location': `${request.path}${request.search.size > 0 ? `?${request.search.toString()}` : ''}` }
			});
		}
	};
}

function totalOf(answer: Answer, count: ApiRequest['preferences']['count'], plan: Row | undefined, maxRows: number): number | undefined {
	if (count === 'planned') return plannedRows(plan);
	if (count === 'estimated' && (answer.total ?? 0) > maxRows) return Math.max(plannedRows(plan), answer.total ?? 0);
	return answer.total;
}
