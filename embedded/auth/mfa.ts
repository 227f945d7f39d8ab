import { randomUUID } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { TransactionSql } from 'postgres';
import { renderSVG } from 'uqr';
import { recordAudit } from './audit.ts';
import type { AuthContext } from './context.ts';
import { AuthError, invalid } from './errors.ts';
import { notify } from './letters.ts';
import { clearFlows, clearTokens } from './one-time-tokens.ts';
import { textField, type AuthRequest, type Fields } from './request.ts';
import { isUuid, requireUser, stillThere, type Session } from './session-guard.ts';
import { raiseSession, type SessionAnswer } from './sessions.ts';
import { findById, type Factor, type User } from './users.ts';

/** Seconds an unverified factor and a challenge are kept (GoTrue's defaults). */
const factorExpiry = 300;
const challengeExpiry = 300;

/** RFC 6238 as every authenticator app does it; a code of the step before and after is taken too, for clocks that differ. */
const period = 30;
const skew = 1;

/** A person with the session they act from. */
type Holder = { user: User; session: Session };

async function requireSession(auth: AuthContext, request: AuthRequest): Promise<Holder> {
	const { user, session } = await requireUser(auth, request);
	if (!session) throw new AuthError(403, 'session_not_found', 'A valid session and a registered user are required to enroll a factor');
	return { user, session };
}

/** A person's factor. Throws 404 for an id that is none, or somebody else's. */
export function ownFactor(user: User, id: string): Factor {
	if (!isUuid(id)) throw new AuthError(404, 'validation_failed', 'factor_id must be an UUID');
	const factor = user.factors.find((each) => each.id === id.toLowerCase());
	if (!factor) throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found');
	return factor;
}

/** The holder and one of their factors as they are now, under the lock of their row: only this may be judged. */
async function holdFactor(tx: TransactionSql, before: Holder, id: string): Promise<Holder & { factor: Factor }> {
	const holder = await stillThere(tx, before);
	return { ...holder, factor: ownFactor(holder.user, id) };
}

const hasVerified = ({ factors }: User) => factors.some(({ status }) => status === 'verified');

function authenticator(secret: string, issuer?: string, label?: string): TOTP {
	return new TOTP({
		secret: Secret.fromBase32(secret),
		digits: 6,
		period,
		algorithm: 'SHA1',
		...(issuer ? { issuer } : {}),
		...(label ? { label } : {})
	});
}

const tooMany = () =>
	new AuthError(422, 'too_many_enrolled_mfa_factors', 'Maximum number of verified factors reached, unenroll to continue');

/** Throws what stands against another factor of this name. `user` is locked, so that two at once cannot both pass. */
function checkRoom(auth: AuthContext, user: User, session: Session, friendlyName: string): void {
	if (user.factors.some((factor) => factor.friendlyName === friendlyName)) {
		throw new AuthError(422, 'mfa_factor_name_conflict', `A factor with the friendly name "${friendlyName}" for this user already exists`);
	}
	if (user.factors.length >= auth.settings.mfa.maxEnrolledFactors) throw tooMany();
	if (session.aal !== 'aal2' && hasVerified(user)) {
		throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor');
	}
}

