import { createServerClient, stringFromBase64URL, stringToBase64URL, type CookieOptions } from '@supabase/ssr';
import type { Database } from '../../src/lib/database.types.ts';
import { beforeEach, expect, inject, test, vi } from 'vitest';
import { call, freshEmail, newPerson, outcome, succeeded } from './auth-clients.ts';

const { apiUrl, publishableKey } = inject('platform');

/** What the app's server asked Supabase, as "METHOD path". */
let asked: string[] = [];
/** Since this file's process began: the key is remembered beyond one client. */
let keyRequests = 0;
beforeEach(() => {
	asked = [];
});

const watchedFetch: typeof fetch = (input, init) => {
	const request = new Request(input, init);
	const { pathname } = new URL(request.url);
	asked.push(`${request.method} ${pathname}`);
	if (pathname.endsWith('/jwks.json')) keyRequests++;
	return fetch(request);
};

/** A browser's cookies, as the app's server reads and sets them. */
class CookieJar {
	readonly cookies = new Map<string, { value: string; options: CookieOptions }>();

	/** The client of one request to the app's server; nothing but cookies outlives it. */
	request() {
		return createServerClient<Database>(apiUrl, publishableKey, {
			global: { fetch: watchedFetch },
			cookieOptions: { httpOnly: true, sameSite: 'lax', path: '/' },
			cookies: {
				getAll: () => [...this.cookies].map(([name, { value }]) => ({ name, value })),
				setAll: (changes) => {
					for (const { name, value, options } of changes) {
						if (options.maxAge === 0) this.cookies.delete(name);
						else this.cookies.set(name, { value, options });
					}
				}
			}
		});
	}

	/** Changes the stored session as an attacker or the clock would. */
	edit(change: (session: { access_token: string; refresh_token: string; expires_at: number }) => void): void {
		const parts = [...this.cookies.keys()].filter((name) => /-auth-token(\.\d+)?$/.test(name)).sort();
		const text = parts.map((name) => this.cookies.get(name)?.value).join('');
		const session = JSON.parse(stringFromBase64URL(text.replace(/^base64-/, '')));
		change(session);
		const encoded = `base64-${stringToBase64URL(JSON.stringify(session))}`;
		const size = Math.ceil(encoded.length / parts.length);
		parts.forEach((name, index) => {
			const cookie = this.cookies.get(name);
			this.cookies.set(name, { value: encoded.slice(index * size, (index + 1) * size), options: cookie?.options ?? {} });
		});
	}
}

async function signedInJar() {
	const person = await newPerson({ full_name: 'Ada' });
	const jar = new CookieJar();
	succeeded(await jar.request().auth.signInWithPassword({ email: person.email, password: person.password }));
	asked = [];
	return { person, jar };
}

const claimsOf = async (jar: CookieJar) => (await jar.request().auth.getClaims()).data?.claims ?? null;

test('signing up and in sets cookies that scripts of the page cannot read', async () => {
	const jar = new CookieJar();
	const email = freshEmail();
	succeeded(await jar.request().auth.signUp({ email, password: 'correct horse' }));
	expect(jar.cookies.size).toBeGreaterThan(0);
	for (const { options } of jar.cookies.values()) expect(options).toMatchObject({ httpOnly: true, sameSite: 'lax' });
	expect((await claimsOf(jar))?.email).toBe(email);
});

test('claims are verified on the spot: one look at the key for many requests, none at the user', async () => {
	const { person, jar } = await signedInJar();
	for (let request = 0; request < 5; request++) expect((await claimsOf(jar))?.sub).toBe(person.user.id);
	expect(asked.filter((each) => !each.endsWith('/jwks.json'))).toEqual([]);
	expect(keyRequests).toBe(1);
});

test('without cookies nobody is there, and nothing is asked', async () => {
	expect(await claimsOf(new CookieJar())).toBeNull();
	expect(asked).toEqual([]);
});

test('an expired session is refreshed once and the cookies follow', async () => {
	const { person, jar } = await signedInJar();
	let before = '';
	jar.edit((session) => {
		before = session.refresh_token;
		session.expires_at = Math.floor(Date.now() / 1000) - 10;
	});
	expect((await claimsOf(jar))?.sub).toBe(person.user.id);
	expect(asked.filter((each) => each === 'POST /auth/v1/token')).toHaveLength(1);
	jar.edit((session) => expect(session.refresh_token).not.toBe(before));
	asked = [];
	expect((await claimsOf(jar))?.sub).toBe(person.user.id);
	expect(asked.filter((each) => each === 'POST /auth/v1/token')).toHaveLength(0);
});

test('two requests that refresh at once both stay signed in', async () => {
	const { person, jar } = await signedInJar();
	jar.edit((session) => (session.expires_at = Math.floor(Date.now() / 1000) - 10));
	const claims = await Promise.all([claimsOf(jar), claimsOf(jar), claimsOf(jar)]);
	for (const each of claims) expect(each?.sub).toBe(person.user.id);
	expect((await claimsOf(jar))?.sub).toBe(person.user.id);
});

test('a forged cookie is nobody', async () => {
	const { person, jar } = await signedInJar();
	const other = await newPerson();
	jar.edit((session) => {
		const [header, payload, signature] = session.access_token.split('.');
		const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
		const forged = Buffer.from(JSON.stringify({ ...claims, sub: other.user.id })).toString('base64url');
		session.access_token = `${header}.${forged}.${signature}`;
	});
	expect(await claimsOf(jar)).toBeNull();
	const { error } = await jar.request().from('profiles').select('id');
	expect(error?.code).toBe('PGRST301');
	expect(person.user.id).not.toBe(other.user.id);
});

test('a cookie that says alg none is nobody', async () => {
	const { jar } = await signedInJar();
	jar.edit((session) => {
		const [, payload] = session.access_token.split('.');
		session.access_token = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.AA`;
	});
	expect(await claimsOf(jar)).toBeNull();
});

test('a cookie that is no session is nobody', async () => {
	const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
	const { jar } = await signedInJar();
	for (const name of jar.cookies.keys()) jar.cookies.set(name, { value: 'base64-not!json', options: {} });
	expect(await claimsOf(jar)).toBeNull();
	warned.mockRestore();
});

test('signing out takes the cookies away and ends the session at Auth', async () => {
	const { jar } = await signedInJar();
	let token = '';
	jar.edit((session) => (token = session.access_token));
	await jar.request().auth.signOut();
	expect([...jar.cookies.keys()].filter((name) => name.includes('auth-token'))).toEqual([]);
	const seen = await call('/auth/v1/user', { headers: { apikey: publishableKey, authorization: `Bearer ${token}` } });
	expect(await outcome(seen)).toEqual([403, 'session_not_found']);
	expect(await claimsOf(jar)).toBeNull();
});
