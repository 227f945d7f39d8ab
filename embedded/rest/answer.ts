import { appliedPreferences } from './preferences.ts';
import type { Preferences } from './preferences.ts';
import { contentType } from './media.ts';
import type { Media } from './media.ts';
import { Problem } from './problem.ts';
import type { Row, Statement } from './transactions.ts';
import type { Parameters } from './sql.ts';

/** What a statement made by `answerStatement` tells. */
export type Answer = {
	/** Rows in the answer. */
	rows: number;
	/** Rows the request touched or, when counting was asked for, matches. */
	total: number | undefined;
	/** Rows an upsert inserted rather than updated. */
	inserted: number | undefined;
	body: string;
	headers: string | null;
	status: string | null;
};

const sourceName = 'pgrst_source';

function bodySql({ kind, stripNulls }: Media, scalar: 'one' | 'many' | undefined): string {
	const strip = (json: string) => (stripNulls ? `json_strip_nulls(${json})` : json);
	if (scalar === 'many' && kind === 'array') return `coalesce(json_agg(_row.pgrst_scalar), '[]')`;
	if (scalar === 'one' && kind !== 'csv') return `coalesce(string_agg(to_json(_row.pgrst_scalar)::text, ''), 'null')`;
	switch (kind) {
		case 'array':
			return strip(`coalesce(json_agg(_row), '[]')`);
		case 'object':
			return `coalesce(string_agg(${strip('row_to_json(_row)')}::text, ','), 'null')`;
		case 'csv':
			return `coalesce((select string_agg(key, ',') from json_object_keys((select row_to_json(_first) from (select * from ${sourceName} limit 1) as _first)) as key) || E'\\n' || string_agg(substring(_row::text, 2, length(_row::text) - 2), E'\\n'), '')`;
	}
}

/**
 * Wraps a source of rows so that the database makes the whole answer: one row with its text and the counts. `shown` reads
 * the rows to show from the source when they are not the source itself.
 */
export function answerStatement(
	source: string,
	parameters: Parameters,
	options: { media: Media; shown?: string; total?: string; scalar?: 'one' | 'many'; withBody?: boolean }
): Statement {
	const body = options.withBody === false ? `''` : bodySql(options.media, options.scalar);
	const text = `with ${sourceName} as (${source}) select ${options.total ?? 'null'}::text as total, count(*)::text as rows, (${body})::text as body, nullif(current_setting('pgrst.inserted', true), '') as inserted, nullif(current_setting('response.headers', true), '') as headers, nullif(current_setting('response.status', true), '') as status from (${options.shown ?? `select * from ${sourceName}`}) as _row`;
	return { text, values: parameters.values };
}

export function readAnswer(rows: Row[] | undefined): Answer {
	const row = rows?.[0] ?? {};
	const number = (text: string | null | undefined) => (text === null || text === undefined ? undefined : Number(text));
	return {
		rows: number(row.rows) ?? 0,
		total: number(row.total),
		inserted: number(row.inserted),
		body: row.body ?? '',
		headers: row.headers ?? null,
		status: row.status ?? null
	};
}

/** An object was asked for: there must be exactly one row, or the request fails and nothing of it stays. */
export function requireSingle(media: Media, rows: number): void {
	if (media.kind !== 'object' || rows === 1) return;
	throw new Problem(406, 'PGRST116', 'Cannot coerce the result to a single JSON object', { details: `The result contains ${rows} rows` });
}

/** `max-affected`: a write that reaches further than its sender meant is taken back. */
export function requireAtMost(most: number | undefined, affected: number): void {
	if (most === undefined || affected <= most) return;
	throw new Problem(400, 'PGRST124', 'Query result exceeds max-affected preference constraint', {
		details: `The query affects ${affected} rows`
	});
}

/** The `Content-Range` header: first and last row, and how many there are in all where that was counted. */
export function contentRange(offset: number, rows: number, total: number | undefined): string {
	return `${rows === 0 ? '*' : `${offset}-${offset + rows - 1}`}/${total ?? '*'}`;
}

function functionHeaders(text: string | null): [string, string][] {
	if (text === null) return [];
	const invalid = new Problem(
		500,
		'PGRST111',
		'response.headers guc must be a JSON array composed of objects with a single key and a string value'
	);
	let list: unknown;
	try {
		list = JSON.parse(text);
	} catch {
		throw invalid;
	}
	if (!Array.isArray(list)) throw invalid;
	return list.flatMap((entry: unknown): [string, string][] => {
		if (typeof entry !== 'object' || entry === null) throw invalid;
		return Object.entries(entry).map(([name, value]) => {
			if (typeof value !== 'string') throw invalid;
			return [name, value];
		});
	});
}

function functionStatus(text: string | null): number | undefined {
	if (text === null) return undefined;
	const status = Number(text);
	if (!Number.isInteger(status) || status < 200 || status > 599) {
		throw new Problem(500, 'PGRST112', 'response.status guc must be a valid status code');
	}
	return status;
}

/** The HTTP answer; database functions may have chosen its status and added headers. */
export function respond(
	answer: Answer,
	parts: {
		status: number;
		media: Media;
		range: string;
		showBody: boolean;
		preferences?: Partial<Preferences>;
		headers?: Record<string, string>;
	}
): Response {
	const status = functionStatus(answer.status) ?? parts.status;
	const headers = new Headers({ 'content-range': parts.range, ...appliedPreferences(parts.preferences ?? {}), ...parts.headers });
	const bodyless = status === 204 || status === 304;
	if (!bodyless) headers.set('content-type', contentType(parts.media));
	for (const [name, value] of functionHeaders(answer.headers)) headers.set(name, value);
	return new Response(parts.showBody && !bodyless ? answer.body : null, { status, headers });
}
