import { parse as parseCsv } from 'csv-parse/sync';
import { Problem } from './problem.ts';
import type { Payload } from './write.ts';

/** Reads the body of a request, refusing to hold more than `limit` bytes. */
export async function readBody(request: Request, limit: number): Promise<string> {
	const tooLarge = () => new Problem(413, 'PGRST413', `The request body is larger than ${limit} bytes`);
	if (Number(request.headers.get('content-length') ?? 0) > limit) throw tooLarge();
	if (!request.body) return '';
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of request.body) {
		size += chunk.byteLength;
		if (size > limit) throw tooLarge();
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		throw new Problem(400, 'PGRST102', 'Empty or invalid json');
	}
}

function mediaType(request: Request): string {
	return (request.headers.get('content-type') ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** The body as json text, whatever form it came in. */
export function toJson(request: Request, body: string): string {
	switch (mediaType(request)) {
		case 'application/json':
		case 'application/vnd.pgrst.array+json':
		case 'application/vnd.pgrst.object+json':
		case '':
			return body;
		case 'application/x-www-form-urlencoded':
			return JSON.stringify(Object.fromEntries(new URLSearchParams(body)));
		case 'text/csv': {
			let rows: Record<string, string>[];
			try {
				rows = parseCsv(body, { columns: true, bom: true });
			} catch (error) {
				throw new Problem(400, 'PGRST102', error instanceof Error ? error.message : 'Invalid CSV');
			}
			return JSON.stringify(
				rows.map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value === 'NULL' ? null : value])))
			);
		}
		default:
			throw new Problem(415, 'PGRST102', `Content-Type not acceptable: ${mediaType(request)}`);
	}
}

/**
 * Reads rows to write. Numbers stay as they were written: the text itself goes to the database. Unless the caller
 * names the columns, all rows must have the same keys.
 */
export function readPayload(json: string, namesColumns: boolean): Payload {
	const value = parseJson(json);
	const rows: unknown[] = Array.isArray(value) ? value : [value];
	const [first] = rows;
	if (!rows.every(isObject)) throw new Problem(400, 'PGRST102', 'Empty or invalid json');
	const keys = isObject(first) ? Object.keys(first) : [];
	if (!namesColumns) {
		const known = new Set(keys);
		const uniform = rows.every((row) => {
			const own = Object.keys(row);
			return own.length === keys.length && own.every((key) => known.has(key));
		});
		if (!uniform) throw new Problem(400, 'PGRST102', 'All object keys must match');
	}
	return { json: Array.isArray(value) ? json : `[${json}]`, keys, isEmpty: rows.length === 0 };
}

/** The named arguments of a function call. */
export function readArguments(json: string): string[] {
	const value = json.trim() === '' ? {} : parseJson(json);
	if (Array.isArray(value)) return isObject(value[0]) ? Object.keys(value[0]) : [];
	if (!isObject(value)) throw new Problem(400, 'PGRST102', 'Empty or invalid json');
	return Object.keys(value);
}