/** POST /factors: makes an unverified TOTP factor; answers with its secret, as text, otpauth address and QR code (SVG). */
export async function enrollFactor(auth: AuthContext, request: AuthRequest): Promise<Fields> {
	const asked = await requireSession(auth, request);
	const { body } = request;
	const type = textField(body, 'factor_type');
	if (type === 'phone') throw new AuthError(422, 'mfa_phone_enroll_not_enabled', 'MFA enroll is disabled for Phone');
	if (type === 'webauthn') throw new AuthError(422, 'mfa_webauthn_enroll_not_enabled', 'MFA enroll is disabled for WebAuthn');
	if (type !== 'totp') throw invalid('factor_type needs to be totp, phone, or webauthn');
	if (!auth.settings.mfa.totp.enrollEnabled) throw new AuthError(422, 'mfa_totp_enroll_not_enabled', 'MFA enroll is disabled for TOTP');
	const friendlyName = textField(body, 'friendly_name');
	const issuer = textField(body, 'issuer') || new URL(auth.settings.siteUrl).host;
	// A QR code holds some 1,600 characters; friendly names are shown in lists.
	if (issuer.length > 100 || friendlyName.length > 100) throw invalid('issuer and friendly_name must not be longer than 100 characters');
	const id = randomUUID();
	const secret = new Secret({ size: 20 }).base32;
	const uri = authenticator(secret, issuer, asked.user.email).toString();
	const qrCode = renderSVG(uri, { ecc: 'M' });
	await auth.sql.begin(async (tx) => {
		await findById(tx, asked.user.id, { lock: true });
		await tx`
			delete from auth.mfa_factors
			where user_id = ${asked.user.id} and status = 'unverified' and created_at < now() - make_interval(secs => ${factorExpiry})`;
		const { user, session } = await stillThere(tx, asked);
		checkRoom(auth, user, session, friendlyName);
		await tx`
			insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
			values (${id}, ${user.id}, ${friendlyName}, 'totp', 'unverified', now(), now(), ${secret})`;
		await recordAudit(tx, user, 'factor_in_progress', { ip: request.ip, traits: { factor_id: id } });
	});
	return { id, type: 'totp', friendly_name: friendlyName, totp: { qr_code: qrCode, secret, uri } };
}

