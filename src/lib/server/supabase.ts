import { createServerClient } from '@supabase/ssr';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import type { Cookies, RequestEvent } from '@sveltejs/kit';
import type { Database } from '$lib/database.types';
import { config } from './config';

export type Supabase = SupabaseClient<Database>;

/** The session cookie's name; @supabase/ssr appends `.0`, `.1` … when it must split it. */
export const sessionCookie = 'gcrm-session';

/**
 * The client that acts as the visitor: the session lives in httpOnly cookies, and a refreshed one is written back to them together with the
 * headers that keep the answer out of every cache. Every call carries the request id, and the view when the app is seen as somebody else. Calls to Auth go out with the secret key and the
 * visitor's address, so that Auth's rate limits count visitors and not this server (Supabase: `Sb-Forwarded-For`).
 */
export function createUserClient(event: RequestEvent, requestId: string, viewId: string | null = null): Supabase {
	const { supabaseUrl, publishableKey } = config();
	return createServerClient<Database>(supabaseUrl, publishableKey, {
		cookies: {
			getAll: () => event.cookies.getAll(),
			setAll: (cookies, headers) => {
				for (const { name, value, options } of cookies) event.cookies.set(name, value, { ...options, path: '/' });
				for (const [name, value] of Object.entries(headers)) setHeaderOnce(event, name, value);
			}
		},
		cookieOptions: { name: sessionCookie, path: '/', httpOnly: true, secure: event.url.protocol === 'https:', sameSite: 'lax' },
		global: {
			headers: { 'x-request-id': requestId, ...(viewId ? { 'x-view-as': viewId } : {}) },
			fetch: visitorFetch(event)
		}
	});
}

/**
 * A client for the visitor that begins with nobody and keeps nothing: what it signs in to is forgotten with the request. For letters that lead in from
 * any browser (no PKCE), and for trying a password without changing who is signed in.
 */
export function createUnkeptClient(event: RequestEvent): Supabase {
	const { supabaseUrl, publishableKey } = config();
	return createClient<Database>(supabaseUrl, publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false, flowType: 'implicit' },
		global: { headers: { 'x-request-id': event.locals.requestId }, fetch: visitorFetch(event) }
	});
}

/** Calls Auth in the visitor's name: with their address, for its limits, and their browser, for the list of their sessions. */
function visitorFetch(event: RequestEvent): typeof fetch {
	const { supabaseUrl, publishableKey, secretKey } = config();
	return (input, init) => {
		const request = new Request(input, init);
		if (request.url.startsWith(`${supabaseUrl}/auth/v1/`)) {
			request.headers.set('apikey', secretKey);
			request.headers.set('sb-forwarded-for', clientAddress(event));
			// Named first, because a secret key that comes from a browser is refused.
			request.headers.set('user-agent', `GeminiCRM ${event.request.headers.get('user-agent') ?? ''}`.slice(0, 500));
			if (request.headers.get('authorization') === `Bearer ${publishableKey}`) request.headers.delete('authorization');
		}
		return fetch(request);
	};
}

/**
 * Forgets this browser's session without asking Auth, which may have ended it or be away. Loads run side by side, and each may find it ended: whoever comes
 * after the first finds nothing left to forget, as Kit refuses cookies once the first one's redirect is answered.
 */
export function forgetSession(cookies: Pick<Cookies, 'getAll' | 'delete'>): void {
	for (const { name, value } of cookies.getAll()) if (value && name.startsWith(sessionCookie)) cookies.delete(name, { path: '/' });
}

/** Kit refuses a header that is set twice; the library hands the same ones over with every cookie write. */
function setHeaderOnce(event: RequestEvent, name: string, value: string): void {
	try {
		event.setHeaders({ [name]: value });
	} catch {
		// Already set to the same by an earlier cookie write of this request.
	}
}

/** Where a request comes from, as an address. */
export function clientAddress(event: RequestEvent): string {
	try {
		return event.getClientAddress();
	} catch {
		return '127.0.0.1'; // Prerendering and some test harnesses know no client.
	}
}

/**
 * The client with the secret key: it is nobody, and row-level security does not hold it. Only for what no user can be allowed to ask, such as
 * what an invitation says to a stranger; never pass it what decides whose rows it reads without checking that first.
 */
export function createServiceClient(): Supabase {
	const { supabaseUrl, secretKey } = config();
	return createClient<Database>(supabaseUrl, secretKey, {
		auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }
	});
}
