import { watchCatalog } from './catalog.ts';
import type { Catalog } from './catalog.ts';
import { toProblem } from './database-errors.ts';
import { explain } from './explain.ts';
import { describeApi } from './openapi.ts';
import { readBody, toJson } from './payload.ts';
import { Problem } from './problem.ts';
import { readRequest } from './request.ts';
import type { ApiRequest } from './request.ts';
import { callFunction } from './serve-call.ts';
import { readTable } from './serve-read.ts';
import type { Work } from './serve-read.ts';
import { writeTable } from './serve-write.ts';
import { identifier } from './sql.ts';
import { Transactions } from './transactions.ts';
import type { Caller } from './transactions.ts';

export type { Caller } from './transactions.ts';

export type RestOptions = {
	/** The database, logged in as `authenticator`. */
	url: string;
	/** The database as superuser, for reading the catalog only. */
	adminUrl: string;
	/** Schemas served, the first by default. */
	schemas?: string[];
	/** Schemas whose names need no prefix in functions and defaults, behind the served one. */
	extraSearchPath?: string[];
	/** The most rows an answer shows. */
	maxRows?: number;
	connections?: number;
	/** Milliseconds after which a connection that nobody used is closed. */
	idleMs?: number;
	maxBodyBytes?: number;
};

/** A PostgREST-compatible API over one database. */
export type Rest = {
	/** Answers a request under /rest/v1 on behalf of a caller the gateway has verified. Never throws. */
	fetch(request: Request, caller: Caller): Promise<Response>;
	stop(): Promise<void>;
};

/** A time zone the answer was asked in; one that does not exist is ignored, as PostgREST does unless told to be strict. */
function timeZoneSetting({ timezone, handling }: ApiRequest['preferences']): [string, string][] {
	if (timezone === undefined) return [];
	try {
		new Intl.DateTimeFormat('en', { timeZone: timezone });
		return [['timezone', timezone]];
	} catch {
		if (handling === 'strict')
			throw new Problem(400, 'PGRST122', 'Invalid preferences given with handling=strict', {
				details: `Invalid preferences: timezone=${timezone}`
			});
		return [];
	}
}

function cookiesOf(headers: Headers): [string, string][] {
	const pairs = (headers.get('cookie') ?? '').split(';').flatMap((part): [string, string][] => {
		const [, name, value] = /^\s*([^=\s]+)=(.*)$/s.exec(part) ?? [];
		return name === undefined ? [] : [[name, value ?? '']];
	});
	return pairs.length === 0 ? [] : [['request.cookies', JSON.stringify(Object.fromEntries(pairs))]];
}

function requestSettings(request: ApiRequest, extraSearchPath: readonly string[], statementTimeout: string | null): [string, string][] {
	const path = [request.schema, ...extraSearchPath.filter((schema) => schema !== request.schema)].map(identifier).join(', ');
	return [
		['search_path', path],
		['request.method', request.method],
		['request.path', request.path],
		['request.headers', JSON.stringify(Object.fromEntries(request.headers))],
		...cookiesOf(request.headers),
		...timeZoneSetting(request.preferences),
		...(statementTimeout === null ? [] : ([['statement_timeout', statementTimeout]] satisfies [string, string][]))
	];
}

const tableWrites = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);

export async function createRest(options: RestOptions): Promise<Rest> {
	const { schemas = ['public'], extraSearchPath = ['public', 'extensions'], maxRows = 1000, maxBodyBytes = 10 * 1024 * 1024 } = options;
	const defaults = {
		schemas,
		extraSearchPath,
		maxRows,
		preRequest: undefined,
		planEnabled: false,
		txEnd: { rollback: false, mayChoose: false }
	};
	const catalogs = await watchCatalog(options.adminUrl, defaults);
	const transactions = new Transactions(options.url, options.connections ?? 10, options.idleMs);

	const workOf = async (request: Request, api: ApiRequest, catalog: Catalog): Promise<Work> => {
		const { target, method } = api;
		const json = tableWrites.has(method) ? toJson(request, await readBody(request, maxBodyBytes)) : undefined;
		if (target.kind === 'function') return callFunction(api, target.name, catalog, json);
		if (target.kind === 'root') return describeApi(api);
		if (method === 'GET' || method === 'HEAD') return readTable(api, target.name, catalog);
		if (json !== undefined) return writeTable(api, target.name, catalog, json);
		throw new Problem(405, 'PGRST117', `Unsupported HTTP method: ${method}`);
	};

	return {
		async fetch(request, caller) {
			try {
				const catalog = await catalogs.current();
				const api = readRequest(request, catalog.settings);
				const asked = await workOf(request, api, catalog);
				const work = api.media.plan ? explain(asked, api.media, api.media.plan) : asked;
				const settings = requestSettings(api, catalog.settings.extraSearchPath, work.statementTimeout ?? null);
				const endsInRollback = api.preferences.tx === undefined ? catalog.settings.txEnd.rollback : api.preferences.tx === 'rollback';
				const context = { caller, catalog, readOnly: work.readOnly, rollback: endsInRollback, settings };
				return await transactions.run(context, work.statements, work.decide);
			} catch (error) {
				const response = toProblem(error, caller.role === 'anon').toResponse();
				return request.method === 'HEAD' ? new Response(null, response) : response;
			}
		},
		async stop() {
			await Promise.all([catalogs.stop(), transactions.stop()]);
		}
	};
}
