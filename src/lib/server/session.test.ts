import { AuthApiError, AuthRetryableFetchError } from '@supabase/supabase-js';
import { expect, it, vi } from 'vitest';
import { mintRealtimeToken, type Claims } from './session';
import type { Supabase } from './supabase';

vi.mock('./config', () => ({ config: () => ({ signingJwk: null, supabaseUrl: 'https://db.test' }) }));

const claims: Claims = { sub: 'u1', email: 'a@x.test', role: 'authenticated', issuer: null, expiresAt: 0, sessionId: null, level: 'aal1' };
const supabase: Supabase = Object.assign(Object.create(null), {
	auth: {
		getUser: async () => ({ error: null }),
		getSession: async () => ({ data: { session: { access_token: 'own', expires_at: 7 } } })
	}
});

it('without a signing key, the socket gets the session’s own token', async () => {
	expect(await mintRealtimeToken(supabase, claims, { viewing: false })).toEqual({ token: 'own', expires_at: 7 });
});

it('but not while the app is seen as somebody else: it would be the admin’s', async () => {
	await expect(mintRealtimeToken(supabase, claims, { viewing: true })).rejects.toMatchObject({ status: 403, code: 'viewing_as' });
});

it('tells a session that has ended from an Auth that did not answer, or not now', async () => {
	const answers = [
		[new AuthRetryableFetchError('fetch failed', 0), 503],
		[new AuthRetryableFetchError('Bad gateway', 502), 503],
		[new AuthApiError('Too many requests', 429, 'over_request_rate_limit'), 503],
		[new AuthApiError('Session not found', 403, 'session_not_found'), 401]
	] as const;
	for (const [error, status] of answers) {
		const asking: Supabase = Object.assign(Object.create(null), { auth: { getUser: async () => ({ error }) } });
		await expect(mintRealtimeToken(asking, claims, { viewing: false }), error.message).rejects.toMatchObject({ status });
	}
});
