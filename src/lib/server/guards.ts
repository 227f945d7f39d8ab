import { error, redirect, type RequestEvent } from '@sveltejs/kit';
import { AppError } from './errors';
import type { Claims } from './session';

const unreachable = 'The sign-in service does not answer. You are still signed in; try again in a moment.';

type User = { id: string; email: string };

/** The signed-in user of a page; visitors are sent to sign in and come back afterwards. */
export function requireUser(event: Pick<RequestEvent, 'locals' | 'url'>): User {
	if (event.locals.user) return event.locals.user;
	if (event.locals.authUnreachable) error(503, { message: unreachable, code: 'auth_unreachable' });
	const wish = wishOf(event.url);
	redirect(303, wish === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(wish)}`);
}

/** Where somebody is to come back to: the page they are on, without the action that a form called there. */
export function wishOf(url: URL): string {
	const called = [...url.searchParams.keys()].find((key) => key.startsWith('/'));
	if (called === undefined) return url.pathname + url.search;
	const rest = new URLSearchParams(url.searchParams);
	rest.delete(called);
	return rest.size > 0 ? `${url.pathname}?${rest}` : url.pathname;
}

/** The verified claims behind a JSON endpoint. Throws 401. */
export function requireClaims(event: Pick<RequestEvent, 'locals'>): Claims {
	if (event.locals.claims) return event.locals.claims;
	if (event.locals.authUnreachable) throw new AppError(503, 'auth_unreachable', unreachable);
	throw new AppError(401, 'signed_out', 'Sign in first.');
}

/**
 * Refuses calls that another site's page makes with this user's cookies. Browsers state where a call comes from in `Origin` and `Sec-Fetch-Site`,
 * and pages cannot forge either.
 */
export function requireSameOrigin(event: Pick<RequestEvent, 'request' | 'url'>): void {
	const origin = event.request.headers.get('origin');
	const site = event.request.headers.get('sec-fetch-site');
	const foreign = origin !== null ? origin !== event.url.origin : site !== null && site !== 'same-origin' && site !== 'none';
	if (foreign) throw new AppError(403, 'foreign_origin', `This call comes from another site. Use the app at ${event.url.origin}.`);
}

/** The JSON body of a same-origin call. Forms of other sites cannot send this content type without asking first. */
export async function readJson(event: Pick<RequestEvent, 'request' | 'url'>): Promise<unknown> {
	requireSameOrigin(event);
	if (event.request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
		throw new AppError(415, 'json_required', 'Send the body as application/json.');
	}
	try {
		return await event.request.json();
	} catch (cause) {
		// The server stops reading at BODY_SIZE_LIMIT.
		if (cause instanceof Error && 'status' in cause && cause.status === 413)
			throw new AppError(413, 'too_large', 'This is more than one request may carry.');
		throw new AppError(400, 'json_invalid', 'The body is not valid JSON.');
	}
}
