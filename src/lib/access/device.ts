import type { Cookies } from '@sveltejs/kit';

const cookie = 'device';
const aYear = 60 * 60 * 24 * 365;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The random name of a browser that somebody has signed in from; undefined for one that is new, or whose name was not given here: the database takes no
 * notice of some, and nobody would be told of the new browser. Nobody else knows it: it is never shown and no script reads it.
 */
export function deviceOf(cookies: Pick<Cookies, 'get'>): string | undefined {
	const name = cookies.get(cookie);
	return name !== undefined && uuid.test(name) ? name : undefined;
}

/** Gives a browser its name, or keeps the one it has, for another year. */
export function nameDevice({ cookies, url }: { cookies: Cookies; url: URL }): string {
	const device = deviceOf(cookies) ?? crypto.randomUUID();
	cookies.set(cookie, device, { path: '/', sameSite: 'lax', secure: url.protocol === 'https:', httpOnly: true, maxAge: aYear });
	return device;
}
