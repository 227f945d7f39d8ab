import { DatabaseError } from 'pg-protocol';
import { ConnectionLost } from './connection.ts';
import { Problem } from './problem.ts';

/** HTTP status for each SQLSTATE or class of it, as PostgREST's documentation lists them; longest prefix wins. */
const statusBySqlState: Record<string, number> = {
	'08': 503,
	'09': 500,
	'0L': 403,
	'0P': 403,
	'23503': 409,
	'23505': 409,
	'25': 500,
	'25006': 405,
	'28': 403,
	'2D': 500,
	'38': 500,
	'39': 500,
	'3B': 500,
	'40': 500,
	'53': 503,
	'53400': 500,
	'54': 500,
	'55': 500,
	'57': 500,
	'57P01': 503,
	'58': 500,
	F0: 500,
	HV: 500,
	P0001: 400,
	P0: 500,
	XX: 500,
	'42883': 404,
	'42P01': 404,
	'42P17': 500
};

function statusOf(code: string, isAnonymous: boolean): number {
	// PostgREST answers 401 where signing in could help.
	if (code === '42501') return isAnonymous ? 401 : 403;
	const chosen = /^PT(\d{3})$/.exec(code);
	if (chosen) return Number(chosen[1]);
	return statusBySqlState[code] ?? statusBySqlState[code.slice(0, 2)] ?? 400;
}

function parseObject(text: string | undefined): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text ?? '');
		return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
	} catch {
		return undefined;
	}
}

/** `raise sqlstate 'PGRST'`: the database function words the whole answer in message and detail. */
function wordedByFunction(error: DatabaseError): Problem {
	const message = parseObject(error.message);
	const detail = parseObject(error.detail);
	const headers = detail?.headers;
	if (
		typeof message?.code !== 'string' ||
		typeof message.message !== 'string' ||
		typeof detail?.status !== 'number' ||
		typeof headers !== 'object' ||
		headers === null
	) {
		return new Problem(500, 'PGRST121', 'Could not parse JSON in the "RAISE SQLSTATE \'PGRST\'" error', {
			details: message ? `Invalid JSON value for DETAIL: '${error.detail ?? ''}'` : `Invalid JSON value for MESSAGE: '${error.message}'`,
			hint: message
				? "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
				: "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
		});
	}
	return new Problem(detail.status, message.code, message.message, {
		details: message.details,
		hint: typeof message.hint === 'string' ? message.hint : null,
		headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
	});
}

/** Words any error thrown while serving a request as PostgREST would; what is not the caller's business stays inside. */
export function toProblem(error: unknown, isAnonymous: boolean): Problem {
	if (error instanceof Problem) return error;
	if (error instanceof DatabaseError) {
		if (error.code === 'PGRST') return wordedByFunction(error);
		const code = error.code ?? 'XX000';
		const status = statusOf(code, isAnonymous);
		return new Problem(status, code, error.message, {
			details: error.detail ?? null,
			hint: error.hint ?? null,
			headers: status === 401 ? { 'www-authenticate': 'Bearer' } : {}
		});
	}
	if (error instanceof ConnectionLost) return new Problem(503, 'PGRST001', 'Database client error. Retrying the connection.');
	return new Problem(500, 'PGRSTX00', 'Internal server error');
}
