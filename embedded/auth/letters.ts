import type { TransactionSql } from 'postgres';
import type { LetterTemplate, NotificationTemplate } from '../settings/types.ts';
import type { AuthContext } from './context.ts';
import { AuthError } from './errors.ts';
import { makeToken, storeToken, type TokenKind } from './one-time-tokens.ts';
import { redirectTarget } from './redirects.ts';
import type { AuthRequest, Fields } from './request.ts';
import { findById, type User } from './users.ts';

/** How a link in a letter is verified: `type` of GET and POST /verify. */
export type LinkType = 'signup' | 'invite' | 'recovery' | 'magiclink' | 'email_change';

/** The address of a link that uses a token up. */
export function verifyLink(auth: AuthContext, hash: string, type: LinkType, target: string): string {
	return `${auth.externalUrl}/verify?${new URLSearchParams({ token: hash, type, redirect_to: target })}`;
}

/** What each letter is: its template, the token in it, and what its failure is called. */
const letters = {
	signup: { template: 'confirmation', kind: 'confirmation_token', name: 'confirmation' },
	invite: { template: 'invite', kind: 'confirmation_token', name: 'invite' },
	recovery: { template: 'recovery', kind: 'recovery_token', name: 'recovery' },
	magiclink: { template: 'magic_link', kind: 'recovery_token', name: 'magic link' }
} as const satisfies Record<string, { template: LetterTemplate; kind: TokenKind; name: string }>;

/** A letter could not be sent. Whoever asked for it without signing in hears nothing of it: that would tell that there was one to send. */
export class LetterFailed extends AuthError {}

async function post(auth: AuthContext, name: string, letter: { template: LetterTemplate; to: string; data: Fields }): Promise<void> {
	try {
		await auth.mailer.send(letter);
	} catch (cause) {
		console.error(`auth: sending a ${name} email:`, cause instanceof Error ? cause.message : cause);
		throw new LetterFailed(500, 'unexpected_failure', `Error sending ${name} email`, { cause });
	}
}

const about = (auth: AuthContext, user: User): Fields => ({ SiteURL: auth.settings.siteUrl, Email: user.email, Data: user.userMetadata });

/** Sends a link and code to a person's address. When it cannot be sent, nothing changes: the caller's transaction is rolled back. */
export async function sendLink(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	user: User,
	type: keyof typeof letters,
	isPkce: boolean
): Promise<void> {
	const { template, kind, name } = letters[type];
	await findById(tx, user.id, { lock: true });
	const { code, hash } = makeToken(user.email, auth.settings.email.otpLength, isPkce);
	await storeToken(tx, user.id, kind, user.email, hash);
	const target = redirectTarget(request, auth.settings);
	await post(auth, name, {
		template,
		to: user.email,
		data: { ...about(auth, user), ConfirmationURL: verifyLink(auth, hash, type, target), Token: code, TokenHash: hash, RedirectTo: target }
	});
}

/** Sends the code with which a person confirms a change of their password. */
export async function sendNonce(auth: AuthContext, tx: TransactionSql, user: User): Promise<void> {
	const { code, hash } = makeToken(user.email, auth.settings.email.otpLength, false);
	await storeToken(tx, user.id, 'reauthentication_token', user.email, hash);
	await post(auth, 'reauthentication', { template: 'reauthentication', to: user.email, data: { ...about(auth, user), Token: code } });
}

/** Sends the letters of a change of address: to the new mailbox, and to the present one where both must agree. */
export async function sendEmailChange(
	auth: AuthContext,
	tx: TransactionSql,
	request: AuthRequest,
	user: User,
	newEmail: string,
	isPkce: boolean
): Promise<void> {
	const { doubleConfirmChanges, otpLength } = auth.settings.email;
	await findById(tx, user.id, { lock: true });
	await tx`
		update auth.users set email_change = ${newEmail}, email_change_confirm_status = 0, updated_at = now() where id = ${user.id}`;
	const mailboxes: [TokenKind, string][] = [['email_change_token_new', newEmail]];
	if (doubleConfirmChanges && user.email !== '') mailboxes.push(['email_change_token_current', user.email]);
	const target = redirectTarget(request, auth.settings);
	for (const [kind, to] of mailboxes) {
		const { code, hash } = makeToken(to, otpLength, isPkce);
		await storeToken(tx, user.id, kind, to, hash);
		await post(auth, 'email change', {
			template: 'email_change',
			to,
			data: {
				...about(auth, user),
				NewEmail: newEmail,
				SendingTo: to,
				ConfirmationURL: verifyLink(auth, hash, 'email_change', target),
				Token: code,
				TokenHash: hash,
				RedirectTo: target
			}
		});
	}
}

/** Tells a person what happened to their account, where the settings want that. It has happened: a letter that cannot be sent is only logged. */
export async function notify(
	auth: AuthContext,
	user: User,
	template: NotificationTemplate,
	data: Fields = {},
	to = user.email
): Promise<void> {
	if (!auth.settings.email.notifications[template] || to === '') return;
	try {
		auth.limits.anyLetter();
		await auth.mailer.send({ template, to, data: { ...about(auth, user), ...data } });
	} catch (error) {
		console.error(`auth: telling of ${template}:`, error instanceof Error ? error.message : error);
	}
}
