import { isAuthRetryableFetchError, type JwtPayload } from '@supabase/supabase-js';
import { importJWK, SignJWT, type JWK } from 'jose';
import type { Supabase } from './supabase';
import { config } from './config';
import { AppError, unwrap } from './errors';

/** The claims of a verified access token that the app reads. */
export type Claims = {
	sub: string;
	email: string;
	role: string;
	issuer: string | null;
	expiresAt: number;
	/** The session in Auth that the token belongs to. */
	sessionId: string | null;
	/** What the session has proved: `aal1` a password, `aal2` a second factor too. */
	level: 'aal1' | 'aal2';
};

/** Who is asking: verified claims, nobody, or unknown because Auth did not answer. */
export type Asker = { claims: Claims | null; unreachable: boolean };

/**
 * The visitor's verified claims, or null. Refreshes an expiring session first, so call it before `resolve`, while cookies can still be written.
 * The signature is checked here against the project's public keys; a forged cookie is simply a visitor.
 * Auth being down is told apart, or everybody would seem signed out.
 */
export async function readAsker(supabase: Supabase): Promise<Asker> {
	const { data, error } = await supabase.auth.getClaims().catch((error: unknown) => ({ data: null, error }));
	if (isAuthRetryableFetchError(error)) return { claims: null, unreachable: true };
	const claims = data?.claims;
	if (!claims?.sub || claims.role !== 'authenticated') return { claims: null, unreachable: false };
	return { claims: claimsOf(claims), unreachable: false };
}

function claimsOf(claims: JwtPayload): Claims {
	return {
		sub: claims.sub,
		email: typeof claims.email === 'string' ? claims.email : '',
		role: claims.role,
		issuer: typeof claims.iss === 'string' ? claims.iss : null,
		expiresAt: claims.exp,
		sessionId: typeof claims.session_id === 'string' ? claims.session_id : null,
		level: claims.aal === 'aal2' ? 'aal2' : 'aal1'
	};
}

/** A token for the realtime socket and the moment it ends, in seconds since 1970. */
export type RealtimeToken = { token: string; expires_at: number };

const realtimeTokenSeconds = 60;

/**
 * The token the browser's realtime client shows. With the project's signing key: minted for at most a minute, marked `use: realtime`, which the
 * database refuses for REST, and without a `sub`, without which Auth refuses it (with one, it could change the password). So a script that steals it
 * can only listen, and briefly. Without the key: the session's own token, and none while the app is seen as somebody else (`viewing`).
 * Auth is asked whether the session still lives, so a sign-out elsewhere ends listening within that minute.
 */
export async function mintRealtimeToken(supabase: Supabase, claims: Claims, { viewing }: { viewing: boolean }): Promise<RealtimeToken> {
	const { error } = await supabase.auth.getUser();
	if (error) {
		// No answer at all is one of the retryable errors; being asked too often says nothing about the session either.
		if (isAuthRetryableFetchError(error) || error.status === undefined || error.status === 429 || error.status >= 500)
			throw new AppError(503, 'auth_unreachable', 'The sign-in service does not answer. Live updates resume by themselves.');
		throw new AppError(401, 'session_ended', 'Your session has ended. Sign in again.');
	}
	const { signingJwk, supabaseUrl } = config();
	if (!signingJwk) {
		if (viewing) throw new AppError(403, 'viewing_as', 'You see the app as somebody else: live updates rest until you end the view.');
		return ownToken(supabase);
	}
	// Of whoever the database says this request is: the member, while the app is seen as somebody else.
	const [self] = unwrap(await supabase.rpc('who_am_i'));
	if (!self?.actor) throw new AppError(401, 'session_ended', 'Your session has ended. Sign in again.');
	const jwk: JWK = JSON.parse(signingJwk);
	const issuedAt = Math.floor(Date.now() / 1000);
	const expiresAt = issuedAt + realtimeTokenSeconds;
	const token = await new SignJWT({
		role: 'authenticated',
		use: 'realtime',
		actor: self.actor,
		...(self.view_org ? { view_org: self.view_org } : {}),
		...(claims.sessionId ? { session_id: claims.sessionId } : {})
	})
		.setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...(jwk.kid ? { kid: jwk.kid } : {}) })
		.setAudience('authenticated')
		.setIssuer(claims.issuer ?? `${supabaseUrl}/auth/v1`)
		.setIssuedAt(issuedAt)
		.setExpirationTime(expiresAt)
		.sign(await importJWK(jwk, 'ES256'));
	return { token, expires_at: expiresAt };
}

async function ownToken(supabase: Supabase): Promise<RealtimeToken> {
	const { data } = await supabase.auth.getSession();
	if (!data.session) throw new AppError(401, 'session_ended', 'Your session has ended. Sign in again.');
	return { token: data.session.access_token, expires_at: data.session.expires_at ?? Math.floor(Date.now() / 1000) + realtimeTokenSeconds };
}
