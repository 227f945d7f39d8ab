import { TokenRefused } from '../gateway/jwt.ts';
import type { Claims } from '../gateway/caller.ts';
import type { AuthContext } from './context.ts';
import { AuthError } from './errors.ts';
import type { AuthRequest } from './request.ts';
import { findById, isBanned, type Db, type User } from './users.ts';
import type { TransactionSql } from 'postgres';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Tells whether a text can be the id of a person or a session. */
export function isUuid(text: string): boolean {
	return uuid.test(text);
}

/**
 * The claims of the bearer token. A bearer that repeats the API key, as supabase-js sends it before sign-in,
 * stands for the key's role. Throws no_authorization (401) or bad_jwt (403).
 */
export async function requireClaims(auth: AuthContext, request: AuthRequest): Promise<Claims> {
	const bearer = request.headers.get('authorization')?.match(/^Bearer (\S+)$/i)?.[1];
	if (!bearer) {
		// The gateway of hosted projects turns a lone secret key into a bearer token of its role.
		if (request.caller.role === 'service_role' && !request.headers.has('authorization')) return request.caller.claims;
		throw new AuthError(401, 'no_authorization', 'This endpoint requires a valid Bearer token');
	}
	if (bearer === request.headers.get('apikey')) return request.caller.claims;
	try {
		return await auth.tokens.verifyToken(bearer);
	} catch (cause) {
		if (!(cause instanceof TokenRefused)) throw cause;
		const reason = cause.kind === 'expired' ? 'token has invalid claims: token is expired' : cause.message;
		throw new AuthError(403, 'bad_jwt', `invalid JWT: unable to parse or verify signature, ${reason}`, { cause });
	}
}

/** The session that a token belongs to. */
export type Session = { id: string; aal: string; createdAt: Date };

/** The level comes from the row, not from the token: a token made before a factor was removed still says aal2. */
async function findSession(db: Db, userId: string, sessionId: string): Promise<Session> {
	const [session] = await db<Session[]>`
		select id, coalesce(aal::text, 'aal1') as aal, created_at as "createdAt" from auth.sessions where id = ${sessionId} and user_id = ${userId}`;
	if (!session) throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
	return session;
}

/**
 * A person and their session again, inside a transaction that now holds the person's row: what `requireUser` saw may have ended while a password was hashed
 * or a factor was removed elsewhere. Throws as `requireUser` does.
 */
export async function stillThere<S extends Session | null>(
	tx: TransactionSql,
	before: { user: User; session: S }
): Promise<{ user: User; session: S }> {
	const user = await findById(tx, before.user.id, { lock: true });
	if (!user || user.deletedAt) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
	if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
	const session = before.session && { ...before.session, ...(await findSession(tx, user.id, before.session.id)) };
	return { user, session };
}

/** The person of the bearer token and their living session (null for a token minted without one). */
export async function requireUser(auth: AuthContext, request: AuthRequest): Promise<{ user: User; session: Session | null }> {
	const { sub, session_id: sessionId } = await requireClaims(auth, request);
	if (typeof sub !== 'string' || sub === '') throw new AuthError(403, 'bad_jwt', 'invalid claim: missing sub claim');
	if (!isUuid(sub)) throw new AuthError(400, 'bad_jwt', 'invalid claim: sub claim must be a UUID');
	const user = await findById(auth.sql, sub);
	if (!user || user.deletedAt) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
	if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
	if (sessionId === undefined || sessionId === '') return { user, session: null };
	if (typeof sessionId !== 'string' || !isUuid(sessionId)) {
		throw new AuthError(403, 'bad_jwt', 'invalid claim: session_id claim must be a UUID');
	}
	return { user, session: await findSession(auth.sql, user.id, sessionId) };
}

/** Lets only the holder of the secret key past. Throws not_admin (403) for everybody else. */
export async function requireAdmin(auth: AuthContext, request: AuthRequest): Promise<void> {
	const claims = await requireClaims(auth, request);
	if (claims.role !== 'service_role') throw new AuthError(403, 'not_admin', 'User not allowed');
}
