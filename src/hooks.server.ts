import { redirect, type Handle, type HandleServerError } from '@sveltejs/kit';
import { config, realtimeOrigin } from '$lib/server/config';
import { secureHeaders } from '$lib/server/headers';
import { logProblem } from '$lib/server/log';
import { readAsker } from '$lib/server/session';
import { createUserClient } from '$lib/server/supabase';
import { forgetViewAs, offLimits, readViewAs } from '$lib/server/view-as';

const themes = new Set(['light', 'dark']);
const idForm = /^[\w-]{8,64}$/;

/** One pipeline: request id → session → the page → security headers. */
export const handle: Handle = async ({ event, resolve }) => {
	const asked = event.request.headers.get('x-request-id');
	const requestId = asked && idForm.test(asked) ? asked : crypto.randomUUID();
	event.locals.requestId = requestId;
	event.locals.viewAs = readViewAs(event.cookies);
	event.locals.supabase = createUserClient(event, requestId, event.locals.viewAs?.id);
	const { claims, unreachable } = await readAsker(event.locals.supabase);
	event.locals.claims = claims;
	event.locals.authUnreachable = unreachable;
	// A view that has run out, or whose admin is none any more, leads back to oneself.
	if (event.locals.viewAs && claims) {
		const { error } = await event.locals.supabase.rpc('who_am_i');
		if (error?.hint === 'view_ended') {
			forgetViewAs(event.cookies);
			event.locals.viewAs = null;
			event.locals.supabase = createUserClient(event, requestId);
		}
	}
	const { viewAs } = event.locals;
	event.locals.user = claims && { id: viewAs?.memberId ?? claims.sub, email: claims.email };
	const barred = viewAs && claims && offLimits(event.request.method, event.route.id);
	// Their account is the member's own: a page leads back, anything else is refused.
	if (barred && event.request.method === 'GET') redirect(303, `/${viewAs.slug}`);

	// The theme is written by the server, so the first paint is right without a script.
	const theme = event.cookies.get('theme') ?? '';
	const response = barred
		? new Response('You see the app as somebody else: nothing can be changed. End the view first.', { status: 403 })
		: await resolve(event, {
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
