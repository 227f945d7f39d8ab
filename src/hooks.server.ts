import type { Handle, HandleServerError } from '@sveltejs/kit';
import { config, realtimeOrigin } from '$lib/server/config';
import { secureHeaders } from '$lib/server/headers';
import { logProblem } from '$lib/server/log';
import { readAsker } from '$lib/server/session';
import { createUserClient } from '$lib/server/supabase';

const themes = new Set(['light', 'dark']);
const idForm = /^[\w-]{8,64}$/;

/** One pipeline: request id → session → the page → security headers. */
export const handle: Handle = async ({ event, resolve }) => {
	const asked = event.request.headers.get('x-request-id');
	const requestId = asked && idForm.test(asked) ? asked : crypto.randomUUID();
	event.locals.requestId = requestId;
	event.locals.supabase = createUserClient(event, requestId);
	const { claims, unreachable } = await readAsker(event.locals.supabase);
	event.locals.claims = claims;
	event.locals.authUnreachable = unreachable;
	event.locals.user = claims && { id: claims.sub, email: claims.email };

	// The theme is written by the server, so the first paint is right without a script.
	const theme = event.cookies.get('theme') ?? '';
	const response = await resolve(event, {
		transformPageChunk: ({ html }) => html.replace('%app.theme%', themes.has(theme) ? theme : ''),
		preload: ({ type, path }) => type === 'js' || type === 'css' || (type === 'font' && path.includes('inter-latin-wght'))
	});
	secureHeaders(response.headers, { https: event.url.protocol === 'https:', requestId, connect: realtimeOrigin(config().supabaseUrl) });
	return response;
};

/** Logs what nobody foresaw; the person sees the request's id and no internals. */
export const handleError: HandleServerError = ({ error, event, status, message }) => {
	const { requestId } = event.locals;
	if (status === 404) return { message: 'There is no page at this address.', code: 'not_found', requestId };
	logProblem(error, { requestId, status, message });
	return { message: 'Something went wrong on our side. Nothing was lost that was saved; try again.', code: 'unexpected', requestId };
};
