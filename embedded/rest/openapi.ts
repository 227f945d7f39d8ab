import { readFileSync } from 'node:fs';
import { Problem } from './problem.ts';
import type { ApiRequest } from './request.ts';
import type { Work } from './serve-read.ts';

type Column = {
	name: string;
	type: string;
	comment: string | null;
	default: string | null;
	required: boolean;
	maxLength: number | null;
	enum: string[] | null;
	isPrimary: boolean;
	reference: { table: string; column: string } | null;
};

type Table = {
	name: string;
	comment: string | null;
	columns: Column[];
	maySelect: boolean;
	mayInsert: boolean;
	mayUpdate: boolean;
	mayDelete: boolean;
};

type Routine = {
	name: string;
	comment: string | null;
	isVolatile: boolean;
	parameters: { name: string; type: string; required: boolean }[];
};

/** What openapi.sql tells. */
type Described = { comment: string | null; tables: Table[]; functions: Routine[] };

type Json = Record<string, unknown>;

const describe = readFileSync(new URL('./openapi.sql', import.meta.url), 'utf8');

const produces = ['application/json', 'application/vnd.pgrst.object+json', 'text/csv'];
const reference = (name: string) => ({ $ref: `#/parameters/${name}` });
const said = (response: string, schema?: Json) => ({ description: response, ...(schema ? { schema } : {}) });

/** The first line of a comment is the summary, the rest the description. */
function wordsOf(comment: string | null): Json {
	const [summary = '', ...rest] = (comment ?? '').split('\n');
	const description = rest.join('\n').trim();
	return { ...(summary ? { summary } : {}), ...(description ? { description } : {}) };
}

/** JSON's type of a PostgreSQL type; `format` keeps the latter. */
function typeOf(type: string): Json {
	if (type.endsWith('[]')) return { format: type, type: 'array', items: { type: typeOf(type.slice(0, -2)).type ?? 'string' } };
	if (/^(smallint|integer|bigint)$/.test(type)) return { format: type, type: 'integer' };
	if (/^(numeric|real|double precision)$/.test(type)) return { format: type, type: 'number' };
	if (type === 'boolean') return { format: type, type: 'boolean' };
	return /^jsonb?$/.test(type) ? { format: type } : { format: type, type: 'string' };
}

function propertyOf(column: Column): Json {
	const notes = [
		...(column.isPrimary ? ['This is a Primary Key.<pk/>'] : []),
		...(column.reference
			? [
					`This is a Foreign Key to \`${column.reference.table}.${column.reference.column}\`.` +
						`<fk table='${column.reference.table}' column='${column.reference.column}'/>`
				]
			: [])
	];
	const description = [...(column.comment ? [column.comment] : []), ...(notes.length > 0 ? [`Note:\n${notes.join('\n')}`] : [])].join(
		'\n\n'
	);
	return {
		...(description ? { description } : {}),
		...typeOf(column.type),
		...(column.default === null ? {} : { default: column.default }),
		...(column.maxLength === null ? {} : { maxLength: column.maxLength }),
		...(column.enum ? { enum: column.enum } : {})
	};
}

function pathOf(table: Table): Json {
	const words = { tags: [table.name], ...wordsOf(table.comment) };
	const filters = table.columns.map(({ name }) => reference(`rowFilter.${table.name}.${name}`));
	const body = reference(`body.${table.name}`);
	const list = { type: 'array', items: { $ref: `#/definitions/${table.name}` } };
	const shaping = ['select', 'order', 'range', 'rangeUnit', 'offset', 'limit', 'preferCount'].map(reference);
	return {
		...(table.maySelect
			? { get: { ...words, parameters: [...filters, ...shaping], responses: { 200: said('OK', list), 206: said('Partial Content') } } }
			: {}),
		...(table.mayInsert
			? { post: { ...words, parameters: [body, reference('select'), reference('preferPost')], responses: { 201: said('Created') } } }
			: {}),
		...(table.mayUpdate
			? { patch: { ...words, parameters: [...filters, body, reference('preferReturn')], responses: { 204: said('No Content') } } }
			: {}),
		...(table.mayDelete
			? { delete: { ...words, parameters: [...filters, reference('preferReturn')], responses: { 204: said('No Content') } } }
			: {})
	};
}