/** POST /factors/:id/challenge: begins one use of a factor. */
export async function challengeFactor(auth: AuthContext, request: AuthRequest, id: string): Promise<Fields> {
	const asked = await requireSession(auth, request);
	if (!auth.settings.mfa.totp.verifyEnabled)
		throw new AuthError(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP');
	const challengeId = randomUUID();
	const { factorType } = await auth.sql.begin(async (tx) => {
		const { user, factor } = await holdFactor(tx, asked, id);
		await tx`
			insert into auth.mfa_challenges (id, factor_id, created_at, ip_address)
			values (${challengeId}, ${factor.id}, now(), ${request.ip ?? '0.0.0.0'})`;
		// The column is unique among everybody's factors, as GoTrue made it: two people in one microsecond must not meet.
		await tx`
			update auth.mfa_factors set last_challenged_at = clock_timestamp() + random() * interval '1 millisecond' where id = ${factor.id}`;
		await recordAudit(tx, user, 'challenge_created', { ip: request.ip, traits: { factor_id: factor.id, factor_status: factor.status } });
		return factor;
	});
	return { id: challengeId, type: factorType, expires_at: Math.floor(Date.now() / 1000) + challengeExpiry };
}

type ChallengeRow = { ip: string; verified: boolean; expired: boolean };

/** Throws what stands against a challenge: it is another factor's, used, from elsewhere, or old. */
async function checkChallenge(tx: TransactionSql, factor: Factor, challengeId: string, ip: string | null): Promise<void> {
	const [challenge] = isUuid(challengeId)
		? await tx<ChallengeRow[]>`
				select host(ip_address) as ip, verified_at is not null as verified,
					created_at < now() - make_interval(secs => ${challengeExpiry}) as expired
				from auth.mfa_challenges where id = ${challengeId} and factor_id = ${factor.id} for update`
		: [];
	if (!challenge) throw new AuthError(422, 'mfa_factor_not_found', 'MFA factor with the provided challenge ID not found');
	if (challenge.verified || challenge.ip !== (ip ?? '0.0.0.0')) {
		throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.');
	}
	if (challenge.expired) {
		throw new AuthError(
			422,
			'mfa_challenge_expired',
			`MFA challenge ${challengeId} has expired, verify against another challenge or create a new challenge.`
		);
	}
}

/**
 * Uses a code up. RFC 6238 section 5.2: a code is taken once. GoTrue takes it again within its 30 to 90 seconds, under another challenge. The step of the
 * code is kept with the challenge; the person's row is locked by then, so that of two at once one is told that it is wrong.
 */
async function useCode(tx: TransactionSql, factor: Factor, challengeId: string, code: string): Promise<void> {
	const wrong = () => new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered');
	const [row] = await tx<{ secret: string }[]>`select secret from auth.mfa_factors where id = ${factor.id}`;
	const now = Date.now();
	const delta = row && /^\d{6}$/.test(code) ? authenticator(row.secret).validate({ token: code, window: skew, timestamp: now }) : null;
	if (delta === null) throw wrong();
	const step = String(Math.floor(now / 1000 / period) + delta);
	const used = await tx`
		select from auth.mfa_challenges
		where factor_id = ${factor.id} and otp_code = ${step} and verified_at > now() - make_interval(secs => ${period * (2 * skew + 2)})`;
	if (used.length > 0) throw wrong();
	await tx`update auth.mfa_challenges set verified_at = now(), otp_code = ${step} where id = ${challengeId}`;
}

/** POST /factors/:id/verify: a code answers a challenge. The session becomes aal2, and sessions that did not use the factor end. */
export async function verifyFactor(auth: AuthContext, request: AuthRequest, id: string): Promise<SessionAnswer> {
	const asked = await requireSession(auth, request);
	const code = textField(request.body, 'code');
	const challengeId = textField(request.body, 'challenge_id');
	if (code === '') throw invalid('Code needs to be non-empty');
	if (!auth.settings.mfa.totp.verifyEnabled)
		throw new AuthError(422, 'mfa_totp_verify_not_enabled', 'MFA verification is disabled for TOTP');
	const right = auth.limits.guess('factor', ownFactor(asked.user, id).id);
	const { answer, user, factor } = await auth.sql.begin(async (tx) => {
		const { user, session, factor } = await holdFactor(tx, asked, id);
		// Somebody with the password alone must not finish a factor of their own beside the owner's.
		if (factor.status !== 'verified' && session.aal !== 'aal2' && hasVerified(user)) {
			throw new AuthError(403, 'insufficient_aal', 'AAL2 required to verify a further factor');
		}
		await checkChallenge(tx, factor, challengeId, request.ip);
		await useCode(tx, factor, challengeId, code);
		const traits = { factor_id: factor.id, challenge_id: challengeId, factor_type: factor.factorType };
		await recordAudit(tx, user, 'verification_attempted', { ip: request.ip, traits });
		if (factor.status !== 'verified') {
			await tx`update auth.mfa_factors set status = 'verified', updated_at = now() where id = ${factor.id}`;
			// What a mailbox alone could have done until now ends here.
			await clearTokens(tx, user.id);
			await clearFlows(tx, user.id);
		}
		await tx`delete from auth.mfa_factors where user_id = ${user.id} and status = 'unverified' and factor_type = 'totp'`;
		await tx`delete from auth.sessions where user_id = ${user.id} and id <> ${session.id} and coalesce(aal, 'aal1') < 'aal2'`;
		const holder = (await findById(tx, user.id)) ?? user;
		return { answer: await raiseSession(auth, tx, holder, session.id, factor.id, request), user, factor };
	});
	right();
	if (factor.status !== 'verified') await notify(auth, user, 'mfa_factor_enrolled', { FactorType: factor.factorType });
	return answer;
}

/** Removes a factor; sessions that used it fall back to aal1. The caller holds the person's row. */
export async function removeFactor(tx: TransactionSql, userId: string, factorId: string): Promise<void> {
	await tx`
		delete from auth.mfa_amr_claims where authentication_method = 'totp'
			and session_id in (select id from auth.sessions where user_id = ${userId} and factor_id = ${factorId})`;
	await tx`update auth.sessions set aal = 'aal1', factor_id = null where user_id = ${userId} and factor_id = ${factorId}`;
	await tx`delete from auth.mfa_factors where id = ${factorId}`;
}

/** DELETE /factors/:id: a verified factor is only removed by a session that used one. */
export async function unenrollFactor(auth: AuthContext, request: AuthRequest, id: string): Promise<Fields> {
	const asked = await requireSession(auth, request);
	const { user, factor } = await auth.sql.begin(async (tx) => {
		const { user, session, factor } = await holdFactor(tx, asked, id);
		if (factor.status === 'verified' && session.aal !== 'aal2') {
			throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor');
		}
		await removeFactor(tx, user.id, factor.id);
		const traits = { factor_id: factor.id, factor_status: factor.status, session_id: session.id };
		await recordAudit(tx, user, 'factor_unenrolled', { ip: request.ip, traits });
		return { user, factor };
	});
	if (factor.status === 'verified') await notify(auth, user, 'mfa_factor_unenrolled', { FactorType: factor.factorType });
	return { id: factor.id };
}
