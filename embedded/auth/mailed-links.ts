import type { AuthContext } from './context.ts';
import { invalid } from './errors.ts';
import { evenTime } from './even-time.ts';
import { sendEmailChange } from './letters.ts';
import { codeChallenge, startFlow } from './pkce.ts';
import { emailAddress, objectField, textField, type AuthRequest, type Fields } from './request.ts';
import { mailSilently, refusePhone, requireEmailProvider, signUpByMail, startConfirmation, startRecovery } from './sign-up.ts';
import { findByEmail } from './users.ts';

// Everything here answers `{}` after the same time, whether anybody has the address or not.

/** POST /recover: mails a link with which a person sets a new password. */
export async function recover(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	requireEmailProvider(auth);
	const { body } = request;
	if (textField(body, 'email') === '') throw invalid('Password recovery requires an email');
	const email = emailAddress(textField(body, 'email'));
	const pkce = codeChallenge(body);
	// One limit for recovery and magic links, as GoTrue has: both replace the same token.
	auth.limits.letter('recovery', email);
	auth.limits.anyLetter();
	return evenTime(async () => {
		const user = await findByEmail(auth.sql, email);
		if (user) await mailSilently(auth, (tx) => startRecovery(auth, tx, request, user, 'recovery', pkce));
		return {};
	});
}

/**
 * POST /otp and /magiclink: mails a link and a code that sign in; makes the person unless `create_user` is false. GoTrue refuses to mail an address that
 * it neither knows nor may take in, and so tells who has an account; here that is an ordinary answer, and no letter.
 */
export async function signInByMail(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { body } = request;
	if (textField(body, 'email') !== '' && textField(body, 'phone') !== '') {
		throw invalid('Only an email address or phone number should be provided');
	}
	refusePhone(body);
	if (textField(body, 'email') === '') throw invalid('One of email or phone must be set');
	requireEmailProvider(auth);
	const email = emailAddress(textField(body, 'email'));
	const pkce = codeChallenge(body);
	const data = objectField(body, 'data') ?? {};
	const mayCreate = body.create_user !== false && auth.settings.enableSignup;
	auth.limits.letter('recovery', email);
	auth.limits.anyLetter();
	return evenTime(async () => {
		const user = await findByEmail(auth.sql, email);
		if (mayCreate) await signUpByMail(auth, request, { email, data, pkce }, user);
		if (user && (user.emailConfirmedAt || !auth.settings.email.enableConfirmations)) {
			await mailSilently(auth, (tx) => startRecovery(auth, tx, request, user, 'magiclink', pkce));
		} else if (user) {
			await mailSilently(auth, async (tx) => {
				// Somebody's password may stand there already: the mailbox is asked, and only its owner will choose one.
				await tx`update auth.users set encrypted_password = '' where id = ${user.id} and email_confirmed_at is null`;
				await startConfirmation(auth, tx, request, user, pkce);
			});
		}
		return {};
	});
}

/** POST /resend: mails the link of an unfinished sign-up or change of address once more. */
export async function resend(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const { body } = request;
	const type = textField(body, 'type');
	const pkce = codeChallenge(body);
	if (type === 'sms' || type === 'phone_change') refusePhone({ phone: textField(body, 'phone') || 'none' });
	if (type !== 'signup' && type !== 'email_change') throw invalid('Missing one of these types: signup, email_change, sms, phone_change');
	if (textField(body, 'email') === '') throw invalid('Type provided requires an email address');
	requireEmailProvider(auth);
	const email = emailAddress(textField(body, 'email'));
	auth.limits.letter(type === 'signup' ? 'confirmation' : 'email change', email);
	auth.limits.anyLetter();
	return evenTime(async () => {
		const user = await findByEmail(auth.sql, email);
		if (user && type === 'signup' && !user.emailConfirmedAt) {
			await mailSilently(auth, (tx) => startConfirmation(auth, tx, request, user, pkce));
		}
		// Only what its owner asked for lately: nobody renews a forgotten change to an address that was mistyped, or a thief's.
		const asked = user?.emailChangeSentAt?.getTime() ?? 0;
		const isOpen = asked > Date.now() - auth.settings.email.otpExpiry * 1000;
		if (user && type === 'email_change' && user.emailChange !== '' && isOpen) {
			await mailSilently(auth, async (tx) => {
				await startFlow(tx, user.id, 'email_change', pkce);
				await sendEmailChange(auth, tx, request, user, user.emailChange, pkce !== undefined);
			});
		}
		return {};
	});
}
