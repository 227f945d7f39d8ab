import type { RequestEvent } from '@sveltejs/kit';
import { deviceOf } from '$lib/access/device';
import { addressForm, passwordForm } from '$lib/access/sign-in';
import { signInWithPassword } from '$lib/access/sign-in-attempt';
import { parse } from '$lib/server/answer';
import { AppError, toAppError, toAuthError } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import { logProblem } from '$lib/server/log';
import { createServiceClient, createUnkeptClient } from '$lib/server/supabase';

/** Minutes in which a session opened by a letter may choose a password without knowing the one before. */
const letterMinutes = 15;

/** Asks for the password again: an open session is not enough for what protects the account. Throws AppError beside the field `current`. */
export async function checkPassword(event: RequestEvent, password: string): Promise<void> {
	const client = createUnkeptClient(event);
	const { sub, email } = requireClaims(event);
	const whose = await signInWithPassword(client, email, password, deviceOf(event.cookies)).catch((problem: unknown) => {
		if (problem instanceof AppError && problem.code === 'invalid_credentials') return null;
		throw problem;
	});
	if (whose !== null) await client.auth.signOut({ scope: 'local' });
	// The address is the token's. The account may have left it since, and somebody else may have it now.
	if (whose !== sub) throw new AppError(400, 'wrong_password', 'This is not your password.', { field: 'current' });
}

/** Whether this session was opened by a link or code from the mailbox just now: then nobody asks for a forgotten password. */
export async function mailboxProved(event: RequestEvent): Promise<boolean> {
	const { data } = await event.locals.supabase.auth.getClaims();
	const since = Date.now() / 1000 - letterMinutes * 60;
	for (const entry of data?.claims.amr ?? []) {
		if (typeof entry === 'string') continue;
		if (['otp', 'recovery', 'magiclink', 'invite'].includes(entry.method) && entry.timestamp > since) return true;
	}
	return false;
}

/** Changes the password; every other session ends. Chosen by letter, it also opens an address that wrong ones had locked. Throws AppError. */
export async function changePassword(event: RequestEvent, form: FormData): Promise<void> {
	const { current, password } = parse(passwordForm, { current: '', ...Object.fromEntries(form) });
	const byLetter = await mailboxProved(event);
	if (!byLetter) {
		if (current === '') throw new AppError(400, 'invalid_input', 'Type your present password.', { field: 'current' });
		await checkPassword(event, current);
	}
	const { data, error } = await event.locals.supabase.auth.updateUser({ password });
	if (error) throw toAuthError(error);
	if (byLetter && data.user.email) await unlock(data.user.email);
}

/** Forgets the wrong passwords for an address. The new one stands already, so a failure is only logged: the lock ends by itself. */
async function unlock(email: string): Promise<void> {
	const { error } = await createServiceClient().rpc('end_sign_in', { email, outcome: 'right' });
	if (error) logProblem(toAppError(error));
}

/** Asks to move the account to another address, which both mailboxes must confirm. Returns the address. Throws AppError. */
export async function changeAddress(event: RequestEvent, form: FormData): Promise<string> {
	const { email, current } = parse(addressForm, Object.fromEntries(form));
	if (email === requireClaims(event).email) throw new AppError(400, 'same_address', 'This is your address already.', { field: 'email' });
	await checkPassword(event, current);
	const { error } = await event.locals.supabase.auth.updateUser({ email }, { emailRedirectTo: `${event.url.origin}/account/email` });
	// That somebody has this address shows to whoever reads its mail, and to nobody else.
	if (error && error.code !== 'email_exists') throw toAuthError(error);
	return email;
}
