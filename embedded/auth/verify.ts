import type { TransactionSql } from 'postgres';
import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { asAuthError } from './database-errors.ts';
import { AuthError, invalid } from './errors.ts';
import { confirmEmail, confirmEmailChange } from './confirmations.ts';
import { clearTokens, hashOfCode, pkcePrefix, takeToken, type TokenKind } from './one-time-tokens.ts';
import { issueAuthCode } from './pkce.ts';
import { errorRedirect, redirectTarget, withFragment, withQuery } from './redirects.ts';
import { emailAddress, textField, type AuthRequest, type Fields } from './request.ts';
import { notify } from './letters.ts';
import { openSession, type AuthMethod, type SessionAnswer } from './sessions.ts';
import { findById, isBanned, type User } from './users.ts';

/** Which tokens a `type` of /verify takes. */
const kindsOf = new Map<string, readonly TokenKind[]>([
	['email', ['confirmation_token', 'recovery_token']],
	['signup', ['confirmation_token']],
	['invite', ['confirmation_token']],
	['recovery', ['recovery_token']],
	['magiclink', ['recovery_token']],
	['email_change', ['email_change_token_current', 'email_change_token_new']]
]);

/** The answer when one of two mailboxes has agreed to a change of address. */
const oneOfTwo = 'Confirmation link accepted. Please proceed to confirm link sent to the other email';

type Presented = {
	type: string;
	hashes: readonly string[];
	/** The address the code was sent to, where a person typed it. */
	address?: string;
	/** What the refusal says; a link and a code are called by their names. */
	refusal: string;
};

/** The person of a used token, and the address they had until now where that changed. */
type Redeemed = { user: User; formerEmail: string | undefined };

/** Uses a token up and does what it was for; undefined when the other mailbox has yet to agree. Throws otp_expired, user_banned. */
async function redeem(auth: AuthContext, tx: TransactionSql, request: AuthRequest, presented: Presented): Promise<Redeemed | undefined> {
	const kinds = kindsOf.get(presented.type);
	if (!kinds) throw invalid('Invalid email verification type');
	const taken = await takeToken(tx, kinds, presented.hashes, auth.settings.email.otpExpiry, presented.address);
	const user = taken ? await findById(tx, taken.userId, { lock: true }) : undefined;
	if (!taken || !user || user.deletedAt) throw new AuthError(403, 'otp_expired', presented.refusal);
	if (isBanned(user)) throw new AuthError(403, 'user_banned', 'User is banned');
	switch (taken.kind) {
		case 'confirmation_token':
			await recordAudit(tx, user, 'user_signedup', { ip: request.ip, traits: { provider: 'email' } });
			await confirmEmail(tx, user);
			break;
		case 'recovery_token':
			if (!user.emailConfirmedAt) {
				await recordAudit(tx, user, 'user_signedup', { ip: request.ip, traits: { provider: 'email' } });
				await confirmEmail(tx, user);
				// Whoever set it never showed that the mailbox is theirs.
				await tx`update auth.users set encrypted_password = '' where id = ${user.id}`;
			}
			break;
		case 'email_change_token_current':
		case 'email_change_token_new':
			if (!(await confirmEmailChange(auth, tx, request, user, taken.kind))) return undefined;
	}
	await clearTokens(tx, user.id);
	const now = (await findById(tx, user.id)) ?? user;
	return { user: now, formerEmail: now.email === user.email ? undefined : user.email };
}

/** Tells a mailbox that it is not the account's any more, once that is so. */
async function tellFormer(auth: AuthContext, redeemed: Redeemed | undefined): Promise<void> {
	if (redeemed?.formerEmail) await notify(auth, redeemed.user, 'email_changed', { OldEmail: redeemed.formerEmail }, redeemed.formerEmail);
}

/** The method that a link of this type is remembered by (GoTrue's ParseAuthenticationMethod). */
const methodOf = new Map<string, AuthMethod>([
	['signup', 'email/signup'],
	['invite', 'invite'],
	['recovery', 'recovery'],
	['magiclink', 'magiclink'],
	['email_change', 'email_change']
]);

/** GET /verify?token&type&redirect_to: what a link in a letter does. Always leads to the app, with a session, a code, or the reason why not. */
export async function followLink(auth: AuthContext, request: AuthRequest): Promise<Response> {
	const { searchParams } = request.url;
	const [token, type] = [searchParams.get('token') ?? '', searchParams.get('type') ?? ''];
	if (type === '') throw invalid('Verify requires a verification type');
	if (token === '') throw invalid('Verify requires a token or a token hash');
	const target = redirectTarget(request, auth.settings);
	const isPkce = token.startsWith(pkcePrefix);
	const redirect = (location: string) => new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } });
	try {
		let redeemed: Redeemed | undefined;
		const answer = await auth.sql.begin(async (tx) => {
			redeemed = await redeem(auth, tx, request, { type, hashes: [token], refusal: 'Email link is invalid or has expired' });
			if (!redeemed) {
				const fields = { message: oneOfTwo };
				return redirect(withFragment(isPkce ? withQuery(target, fields) : target, fields));
			}
			const { user } = redeemed;
			if (isPkce) {
				const method = methodOf.get(type);
				if (!method) throw invalid(`unsupported authentication method "${type}"`);
				return redirect(withQuery(target, { code: await issueAuthCode(tx, user.id, method) }));
			}
			const { access_token, token_type, expires_in, expires_at, refresh_token } = await openSession(auth, tx, user, request, 'otp');
			return redirect(
				withFragment(target, {
					access_token,
					token_type,
					expires_in: String(expires_in),
					expires_at: String(expires_at),
					refresh_token,
					type
				})
			);
		});
		await tellFormer(auth, redeemed);
		return answer;
	} catch (error) {
		return redirect(errorRedirect(target, asAuthError(error, 'Error confirming user'), isPkce));
	}
}

function presentedBy(auth: AuthContext, body: Fields): { presented: Presented; right: () => void } {
	const [type, token, tokenHash, email] = ['type', 'token', 'token_hash', 'email'].map((name) => textField(body, name));
	if (!type) throw invalid('Verify requires a verification type');
	if (Boolean(token) === Boolean(tokenHash)) throw invalid('Verify requires either a token or a token hash');
	if (tokenHash) {
		if (email || textField(body, 'phone') || textField(body, 'redirect_to'))
			throw invalid('Only the token_hash and type should be provided');
		return { presented: { type, hashes: [tokenHash], refusal: 'Email link is invalid or has expired' }, right: () => {} };
	}
	if (!email || !token || textField(body, 'phone')) throw invalid('Only an email address or phone number should be provided on verify');
	const address = emailAddress(email);
	// Counted for every address, known or not, before the code is looked at.
	const right = auth.limits.guess('address', address);
	const hash = hashOfCode(address, token);
	return { presented: { type, hashes: [hash, pkcePrefix + hash], address, refusal: 'Token has expired or is invalid' }, right };
}

/** POST /verify: a session for the code of a letter and its address, or for the hash of its link. */
export async function verify(auth: AuthContext, request: AuthRequest): Promise<SessionAnswer | Fields> {
	const { presented, right } = presentedBy(auth, request.body);
	let redeemed: Redeemed | undefined;
	const answer = await auth.sql.begin(async (tx) => {
		redeemed = await redeem(auth, tx, request, presented);
		return redeemed ? openSession(auth, tx, redeemed.user, request, 'otp') : { msg: oneOfTwo, code: '200' };
	});
	right();
	await tellFormer(auth, redeemed);
	return answer;
}
