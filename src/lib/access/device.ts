import type { Cookies } from '@sveltejs/kit';

const cookie = 'device';
const aYear = 60 * 60 * 24 * 365;

/** The random name of a browser that somebody has signed in from; undefined for one that is new. Nobody else knows it: it is never shown and no script reads it. */
export const deviceOf = (cookies: Pick<Cookies, 'get'>): string | undefined => cookies.get(cookie);

/** Gives a browser its name, or keeps the one it has, for another year. */
export function nameDevice({ cookies, url }: { cookies: Cookies; url: URL }): string {
	const device = deviceOf(cookies) ?? crypto.randomUUID();
	cookies.set(cookie, device, { path: '/', sameSite: 'lax', secure: url.protocol === 'https:', httpOnly: true, maxAge: aYear });
	return device;
}
