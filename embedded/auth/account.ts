import { randomUUID } from 'node:crypto';
import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import { checkStrength, hashPassword, passwordMatches, storePassword } from './passwords.ts';
import { emailAddress, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { recordAudit } from './audit.ts';
import { endSessions, openSession, refreshSession, type SessionAnswer, type SignOutScope } from './sessions.ts';
import { requireUser } from './session-guard.ts';
import { isUniqueViolation } from './database-errors.ts';
import { findByEmail, findById, insertUser, isBanned, json, mergeMetadata, userJson, type User } from './users.ts';

function refusePhone(body: Fields): void {
	if (textField(body, 'phone') !== '') {
		throw new AuthError(422, 'phone_provider_disabled', 'Phone sign-in is not supported by the embedded platform');
	}
}

/** POST /signup: makes a person; with e-mail confirmation off they are signed in at once. */
export async function signUp(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { settings } = auth;
	if (!settings.enableSignup) throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance');
	const { body } = request;
	refusePhone(body);
	const password = textField(body, 'password');
	if (password === '') throw invalid('Signup requires a valid password');
	checkStrength(password, settings);
	const email = emailAddress(textField(body, 'email'));
	const data = objectField(body, 'data') ?? {};

	// Hashed before looking, so that a known address takes as long as a new one.
	const passwordHash = await hashPassword(auth.sql, password);
	const known = await findByEmail(auth.sql, email);
	if (known) return signUpAgain(auth, request, known, data);
	try {
		return await auth.sql.begin(async (tx) => {
			const id = randomUUID();
			const user = await insertUser(tx, {
				id,
				email,
				passwordHash,
				role: 'authenticated',
				confirmed: !settings.enableConfirmations,
				appMetadata: {},
				// GoTrue keeps the identity's claims as the first metadata of a person.
				userMetadata: { ...data, sub: id, email, email_verified: false, phone_verified: false },
				identityData: data
			});
			await recordAudit(tx, user, 'user_signedup', { ip: request.ip, traits: { provider: 'email' } });
			return settings.enableConfirmations ? userJson(user) : openSession(auth, tx, user, request);
		});
	} catch (error) {
		// Somebody else signed up with this address between the look and the insert.
		const winner = isUniqueViolation(error, 'users_email_partial_key') ? await findByEmail(auth.sql, email) : undefined;
		if (winner) return signUpAgain(auth, request, winner, data);
		throw error;
	}
}

/** With confirmation on, a known address is not given away: the answer looks like that of a new person. */
async function signUpAgain(auth: AuthContext, request: AuthRequest, known: User, data: Fields): Promise<Fields> {
	await recordAudit(auth.sql, known, 'user_repeated_signup', { ip: request.ip, traits: { provider: 'email' } });
	if (!auth.settings.enableConfirmations) throw new AuthError(422, 'user_already_exists', 'User already registered');
	const now = new Date();
	return userJson({
		...known,
		id: randomUUID(),
		role: '',
		createdAt: now,
		updatedAt: now,
		confirmationSentAt: now,
		emailConfirmedAt: null,
		phoneConfirmedAt: null,
		confirmedAt: null,
		lastSignInAt: null,
		bannedUntil: null,
		appMetadata: { provider: 'email', providers: ['email'] },
		userMetadata: data,
		identities: []
	});
}

/** POST /token?grant_type=…: the password and refresh_token grants. */
export async function grantToken(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer> {
	switch (request.url.searchParams.get('grant_type')) {
		case 'password':
			return signInWithPassword(auth, request);
		case 'refresh_token': {
			const presented = textField(request.body, 'refresh_token');
			if (presented === '') throw invalid('refresh_token required');
			return refreshSession(auth, presented, request);
		}
		default:
			throw new AuthError(400, 'invalid_credentials', 'unsupported_grant_type');
	}
}

async function signInWithPassword(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer> {
	refusePhone(request.body);
	const email = textField(request.body, 'email').toLowerCase();
	if (email === '') throw invalid('missing email or phone');
	const user = email.includes('\0') ? undefined : await findByEmail(auth.sql, email);
	// One comparison whatever was found: neither answer nor time tells who has an account.
	const matches = await passwordMatches(auth.sql, textField(request.body, 'password'), user?.encryptedPassword ?? null);
	if (!user || !matches) throw new AuthError(400, 'invalid_credentials', 'Invalid login credentials');
	if (isBanned(user)) throw new AuthError(400, 'user_banned', 'User is banned');
	if (!user.emailConfirmedAt) throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed');
	return auth.sql.begin((tx) => openSession(auth, tx, user, request));
}

/** POST /logout?scope=global|local|others. */
export async function signOut(auth: AuthContext, request: AuthRequest): Promise<void> {
	const asked = request.url.searchParams.get('scope') || 'global';
	const scope = (['global', 'local', 'others'] satisfies SignOutScope[]).find((known) => known === asked);
	if (!scope) throw invalid(`Unsupported logout scope "${asked}"`);
	const { user, sessionId } = await requireUser(auth, request);
	await auth.sql.begin(async (tx) => {
		await recordAudit(tx, user, 'logout', { ip: request.ip });
		await endSessions(tx, user.id, sessionId, scope);
	});
}

/** GET /user: the person of the bearer token. */
export async function showUser(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	return userJson((await requireUser(auth, request)).user);
}

/** PUT /user: a new password (which ends the other sessions) and metadata. */
export async function updateUser(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { body } = request;
	const { user: asked, sessionId } = await requireUser(auth, request);
	const password = textField(body, 'password');
	const data = objectField(body, 'data');
	const email = textField(body, 'email').toLowerCase();
	refusePhone(body);
	if (email !== '' && email !== asked.email) {
		throw new AuthError(
			422,
			'email_provider_disabled',
			'Changing the e-mail address needs outgoing mail, which the embedded platform does not have yet'
		);
	}
	if (objectField(body, 'app_metadata')) throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges');
	if (password !== '') checkStrength(password, auth.settings);

	const passwordHash = password === '' ? undefined : await hashPassword(auth.sql, password);
	if (password !== '' && (await passwordMatches(auth.sql, password, asked.encryptedPassword))) {
		throw new AuthError(422, 'same_password', 'New password should be different from the old password.');
	}
	return auth.sql.begin(async (tx) => {
		const user = await findById(tx, asked.id, { lock: true });
		if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
		if (passwordHash !== undefined) {
			await storePassword(tx, user.id, passwordHash);
			await endSessions(tx, user.id, sessionId, sessionId === null ? 'global' : 'others');
			await recordAudit(tx, user, 'user_updated_password', { ip: request.ip });
		}
		if (data) {
			await tx`
				update auth.users set raw_user_meta_data = ${json(tx, mergeMetadata(user.userMetadata, data))}, updated_at = now()
				where id = ${user.id}`;
		}
		await recordAudit(tx, user, 'user_modified', { ip: request.ip });
		const updated = await findById(tx, user.id);
		return userJson(updated ?? user);
	});
}
