import { createServerClient } from '@supabase/ssr';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { RequestEvent } from '@sveltejs/kit';
import type { Database } from '$lib/database.types';
import { config } from './config';

export type Supabase = SupabaseClient<Database>;

/** The session cookie's name; @supabase/ssr appends `.0`, `.1` … when it must split it. */
export const sessionCookie = 'gcrm-session';

/**
 * The client that acts as the visitor: the session lives in httpOnly cookies, and a refreshed one is written back to them together with the
 * headers that keep the answer out of every cache. Every call carries the request id. Calls to Auth go out with the secret key and the
 * visitor's address, so that Auth's rate limits count visitors and not this server (Supabase: `Sb-Forwarded-For`).
 */
export function createUserClient(event: RequestEvent, requestId: string): Supabase {
	const { supabaseUrl, publishableKey, secretKey } = config();
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
			headers: { 'x-request-id': requestId },
			fetch: (input, init) => {
				const request = new Request(input, init);
				if (request.url.startsWith(`${supabaseUrl}/auth/v1/`)) {
					request.headers.set('apikey', secretKey);
					request.headers.set('sb-forwarded-for', clientAddress(event));
					if (request.headers.get('authorization') === `Bearer ${publishableKey}`) request.headers.delete('authorization');
				}
				return fetch(request);
			}
		}
	});
}

/** Kit refuses a header that is set twice; the library hands the same ones over with every cookie write. */
function setHeaderOnce(event: RequestEvent, name: string, value: string): void {
	try {
		event.setHeaders({ [name]: value });
	} catch {
		// Already set to the same by an earlier cookie write of this request.
	}
}

function clientAddress(event: RequestEvent): string {
	try {
		return event.getClientAddress();
	} catch {
		return '127.0.0.1'; // Prerendering and some test harnesses know no client.
	}
}
