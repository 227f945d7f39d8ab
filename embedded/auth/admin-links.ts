import type { TransactionSql } from 'postgres';
import { recordAudit } from './audit.ts';
import { emailTaken } from './confirmations.ts';
import type { AuthContext } from './context.ts';
import { isUniqueViolation } from './database-errors.ts';
import { AuthError, invalid } from './errors.ts';
import { sendLink, verifyLink, type LinkType } from './letters.ts';
import { makeToken, storeToken, type TokenKind } from './one-time-tokens.ts';
import { checkStrength, hashPassword } from './passwords.ts';
import { isAllowedRedirect, redirectTarget } from './redirects.ts';
import { emailAddress, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { askBeforeCreating } from './sign-up.ts';
import { userJson } from './user-json.ts';
import { findByEmail, findById, insertUser, json, mergeMetadata, type NewUser, type User } from './users.ts';

const newPerson = (email: string, passwordHash: string, data: Fields): NewUser => ({
	email,
	passwordHash,
	role: 'authenticated',
	confirmed: false,
	appMetadata: {},
	userMetadata: data,
	identityData: {}
});

/** Finds or makes the unconfirmed person that a link is for. Throws email_exists for somebody who has confirmed their address. */
async function unconfirmed(tx: TransactionSql, known: User | undefined, person: NewUser): Promise<User> {
	if (known?.emailConfirmedAt) throw emailTaken();
	try {
		return known ?? (await insertUser(tx, person));
	} catch (error) {
		if (isUniqueViolation(error, 'users_email_partial_key')) throw emailTaken();
		throw error;
	}
}

async function recordInvitation(tx: TransactionSql, user: User, ip: string | null): Promise<void> {
	await recordAudit(tx, 'service_role', 'user_invited', { ip, traits: { user_id: user.id, user_email: user.email } });
	// What stands there already may be somebody else's: the password goes, and whoever follows the link chooses one.
	await findById(tx, user.id, { lock: true });
	await tx`update auth.users set invited_at = now(), encrypted_password = '' where id = ${user.id} and email_confirmed_at is null`;
}

/** POST /invite: makes a person without a password and mails them a link. Somebody invited before gets another one. */
export async function invite(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const email = emailAddress(textField(request.body, 'email'));
	const person = newPerson(email, '', objectField(request.body, 'data') ?? {});
	const known = await findByEmail(auth.sql, email);
	if (!known) await askBeforeCreating(auth, request, person);
	auth.limits.anyLetter();
	return auth.mailing(async (tx) => {
		const user = await unconfirmed(tx, known, person);
		await recordInvitation(tx, user, request.ip);
		await sendLink(auth, tx, request, user, 'invite', false);
		return userJson((await findById(tx, user.id)) ?? user);
	});
}

type LinkRequest = { type: string; email: string; newEmail: string; password: string; data: Fields };
type MadeLink = { user: User; hash: string; code: string; linkType: LinkType };

/** POST /admin/generate_link: the link and code of a letter, for an operator who sends letters themselves. Nothing is mailed. */
export async function generateLink(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { body } = request;
	const email = emailAddress(textField(body, 'email'));
	const known = await findByEmail(auth.sql, email);
	const asked: LinkRequest = {
		// A magic link for somebody who is not there is a sign-up, as in GoTrue.
		type: !known && textField(body, 'type') === 'magiclink' ? 'signup' : textField(body, 'type'),
		email,
		newEmail: textField(body, 'new_email'),
		password: textField(body, 'password'),
		data: objectField(body, 'data') ?? {}
	};
	const byMagicLink = textField(body, 'type') === 'magiclink';
	let passwordHash = '';
	if (asked.type === 'signup' && !known && !byMagicLink) {
		if (asked.password === '') throw invalid('Signup requires a valid password');
		checkStrength(asked.password, auth.settings);
		passwordHash = await hashPassword(auth.sql, asked.password);
	}
	const person = newPerson(email, passwordHash, asked.data);
	if (!known && (asked.type === 'signup' || asked.type === 'invite')) await askBeforeCreating(auth, request, person);
	const wanted = textField(body, 'redirect_to');
	const target = isAllowedRedirect(wanted, auth.settings) ? wanted : redirectTarget(request, auth.settings);
	return auth.sql.begin(async (tx) => {
		const { user, hash, code, linkType } = await makeLink(auth, tx, request, asked, known, person);
		return {
			...userJson((await findById(tx, user.id)) ?? user),
			action_link: verifyLink(auth, hash, linkType, target),
			email_otp: code,
			hashed_token: hash,
			verification_type: asked.type,
			redirect_to: target
		};
	});
}

async function makeLink(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	asked: LinkRequest,
	known: User | undefined,
	person: NewUser
): Promise<MadeLink> {
	const issue = async (user: User, kind: TokenKind, address: string, linkType: LinkType): Promise<MadeLink> => {
		const { code, hash } = makeToken(address, auth.settings.email.otpLength, false);
		await findById(tx, user.id, { lock: true });
		await storeToken(tx, user.id, kind, address, hash);
		return { user, hash, code, linkType };
	};
	const needed = () => {
		if (known) return known;
		throw new AuthError(404, 'user_not_found', 'User with this email not found');
	};
	switch (asked.type) {
		case 'magiclink':
		case 'recovery': {
			const user = needed();
			await recordAudit(tx, user, 'user_recovery_requested', { ip: request.ip });
			return issue(user, 'recovery_token', user.email, asked.type);
		}
		case 'invite': {
			const user = await unconfirmed(tx, known, person);
			await recordInvitation(tx, user, request.ip);
			return issue(user, 'confirmation_token', user.email, 'invite');
		}
		case 'signup': {
			const user = await unconfirmed(tx, known, person);
			if (known) {
				await tx`
					update auth.users set raw_user_meta_data = ${json(tx, mergeMetadata(known.userMetadata, asked.data))}, updated_at = now()
					where id = ${known.id}`;
			}
			return issue(user, 'confirmation_token', user.email, 'signup');
		}
		case 'email_change_current':
		case 'email_change_new':
			return changeLink(auth, tx, asked, needed(), issue);
		default:
			throw invalid(`Invalid email action link type requested: ${asked.type}`);
	}
}

/** One of the two links of a change of address. */
async function changeLink(
	auth: AuthContext,
	tx: TransactionSql,
	asked: LinkRequest,
	user: User,
	issue: (user: User, kind: TokenKind, address: string, linkType: LinkType) => Promise<MadeLink>
): Promise<MadeLink> {
	const ofCurrent = asked.type === 'email_change_current';
	if (ofCurrent && !auth.settings.email.doubleConfirmChanges) {
		throw invalid('Enable secure email change to generate link for current email');
	}
	const newEmail = emailAddress(asked.newEmail);
	const taken = await findByEmail(tx, newEmail);
	if (taken && taken.id !== user.id) throw emailTaken();
	if (user.emailChange !== newEmail) {
		await tx`delete from auth.one_time_tokens where user_id = ${user.id} and token_type in ('email_change_token_new', 'email_change_token_current')`;
	}
	await tx`update auth.users set email_change = ${newEmail}, email_change_confirm_status = 0, updated_at = now() where id = ${user.id}`;
	return issue(
		user,
		ofCurrent ? 'email_change_token_current' : 'email_change_token_new',
		ofCurrent ? user.email : newEmail,
		'email_change'
	);
}
