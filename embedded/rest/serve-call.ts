import { answerStatement, contentRange, readAnswer, requireAtMost, requireSingle, respond } from './answer.ts';
import { callSql, chooseRoutine } from './call.ts';
import type { Arguments } from './call.ts';
import type { Catalog } from './catalog.ts';
import { readArguments } from './payload.ts';
import { Problem } from './problem.ts';
import { applyRangeHeader, readQuery } from './query.ts';
import { countableSql, Reader, selectionSql } from './read.ts';
import type { ApiRequest } from './request.ts';
import { rangeStatus } from './serve-read.ts';
import type { Work } from './serve-read.ts';
import { identifier, Parameters } from './sql.ts';

/** GET, HEAD and POST of `/rpc/function`: its result can be filtered, ordered and embedded from like a table. */
export function callFunction(request: ApiRequest, name: string, catalog: Catalog, json: string | undefined): Work {
	const { method, schema, media, preferences } = request;
	const byPost = method === 'POST';
	if (!byPost && method !== 'GET' && method !== 'HEAD') throw new Problem(405, 'PGRST101', `Cannot use the ${method} method on RPC`);
	const parameterNames = new Set(
		catalog.functions(schema, name).flatMap((routine) => routine.parameters.map((parameter) => parameter.name))
	);
	const query = readQuery(request.search, (key) => !byPost && parameterNames.has(key));
	if (method === 'GET') applyRangeHeader(query.root, request.headers.get('range'));
	const given: Arguments = {
		names: byPost ? readArguments(json ?? '') : [...query.arguments.keys()],
		json: byPost ? json || '{}' : undefined,
		texts: query.arguments
	};
	const routine = chooseRoutine(catalog, schema, name, given.names, byPost);
	if (preferences.maxAffected !== undefined && !routine.returnsSet) {
		throw new Problem(400, 'PGRST128', 'Function must return SETOF or TABLE when max-affected preference is used with handling=strict');
	}

	const parameters = new Parameters();
	const source = callSql(routine, given, parameters);
	const table = routine.returnsTable ? catalog.table(...routine.returnsTable) : undefined;
	const reader = new Reader(catalog, parameters, catalog.settings.maxRows);
	const selection = reader.read({ alias: name, table }, `pgrst_source as ${identifier(name)}`, query.select, query.root);
	const counts = preferences.count !== undefined && routine.returnsSet;
	const statement = answerStatement(source, parameters, {
		// A single row or value that is no set is shown as itself.
		media: routine.returnsSet || media.kind === 'csv' ? media : { ...media, kind: 'object' },
		shown: selectionSql(selection),
		withBody: method !== 'HEAD' && !routine.returnsVoid,
		...(counts ? { total: `(select count(*) from (${countableSql(selection)}) as _all)` } : {}),
		...(routine.returnsRow ? {} : { scalar: routine.returnsSet ? 'many' : 'one' })
	});

	return {
		// A function that is not volatile promises to change nothing; a GET must not.
		readOnly: !byPost || !routine.mayWrite,
		statementTimeout: routine.statementTimeout,
		statements: [statement],
		decide([rows]) {
			const answer = readAnswer(rows);
			requireSingle(media, answer.rows);
			requireAtMost(preferences.maxAffected, answer.rows);
			const status = routine.returnsVoid ? 204 : rangeStatus(query.root.offset, answer.rows, answer.total);
			return respond(answer, {
				status,
				media,
				range: contentRange(query.root.offset, answer.rows, answer.total),
				showBody: method !== 'HEAD',
				preferences: { ...preferences, return: undefined, resolution: undefined, missing: undefined }
			});
		}
	};
}
