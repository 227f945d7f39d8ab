import { randomBytes, randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import type { AuthContext } from './context.ts';
import { AuthError } from './errors.ts';
import type { AuthRequest, Fields } from './request.ts';
import { recordAudit } from './audit.ts';
import { clearFlows } from './one-time-tokens.ts';
import { userJson } from './user-json.ts';
import { findById, instanceId, isBanned, type Db, type User } from './users.ts';

/** How somebody proved who they are, in the words of GoTrue's `amr` claims (internal/models/factor.go). */
export type AuthMethod = 'password' | 'otp' | 'totp' | 'recovery' | 'invite' | 'magiclink' | 'email/signup' | 'email_change';

/** The answer to a sign-in or a refresh. */
export type SessionAnswer = {
	access_token: string;
	token_type: 'bearer';
	/** Seconds the access token is good for. */
	expires_in: number;
	/** Seconds since 1970. */
	expires_at: number;
	refresh_token: string;
	user: Fields;
	/** Told at a sign-in with a password that the rules of today would refuse. */
	weak_password?: { message: string; reasons: string[] };
};

type Method = { method: string; timestamp: number };

async function signAccessToken(
	auth: AuthContext,
	tx: TransactionSql,
	user: User,
	sessionId: string,
	request: AuthRequest,
	method: AuthMethod | 'token_refresh'
): Promise<{ token: string; expiresAt: number }> {
	// Of one second's methods the id decides, so that the order never changes between tokens.
	const amr = await tx<Method[]>`
		select authentication_method as method, extract(epoch from updated_at)::int as timestamp
		from auth.mfa_amr_claims where session_id = ${sessionId} order by updated_at desc, id`;
	const [session] = await tx<{ aal: string | null }[]>`select aal::text as aal from auth.sessions where id = ${sessionId}`;
	const issuedAt = Math.floor(Date.now() / 1000);
	const expiresAt = issuedAt + auth.settings.jwtExpiry;
	const claims = {
		iss: auth.externalUrl,
		sub: user.id,
		aud: user.aud,
		exp: expiresAt,
		iat: issuedAt,
		email: user.email,
		phone: user.phone,
		app_metadata: user.appMetadata,
		user_metadata: user.userMetadata,
		role: user.role,
		aal: session?.aal ?? 'aal1',
		amr: amr.map(({ method, timestamp }) => ({ method, timestamp })),
		session_id: sessionId,
		is_anonymous: user.isAnonymous
	};
	const token = await auth.tokens.sign(await auth.hooks.accessToken(tx, request, user.id, claims, method));
	return { token, expiresAt };
}

async function answer(
	auth: AuthContext,
	tx: TransactionSql,
	user: User,
	sessionId: string,
	refreshToken: string,
	request: AuthRequest,
	method: AuthMethod | 'token_refresh'
): Promise<SessionAnswer> {
	const { token, expiresAt } = await signAccessToken(auth, tx, user, sessionId, request, method);
	return {
		access_token: token,
		token_type: 'bearer',
		expires_in: auth.settings.jwtExpiry,
		expires_at: expiresAt,
		refresh_token: refreshToken,
		user: userJson(user)
	};
}

async function insertRefreshToken(db: Db, userId: string, sessionId: string, parent: string | null): Promise<string> {
	const token = randomBytes(16).toString('base64url');
	await db`
		insert into auth.refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at, parent, session_id)
		values (${instanceId}, ${token}, ${userId}, false, clock_timestamp(), clock_timestamp(), ${parent}, ${sessionId})`;
	return token;
}

async function recordMethod(db: Db, sessionId: string, method: AuthMethod): Promise<void> {
	await db`
		insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
		values (${randomUUID()}, ${sessionId}, now(), now(), ${method})
		on conflict (session_id, authentication_method) do update set updated_at = excluded.updated_at`;
}

/**
 * Starts a session for a person who has just proved who they are. It always has a new id: nobody can be talked into a session that somebody else
 * began. `traits` say in the audit trail which way they came. What was proved is looked at again under the lock: a password changed, a ban set or an
 * account deleted while the hash was computed must not let anybody in.
 */
export async function openSession(
	auth: AuthContext,
	tx: TransactionSql,
	user: User,
	request: AuthRequest,
	method: AuthMethod,
	traits?: Fields
): Promise<SessionAnswer> {
	const current = await findById(tx, user.id, { lock: true });
	if (!current || current.deletedAt) throw new AuthError(403, 'user_not_found', 'User not found');
	if (isBanned(current)) throw new AuthError(400, 'user_banned', 'User is banned');
	if (method === 'password' && current.encryptedPassword !== user.encryptedPassword) {
		throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials');
	}
	const sessionId = randomUUID();
	await tx`
		insert into auth.sessions (id, user_id, created_at, updated_at, aal, user_agent, ip)
		values (${sessionId}, ${user.id}, now(), now(), 'aal1', ${request.userAgent}, ${request.ip})`;
	await recordMethod(tx, sessionId, method);
	const refreshToken = await insertRefreshToken(tx, user.id, sessionId, null);
	await tx`update auth.users set last_sign_in_at = now(), updated_at = now() where id = ${user.id}`;
	await tx`update auth.identities set last_sign_in_at = now(), updated_at = now() where user_id = ${user.id} and provider = 'email'`;
	await recordAudit(tx, user, 'login', { ip: request.ip, ...(traits ? { traits } : {}) });
	const signedIn = await findById(tx, user.id);
	if (!signedIn) throw new Error('a user vanished while signing in');
	return answer(auth, tx, signedIn, sessionId, refreshToken, request, method);
}

/**
 * Lifts a session to aal2 after a second factor. The refresh token is replaced at once: one stolen before has no part in the second factor. Throws
 * session_not_found when the session ended meanwhile.
 */
export async function raiseSession(
	auth: AuthContext,
	tx: TransactionSql,
	user: User,
	sessionId: string,
	factorId: string,
	request: AuthRequest
): Promise<SessionAnswer> {
	const raised = await tx`
		update auth.sessions set aal = 'aal2', factor_id = ${factorId}, updated_at = now() where id = ${sessionId} and user_id = ${user.id} returning id`;
	if (raised.length === 0) throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
	await recordMethod(tx, sessionId, 'totp');
	// All of them, also those that were replaced a moment ago and would still answer with their successor.
	const grace = auth.settings.refreshTokenReuseInterval + 1;
	await tx`
		update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp() - make_interval(secs => ${grace}) where session_id = ${sessionId}`;
	const refreshToken = await insertRefreshToken(tx, user.id, sessionId, null);
	return answer(auth, tx, user, sessionId, refreshToken, request, 'totp');
}

type RefreshRow = { revoked: boolean; in_grace: boolean };

const notFound = () => new AuthError(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found');

/**
 * Gives a new access token for a refresh token and replaces the latter. A token already replaced answers with its
 * successor for a few seconds (parallel tabs, an answer lost on the way); after that its use means that two hold it,
 * and the session ends for both.
 */
export async function refreshSession(auth: AuthContext, presented: string, request: AuthRequest): Promise<SessionAnswer> {
	const outcome = await auth.sql.begin(async (tx) => {
		const [known] = await tx<{ session_id: string }[]>`
			select session_id from auth.refresh_tokens where token = ${presented} and session_id is not null`;
		if (!known) throw notFound();
		// One refresh at a time per session. The token is read again after the wait: only then is `revoked` true or false.
		const { timebox, inactivityTimeout } = auth.settings.sessions;
		const [session] = await tx<{ id: string; user_id: string; over: boolean; idle: boolean }[]>`
			select id, user_id,
				coalesce(not_after < now(), false) or (${timebox}::float8 > 0 and created_at + make_interval(secs => ${timebox}) < now()) as over,
				${inactivityTimeout}::float8 > 0 and coalesce(refreshed_at at time zone 'utc', created_at) + make_interval(secs => ${inactivityTimeout}) < now() as idle
			from auth.sessions where id = ${known.session_id} for update`;
		const [token] = await tx<RefreshRow[]>`
			select coalesce(revoked, false) as revoked,
				updated_at + make_interval(secs => ${auth.settings.refreshTokenReuseInterval}) >= clock_timestamp() as in_grace
			from auth.refresh_tokens where token = ${presented}`;
		if (!session || !token) throw notFound();

		const user = await findById(tx, session.user_id);
		if (!user) throw notFound();
		if (isBanned(user)) throw new AuthError(400, 'user_banned', 'Invalid Refresh Token: User Banned');
		if (session.over) throw new AuthError(400, 'session_expired', 'Invalid Refresh Token: Session Expired');
		if (session.idle) throw new AuthError(400, 'session_expired', 'Invalid Refresh Token: Session Expired (Inactivity)');

		let current: string | undefined;
		if (!token.revoked) {
			await tx`update auth.refresh_tokens set revoked = true, updated_at = clock_timestamp() where token = ${presented}`;
			await recordAudit(tx, user, 'token_revoked', { ip: request.ip });
			current = await insertRefreshToken(tx, user.id, session.id, presented);
		} else if (token.in_grace) {
			const [active] = await tx<{ token: string }[]>`
				select token from auth.refresh_tokens
				where session_id = ${session.id} and not revoked order by id desc limit 1`;
			current = active?.token;
		}
		if (current === undefined) {
			if (auth.settings.enableRefreshTokenRotation) await tx`delete from auth.sessions where id = ${session.id}`;
			await recordAudit(tx, user, 'token_revoked', { ip: request.ip, traits: { reuse: true } });
			return 'reused' as const;
		}
		await tx`
			update auth.sessions
			set refreshed_at = timezone('utc', now()), updated_at = now(), user_agent = ${request.userAgent}, ip = ${request.ip}
			where id = ${session.id}`;
		await recordAudit(tx, user, 'token_refreshed', { ip: request.ip });
		return answer(auth, tx, user, session.id, current, request, 'token_refresh');
	});
	// Thrown only now: the end of the session must be committed.
	if (outcome === 'reused') throw new AuthError(400, 'refresh_token_already_used', 'Invalid Refresh Token: Already Used');
	return outcome;
}

/** Which sessions a sign-out ends: all, this one, or all but this one. */
export type SignOutScope = 'global' | 'local' | 'others';

/** Ends sessions; their refresh tokens go with them. Without a session only `global` makes sense, as in GoTrue. */
export async function endSessions(tx: TransactionSql, userId: string, sessionId: string | null, scope: SignOutScope): Promise<void> {
	const which = sessionId === null || scope === 'global' ? tx`true` : scope === 'local' ? tx`id = ${sessionId}` : tx`id <> ${sessionId}`;
	// Whoever touches several sessions of a person holds their row first, so that two at once cannot wait for each other.
	await tx`select from auth.users where id = ${userId} for no key update`;
	await tx`delete from auth.sessions where user_id = ${userId} and ${which}`;
	if (sessionId === null || scope === 'global') await clearFlows(tx, userId);
}
