import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import { notify, sendEmailChange, sendNonce } from './letters.ts';
import { hashOfCode, takeToken } from './one-time-tokens.ts';
import { checkStrength, hashPassword, passwordMatches, storePassword } from './passwords.ts';
import { codeChallenge, startFlow } from './pkce.ts';
import { emailAddress, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { requireUser, stillThere, type Session } from './session-guard.ts';
import { endSessions, type SignOutScope } from './sessions.ts';
import { refusePhone, requireEmailProvider } from './sign-up.ts';
import { userJson } from './user-json.ts';
import { findById, json, mergeMetadata, type User } from './users.ts';

/** POST /logout?scope=global|local|others. */
export async function signOut(auth: AuthContext, request: AuthRequest): Promise<void> {
	const asked = request.url.searchParams.get('scope') || 'global';
	const scope = (['global', 'local', 'others'] satisfies SignOutScope[]).find((known) => known === asked);
	if (!scope) throw invalid(`Unsupported logout scope "${asked}"`);
	const { user, session } = await requireUser(auth, request);
	await auth.sql.begin(async (tx) => {
		await recordAudit(tx, user, 'logout', { ip: request.ip });
		await endSessions(tx, user.id, session?.id ?? null, scope);
	});
}

/** GET /user: the person of the bearer token. */
export async function showUser(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	return userJson((await requireUser(auth, request)).user);
}

/** GET /reauthenticate: mails the code that a change of password may need. */
export async function reauthenticate(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { user } = await requireUser(auth, request);
	if (user.email === '') throw invalid('Reauthentication requires the user to have an email or a phone number');
	if (!user.emailConfirmedAt) throw new AuthError(422, 'email_not_confirmed', 'Please verify your email first.');
	auth.limits.letter('reauthentication', user.email);
	auth.limits.anyLetter();
	await auth.mailing(async (tx) => {
		await findById(tx, user.id, { lock: true });
		await recordAudit(tx, user, 'user_reauthenticate_requested', { ip: request.ip });
		await sendNonce(auth, tx, user);
	});
	return {};
}

/** Seconds after signing in during which a password may be changed without a code from the mailbox (GoTrue: 24 hours). */
const recent = 24 * 3600;

/** What a change of password must not be: weak, the same, or made by somebody who only found a session open. */
async function checkNewPassword(auth: AuthContext, body: Fields, user: User, session: Session | null): Promise<string | undefined> {
	const password = textField(body, 'password');
	if (password === '') return undefined;
	checkStrength(password, auth.settings);
	const needsNonce = auth.settings.email.securePasswordChange && !(session && session.createdAt.getTime() > Date.now() - recent * 1000);
	if (needsNonce && textField(body, 'nonce') === '') {
		throw new AuthError(400, 'reauthentication_needed', 'Password update requires reauthentication');
	}
	if (needsNonce) await useNonce(auth, user, textField(body, 'nonce'));
	const passwordHash = await hashPassword(auth.sql, password);
	if (await passwordMatches(auth.sql, password, user.encryptedPassword)) {
		throw new AuthError(422, 'same_password', 'New password should be different from the old password.');
	}
	return passwordHash;
}

async function useNonce(auth: AuthContext, user: User, nonce: string): Promise<void> {
	const right = auth.limits.guess('address', user.email);
	const hashes = [hashOfCode(user.email, nonce)];
	const taken = await auth.sql.begin((tx) => takeToken(tx, ['reauthentication_token'], hashes, auth.settings.email.otpExpiry, user.email));
	if (taken?.userId !== user.id) throw new AuthError(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid');
	right();
}

/** A person with a second factor changes what they sign in with only after using it: a stolen password must not be enough. */
function requireSecondFactor(user: User, session: Session | null): void {
	if (session?.aal === 'aal2' || !user.factors.some(({ status }) => status === 'verified')) return;
	throw new AuthError(401, 'insufficient_aal', 'AAL2 session is required to update email or password when MFA is enabled.');
}

/** PUT /user: metadata, a new password (which ends the other sessions), a new address (which its mailbox must confirm). */
export async function updateUser(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { body } = request;
	const { user: asked, session: seen } = await requireUser(auth, request);
	const data = objectField(body, 'data');
	const given = textField(body, 'email') === '' ? '' : emailAddress(textField(body, 'email'));
	const newEmail = given === asked.email ? '' : given;
	refusePhone(body);
	const pkce = codeChallenge(body);
	if (objectField(body, 'app_metadata')) throw new AuthError(403, 'not_admin', 'Updating app_metadata requires admin privileges');
	if (newEmail !== '' || textField(body, 'password') !== '') requireSecondFactor(asked, seen);
	if (newEmail !== '') {
		requireEmailProvider(auth);
		auth.limits.anyLetter();
		auth.limits.letter('email change', asked.email);
	}
	const passwordHash = await checkNewPassword(auth, body, asked, seen);
	const begin = newEmail === '' ? auth.sql.begin.bind(auth.sql) : auth.mailing;
	const changed = await begin(async (tx) => {
		const { user, session } = await stillThere(tx, { user: asked, session: seen });
		if (newEmail !== '' || passwordHash !== undefined) requireSecondFactor(user, session);
		if (passwordHash !== undefined) {
			await storePassword(tx, user.id, passwordHash);
			await endSessions(tx, user.id, session?.id ?? null, session ? 'others' : 'global');
			await recordAudit(tx, user, 'user_updated_password', { ip: request.ip });
		}
		if (data) {
			await tx`
				update auth.users set raw_user_meta_data = ${json(tx, mergeMetadata(user.userMetadata, data))}, updated_at = now()
				where id = ${user.id}`;
		}
		if (newEmail !== '') {
			// Whether somebody has that address shows only to whoever reads its mail: GoTrue's email_exists here would tell anybody.
			await startFlow(tx, user.id, 'email_change', pkce);
			await sendEmailChange(auth, tx, request, user, newEmail, pkce !== undefined);
		}
		await recordAudit(tx, user, 'user_modified', { ip: request.ip });
		return (await findById(tx, user.id)) ?? user;
	});
	if (passwordHash !== undefined) await notify(auth, changed, 'password_changed');
	return userJson(changed);
}
