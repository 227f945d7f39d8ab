import { randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { isUniqueViolation } from './database-errors.ts';
import { AuthError, invalid } from './errors.ts';
import { evenTime } from './even-time.ts';
import { LetterFailed, sendLink } from './letters.ts';
import { checkStrength, hashPassword, passwordMatches } from './passwords.ts';
import { codeChallenge, startFlow, type CodeChallenge } from './pkce.ts';
import { emailAddress, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { openSession, type SessionAnswer } from './sessions.ts';
import { userJson } from './user-json.ts';
import { findByEmail, insertUser, type NewUser, type User } from './users.ts';

/** Somebody who wants an account, as one request described them. */
export type Applicant = { email: string; passwordHash: string; data: Fields; pkce: CodeChallenge | undefined };

/** Refuses requests that name a phone: there is no such provider here. */
export function refusePhone(body: Fields): void {
	if (textField(body, 'phone') !== '') {
		throw new AuthError(422, 'phone_provider_disabled', 'Phone sign-in is not supported by the embedded platform');
	}
}

/** Refuses everything that goes by e-mail where `[auth.email] enable_signup = false` turned that off. */
export function requireEmailProvider(auth: AuthContext, message = 'Email logins are disabled'): void {
	if (!auth.settings.email.enabled) throw new AuthError(422, 'email_provider_disabled', message);
}

/** What is stored of a new person who confirms their address later, or need not. */
function newUser(auth: AuthContext, { email, passwordHash, data }: Applicant): NewUser & { id: string } {
	const id = randomUUID();
	return {
		id,
		email,
		passwordHash,
		role: 'authenticated',
		confirmed: !auth.settings.email.enableConfirmations,
		appMetadata: {},
		// GoTrue keeps the identity's claims as the first metadata of a person.
		userMetadata: { ...data, sub: id, email, email_verified: false, phone_verified: false },
		identityData: data
	};
}

/** A person before they are stored, as hooks are shown them. */
function draftJson({ id, email, userMetadata, appMetadata }: NewUser): Fields {
	return {
		id,
		aud: 'authenticated',
		role: '',
		email,
		phone: '',
		app_metadata: { provider: 'email', providers: ['email'], ...appMetadata },
		user_metadata: userMetadata,
		identities: [],
		created_at: '0001-01-01T00:00:00Z',
		updated_at: '0001-01-01T00:00:00Z',
		is_anonymous: false
	};
}

/** Asks the hook whether this person may be made. */
export const askBeforeCreating = (auth: AuthContext, request: AuthRequest, user: NewUser): Promise<void> =>
	auth.hooks.beforeUserCreated(request, draftJson(user));

/** POST /signup: makes a person. With e-mail confirmation off they are signed in at once. */
export async function signUp(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { settings } = auth;
	if (!settings.enableSignup) throw new AuthError(422, 'signup_disabled', 'Signups not allowed for this instance');
	const { body } = request;
	refusePhone(body);
	if (textField(body, 'email') === '' && textField(body, 'password') === '') {
		throw new AuthError(422, 'anonymous_provider_disabled', 'Anonymous sign-ins are disabled');
	}
	const password = textField(body, 'password');
	if (password === '') throw invalid('Signup requires a valid password');
	checkStrength(password, settings);
	const pkce = codeChallenge(body);
	requireEmailProvider(auth, 'Email signups are disabled');
	const email = emailAddress(textField(body, 'email'));
	const data = objectField(body, 'data') ?? {};
	if (settings.email.enableConfirmations) {
		auth.limits.letter('confirmation', email);
		auth.limits.anyLetter();
	}
	// Hashed before looking, so that a known address takes as long as a new one.
	const passwordHash = await hashPassword(auth.sql, password);
	const applicant = { email, passwordHash, data, pkce };
	if (!settings.email.enableConfirmations) return signUpOpenly(auth, request, applicant);
	// Compared for everybody, and on a beat of its own: a row found and decoded takes a little longer than none.
	const known = await evenTime(async () => {
		const user = await findByEmail(auth.sql, email);
		const isSame = await passwordMatches(auth.sql, password, user?.encryptedPassword ?? null);
		return user && { user, isSame };
	});
	return evenTime(() => signUpSilently(auth, request, applicant, known));
}

/** Without confirmation the answer is a session or "already registered": there is nothing to hide. */
async function signUpOpenly(auth: AuthContext, request: AuthRequest, applicant: Applicant): Promise<SessionAnswer> {
	const taken = () => new AuthError(422, 'user_already_exists', 'User already registered');
	const known = await findByEmail(auth.sql, applicant.email);
	if (known) {
		await recordAudit(auth.sql, known, 'user_repeated_signup', { ip: request.ip, traits: { provider: 'email' } });
		throw taken();
	}
	const user = newUser(auth, applicant);
	await askBeforeCreating(auth, request, user);
	try {
		return await auth.sql.begin(async (tx) => {
			const made = await insertUser(tx, user);
			await recordAudit(tx, made, 'user_signedup', { ip: request.ip, traits: { provider: 'email' } });
			return openSession(auth, tx, made, request, 'password', { provider: 'email' });
		});
	} catch (error) {
		// Somebody else signed up with this address between the look and the insert.
		if (isUniqueViolation(error, 'users_email_partial_key')) throw taken();
		throw error;
	}
}

/** Who has the address already, and whether the password given now is theirs. */
type Known = { user: User; isSame: boolean };

/** Runs a transaction that sends a letter to somebody whom the asker may not be. A letter that fails is logged and undone, and changes no answer. */
export async function mailSilently(auth: AuthContext, work: (tx: TransactionSql) => Promise<unknown>): Promise<void> {
	try {
		await auth.mailing(work);
	} catch (error) {
		if (!(error instanceof LetterFailed)) throw error;
	}
}

/**
 * With confirmation on, an address that somebody has is not given away: the answer is always that of a new person, and for all but those it is made of
 * somebody who never was.
 */
async function signUpSilently(auth: AuthContext, request: AuthRequest, applicant: Applicant, known: Known | undefined): Promise<Fields> {
	const user = newUser(auth, applicant);
	await askBeforeCreating(auth, request, user);
	if (known) return signUpAgain(auth, request, known, applicant);
	let shown: Fields | undefined;
	try {
		await mailSilently(auth, async (tx) => {
			const made = await insertUser(tx, user);
			shown = applicantJson(made);
			await startConfirmation(auth, tx, request, made, applicant.pkce);
		});
	} catch (error) {
		const winner = isUniqueViolation(error, 'users_email_partial_key') ? await findByEmail(auth.sql, applicant.email) : undefined;
		if (!winner) throw error;
		// The same form sent twice at once is the common case: its password stays.
		return signUpAgain(auth, request, { user: winner, isSame: true }, applicant);
	}
	return shown ?? pretend(auth, applicant);
}

/** Somebody signs up with an address that is there already. Nobody knows whether it is theirs. */
async function signUpAgain(auth: AuthContext, request: AuthRequest, { user: known, isSame }: Known, applicant: Applicant): Promise<Fields> {
	if (known.emailConfirmedAt) {
		await recordAudit(auth.sql, known, 'user_repeated_signup', { ip: request.ip, traits: { provider: 'email' } });
	} else {
		await mailSilently(auth, async (tx) => {
			// Two different passwords for one mailbox: its owner will choose, neither counts.
			if (!isSame) await tx`update auth.users set encrypted_password = '' where id = ${known.id} and email_confirmed_at is null`;
			await startConfirmation(auth, tx, request, known, applicant.pkce);
		});
	}
	return pretend(auth, applicant);
}

/** A new person as the answer shows them: of one moment, whatever came between. */
const applicantJson = (user: User): Fields => userJson({ ...user, confirmationSentAt: user.createdAt });

/** Mails the link that confirms an address. */
export async function startConfirmation(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	user: User,
	pkce: CodeChallenge | undefined
): Promise<void> {
	await recordAudit(tx, user, 'user_confirmation_requested', { ip: request.ip, traits: { provider: 'email' } });
	await sendLink(auth, tx, request, user, 'signup', pkce !== undefined);
	await startFlow(tx, user.id, 'email/signup', pkce);
}

/** Mails the link with which somebody who has an account comes in: to set a new password, or just to sign in. */
export async function startRecovery(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	user: User,
	type: 'recovery' | 'magiclink',
	pkce: CodeChallenge | undefined
): Promise<void> {
	await recordAudit(tx, user, 'user_recovery_requested', { ip: request.ip });
	await sendLink(auth, tx, request, user, type, pkce !== undefined);
	await startFlow(tx, user.id, type, pkce);
}

/** Thrown to undo a transaction whose only use was its answer. */
class Undone extends Error {}

/**
 * What signing up would have answered: somebody of the same domain is really made, triggers and all, and undone. GoTrue leaves the identities out of this
 * answer, by which everybody tells a known address from a new one.
 */
async function pretend(auth: AuthContext, applicant: Applicant): Promise<Fields> {
	const standIn = newUser(auth, { ...applicant, email: `${randomUUID()}@${applicant.email.split('@')[1] ?? ''}` });
	let shown = '';
	await auth.sql
		.begin(async (tx) => {
			shown = JSON.stringify(applicantJson(await insertUser(tx, standIn)));
			throw new Undone();
		})
		.catch((error: unknown) => {
			if (!(error instanceof Undone)) throw error;
		});
	const answer: Fields = JSON.parse(shown.replaceAll(standIn.email, () => JSON.stringify(applicant.email).slice(1, -1)));
	return answer;
}

/**
 * Makes somebody who asked for a sign-in link, and mails it; they have no password until they set one. Where addresses need no confirmation the link is a
 * magic link, else the one that confirms. The hook is asked about `known` people too, and heard by nobody: a refusal would tell that the address is new.
 */
export async function signUpByMail(
	auth: AuthContext,
	request: AuthRequest,
	applicant: Omit<Applicant, 'passwordHash'>,
	known: User | undefined
): Promise<void> {
	const user = newUser(auth, { ...applicant, passwordHash: '' });
	try {
		await askBeforeCreating(auth, request, user);
	} catch (error) {
		if (!(error instanceof AuthError)) throw error;
		return;
	}
	if (known) return;
	await mailSilently(auth, async (tx) => {
		const made = await insertUser(tx, user);
		if (auth.settings.email.enableConfirmations) return startConfirmation(auth, tx, request, made, applicant.pkce);
		await recordAudit(tx, made, 'user_signedup', { ip: request.ip, traits: { provider: 'email' } });
		return startRecovery(auth, tx, request, made, 'magiclink', applicant.pkce);
	}).catch((error: unknown) => {
		// Another request made them at the same moment, and mails the link.
		if (!isUniqueViolation(error, 'users_email_partial_key')) throw error;
	});
}
