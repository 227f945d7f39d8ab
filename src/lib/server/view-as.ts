import type { Cookies } from '@sveltejs/kit';

/**
 * An admin sees the app as one of the members. The cookie only remembers that; the database decides, by the header `x-view-as`, whether
 * the view runs and whose it is (`private.check_request`).
 */
export type ViewAs = { id: string; memberId: string; slug: string };

const cookieName = 'view-as';
const cookieForm = /^([0-9a-f-]{36})\.([0-9a-f-]{36})\.([a-z0-9-]{2,48})$/;

/** The view this browser is in, or null. */
export function readViewAs(cookies: Cookies): ViewAs | null {
	const [, id, memberId, slug] = cookieForm.exec(cookies.get(cookieName) ?? '') ?? [];
	return id && memberId && slug ? { id, memberId, slug } : null;
}

/** Remembers a view that has begun, for as long as it can run. */
export function rememberViewAs(cookies: Cookies, { id, memberId, slug }: ViewAs, https: boolean): void {
	cookies.set(cookieName, `${id}.${memberId}.${slug}`, { path: '/', httpOnly: true, sameSite: 'lax', secure: https, maxAge: 30 * 60 });
}

/** Leaves the view, as far as this browser is concerned. */
export function forgetViewAs(cookies: Cookies): void {
	cookies.delete(cookieName, { path: '/' });
}

/** What a browser that views the app as somebody else may still send: the way out. Rows cannot change: the database reads only. */
const stillAllowed = ['/auth/view-as/end', '/auth/realtime-token', '/auth/sign-out'];

/**
 * Whether a request has no place in a view: it would act for the admin, on their own account. `route` is the id of the route that Kit found for it, null
 * without one; a path can be spelled in many ways.
 */
export function offLimits(method: string, route: string | null): boolean {
	if (method === 'GET' || method === 'HEAD') return route === '/(app)/account' || !!route?.startsWith('/(app)/account/');
	return route === null || (!stillAllowed.includes(route) && !route.startsWith('/api/'));
}
