import type { ApiSettings } from './api-settings.ts';
import type { Catalog, Table } from './catalog.ts';
import { readAccept } from './media.ts';
import type { Media } from './media.ts';
import { readPreferences } from './preferences.ts';
import type { Preferences } from './preferences.ts';
import { Problem } from './problem.ts';

export type Target = { kind: 'root' } | { kind: 'table'; name: string } | { kind: 'function'; name: string };

/** A request as far as it can be read without the database. */
export type ApiRequest = {
	method: string;
	target: Target;
	/** The path below /rest/v1, as the database sees it in request.path. */
	path: string;
	schema: string;
	search: URLSearchParams;
	preferences: Preferences;
	media: Media;
	headers: Headers;
};

function readTarget(path: string): Target {
	const segments = path
		.split('/')
		.filter((segment) => segment !== '')
		.map((segment) => {
			try {
				return decodeURIComponent(segment);
			} catch {
				return '';
			}
		});
	const [first, second] = segments;
	if (first === undefined) return { kind: 'root' };
	if (first === 'rpc' && second !== undefined && segments.length === 2) return { kind: 'function', name: second };
	if (segments.length === 1 && first !== '') return { kind: 'table', name: first };
	throw new Problem(404, 'PGRST125', 'Invalid path specified in request URL');
}

function chooseSchema(request: Request, schemas: readonly string[]): string {
	const reads = request.method === 'GET' || request.method === 'HEAD';
	const wanted = request.headers.get(reads ? 'accept-profile' : 'content-profile');
	const schema = wanted ?? schemas[0] ?? 'public';
	if (!schemas.includes(schema)) {
		throw new Problem(406, 'PGRST106', `Invalid schema: ${schema}`, {
			hint: `Only the following schemas are exposed: ${schemas.join(', ')}`
		});
	}
	return schema;
}

export function readRequest(request: Request, { schemas, planEnabled, txEnd }: ApiSettings): ApiRequest {
	const url = new URL(request.url);
	const path = url.pathname.replace(/^\/rest\/v1(?=\/|$)/, '') || '/';
	const target = readTarget(path);
	return {
		method: request.method,
		target,
		path,
		schema: chooseSchema(request, schemas),
		search: url.searchParams,
		preferences: readPreferences(request.headers.get('prefer'), txEnd.mayChoose),
		// The root has one form whatever is asked for, as in PostgREST.
		media: readAccept(target.kind === 'root' ? null : request.headers.get('accept'), planEnabled),
		headers: request.headers
	};
}

function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (const [i, letter] of [...a].entries()) {
		const next = [i + 1];
		for (let j = 0; j < b.length; j++) {
			next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === b[j] ? 0 : 1)));
		}
		row = next;
	}
	return row.at(-1) ?? 0;
}

/** The table of this name; throws PGRST205, with the nearest name as a hint. */
export function findTable(catalog: Catalog, schema: string, name: string): Table {
	const table = catalog.table(schema, name);
	if (table) return table;
	const nearest = [...catalog.tables.values()]
		.filter((candidate) => candidate.schema === schema)
		.map((candidate) => ({ name: candidate.name, distance: editDistance(name, candidate.name) }))
		.filter(({ distance }) => distance <= Math.max(2, name.length / 2))
		.sort((a, b) => a.distance - b.distance)[0];
	throw new Problem(404, 'PGRST205', `Could not find the table '${schema}.${name}' in the schema cache`, {
		hint: nearest ? `Perhaps you meant the table '${schema}.${nearest.name}'` : null
	});
}