function functionPathOf({ name, comment, isVolatile, parameters }: Routine): Json {
	const words = { tags: [`(rpc) ${name}`], ...wordsOf(comment), produces };
	const required = parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name);
	const schema = {
		type: 'object',
		...(required.length > 0 ? { required } : {}),
		properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, typeOf(parameter.type)]))
	};
	const args = { in: 'body', name: 'args', required: true, schema };
	const responses = { 200: said('OK') };
	return {
		...(isVolatile
			? {}
			: {
					get: {
						...words,
						parameters: parameters.map((parameter) => ({
							in: 'query',
							name: parameter.name,
							required: parameter.required,
							...typeOf(parameter.type)
						})),
						responses
					}
				}),
		post: { ...words, parameters: [args, reference('preferParams')], responses }
	};
}

const header = (name: string, description: string, choices?: string[]): Json => ({
	in: 'header',
	name,
	required: false,
	type: 'string',
	description,
	...(choices ? { enum: choices } : {})
});
const query = (name: string, description: string): Json => ({ in: 'query', name, required: false, type: 'string', description });

/** Parameters that every table shares. */
const shared: Json = {
	preferParams: header('Prefer', 'Preference', ['params=single-object']),
	preferReturn: header('Prefer', 'Preference', ['return=representation', 'return=minimal', 'return=none']),
	preferCount: header('Prefer', 'Preference', ['count=none']),
	preferPost: header('Prefer', 'Preference', [
		'return=representation',
		'return=minimal',
		'return=none',
		'resolution=ignore-duplicates',
		'resolution=merge-duplicates'
	]),
	select: query('select', 'Filtering Columns'),
	on_conflict: query('on_conflict', 'On Conflict'),
	order: query('order', 'Ordering'),
	range: header('Range', 'Limiting and Pagination'),
	rangeUnit: { ...header('Range-Unit', 'Limiting and Pagination'), default: 'items' },
	offset: query('offset', 'Limiting and Pagination'),
	limit: query('limit', 'Limiting and Pagination')
};

function documentOf({ comment, tables, functions }: Described): Json {
	const { summary: title = 'PostgREST API', description = 'This is a dynamic API generated by PostgREST' } = wordsOf(comment);
	const introspection = {
		tags: ['Introspection'],
		summary: 'OpenAPI description (this document)',
		produces: ['application/openapi+json', 'application/json'],
		responses: { 200: said('OK') }
	};
	const parameters = tables.flatMap(({ name, columns }) => [
		[`body.${name}`, { in: 'body', name, required: false, description: name, schema: { $ref: `#/definitions/${name}` } }],
		...columns.map((column) => [`rowFilter.${name}.${column.name}`, query(column.name, column.comment ?? '')])
	]);
	return {
		swagger: '2.0',
		info: { title, description, version: 'embedded' },
		basePath: '/rest/v1/',
		schemes: ['http'],
		consumes: produces,
		produces,
		paths: {
			'/': { get: introspection },
			...Object.fromEntries(tables.map((table) => [`/${table.name}`, pathOf(table)])),
			...Object.fromEntries(functions.map((routine) => [`/rpc/${routine.name}`, functionPathOf(routine)]))
		},
		definitions: Object.fromEntries(
			tables.map(({ name, comment, columns }) => {
				const required = columns.filter((column) => column.required).map((column) => column.name);
				const properties = Object.fromEntries(columns.map((column) => [column.name, propertyOf(column)]));
				return [
					name,
					{ ...(comment ? { description: comment } : {}), ...(required.length > 0 ? { required } : {}), properties, type: 'object' }
				];
			})
		),
		parameters: { ...shared, ...Object.fromEntries(parameters) },
		externalDocs: { description: 'PostgREST Documentation', url: 'https://docs.postgrest.org/en/stable/references/api.html' }
	};
}

/** `GET /`: what the caller may use of the schema, as OpenAPI 2.0 (docs.postgrest.org, references/api/openapi). */
export function describeApi(request: ApiRequest): Work {
	if (request.method !== 'GET' && request.method !== 'HEAD') {
		throw new Problem(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`);
	}
	return {
		readOnly: true,
		statements: [{ text: describe, values: [request.schema] }],
		decide([rows]) {
			const described: Described = JSON.parse(rows?.[0]?.document ?? '{"comment":null,"tables":[],"functions":[]}');
			const headers = { 'content-type': 'application/openapi+json; charset=utf-8', 'content-profile': request.schema };
			return new Response(request.method === 'HEAD' ? null : JSON.stringify(documentOf(described)), { headers });
		}
	};
}
