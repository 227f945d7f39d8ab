import type { IncomingMessage, ServerResponse } from 'node:http';

/** Headers of answers that scripts of other origins may read: what supabase-js looks at. */
const exposed = [
	'content-encoding',
	'content-length',
	'content-location',
	'content-profile',
	'content-range',
	'content-type',
	'date',
	'link',
	'location',
	'preference-applied',
	'range-unit',
	'sb-request-id',
	'x-request-id',
	'x-supabase-api-version',
	'x-total-count'
].join(', ');

/** Lets pages of any origin read the answer. Keys and tokens travel in headers, never in cookies, so this gives nothing away. */
export function allowOrigins(outgoing: ServerResponse): void {
	outgoing.setHeader('access-control-allow-origin', '*');
	outgoing.setHeader('access-control-expose-headers', exposed);
}

/** Answers a preflight: every method of the APIs, and whatever headers the page says it will send. */
export function answerPreflight(incoming: IncomingMessage, outgoing: ServerResponse): void {
	outgoing.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
	outgoing.setHeader('access-control-allow-headers', incoming.headers['access-control-request-headers'] ?? '*');
	outgoing.setHeader('access-control-max-age', '3600');
	outgoing.setHeader('vary', 'access-control-request-headers');
	outgoing.writeHead(204).end();
}
