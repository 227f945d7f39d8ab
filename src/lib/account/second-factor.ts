import type { RequestEvent } from '@sveltejs/kit';
import { AppError, toAuthError, unwrap } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import { createServiceClient, type Supabase } from '$lib/server/supabase';
import { lostFactorLetter, recoveryCodeLetter } from './letters';
import { tell } from './post';

/** An authenticator app that a person has set up. */
export type Factor = { id: string; name: string; createdAt: string };

/** What stands between a stolen password and the account. */
export type SecondFactor = {
	factors: Factor[];
	/** This session used a recovery code in place of its authenticator, which is probably lost. */
	recovered: boolean;
	/** Recovery codes that are still good. */
	codesLeft: number;
};

/** The verified authenticators of the session's person. */
export async function readFactors(supabase: Supabase): Promise<Factor[]> {
	const { data, error } = await supabase.auth.mfa.listFactors();
	if (error) throw toAuthError(error);
	return data.totp.map(({ id, friendly_name, created_at }) => ({ id, name: friendly_name || 'Authenticator', createdAt: created_at }));
}

/** Throws AppError `second_factor` from a session that owes it. */
export async function readSecondFactor(event: RequestEvent): Promise<SecondFactor> {
	const { supabase } = event.locals;
	const [factors, left] = await Promise.all([readFactors(supabase), supabase.rpc('count_recovery_codes')]);
	const codesLeft = unwrap(left);
	// The database has answered although the token tells of no second factor: so it knows this session by a recovery code.
	return { factors, recovered: factors.length > 0 && requireClaims(event).level === 'aal1', codesLeft };
}

/** Whether the session must name its second factor before the database shows it anything. */
export async function owesSecondFactor(supabase: Supabase): Promise<boolean> {
	const { error } = await supabase.rpc('who_am_i');
	return error?.hint === 'second_factor';
}

/** A factor on its way: what the authenticator app is to learn. `qrCode` is a data URL. */
export type Enrolment = { id: string; name: string; qrCode: string; secret: string };

/** Begins to set up an authenticator; it counts once `finishEnrolment` has seen a code of it. */
export async function beginEnrolment(supabase: Supabase, name: string): Promise<Enrolment> {
	const { data: known, error: unread } = await supabase.auth.mfa.listFactors();
	if (unread) throw toAuthError(unread);
	// What was begun and left before would hold on to its name.
	for (const { id, status } of known.all) if (status === 'unverified') await supabase.auth.mfa.unenroll({ factorId: id });
	const { data, error } = await supabase.auth.mfa.enroll({ factorType: 'totp', friendlyName: name, issuer: 'GeminiCRM' });
	if (error) throw toAuthError(error);
	return { id: data.id, name, qrCode: data.totp.qr_code, secret: data.totp.secret };
}

/** Uses a code of an authenticator: this session has a second factor from now on. */
export async function enterCode(supabase: Supabase, factorId: string, code: string): Promise<void> {
	const { error } = await supabase.auth.mfa.challengeAndVerify({ factorId, code });
	if (error) throw toAuthError(error);
}

/** Ten new recovery codes; the former ones are void. */
export async function renewCodes(supabase: Supabase): Promise<string[]> {
	return unwrap(await supabase.rpc('renew_recovery_codes'));
}

/** Uses a recovery code in place of the authenticator, and tells the person of it. */
export async function enterRecoveryCode(event: RequestEvent, code: string): Promise<void> {
	const right = unwrap(await event.locals.supabase.rpc('use_recovery_code', { code }));
	if (!right)
		throw new AppError(400, 'wrong_code', 'This recovery code is wrong, was used already, or is of an older list.', { field: 'recovery' });
	tell(event, requireClaims(event).email, recoveryCodeLetter);
}

/** Removes an authenticator. A session that used a recovery code removes the lost one with the service's rights; any other must have used one itself. */
export async function removeFactor(event: RequestEvent, factorId: string): Promise<void> {
	const { supabase } = event.locals;
	const { sub, email } = requireClaims(event);
	const { factors, recovered } = await readSecondFactor(event);
	if (!factors.some(({ id }) => id === factorId)) throw new AppError(404, 'not_found', 'This authenticator is gone already.');
	if (recovered) {
		const { error } = await createServiceClient().auth.admin.mfa.deleteFactor({ userId: sub, id: factorId });
		if (error) throw toAuthError(error);
		tell(event, email, lostFactorLetter);
		return;
	}
	const { error } = await supabase.auth.mfa.unenroll({ factorId });
	if (error) throw toAuthError(error);
	// The token still tells of the factor that is gone.
	await supabase.auth.refreshSession();
}
