import { formatWait } from '$lib/account/ago';
import { AppError, toAuthError, unwrap } from '$lib/server/errors';
import { createServiceClient, type Supabase } from '$lib/server/supabase';

/**
 * Tries a password: on success `client` holds a session. Tries are counted for the address before they are made, whether anybody has it or not, and wrong ones
 * lock it for a while; a locked address is refused before the password is looked at. A browser that its person has signed in from (`device`, its random name) is
 * counted apart, so that strangers cannot lock it out. Returns the id of whoever it signed in. Throws AppError.
 */
export async function signInWithPassword(client: Supabase, email: string, password: string, device: string | undefined): Promise<string> {
	const service = createServiceClient();
	// The generated type does not know that a function of scalars may answer null.
	const until: string | null = unwrap(await service.rpc('begin_sign_in', { email, device }));
	if (until !== null) {
		const wait = formatWait((Date.parse(until) - Date.now()) / 1000);
		throw new AppError(429, 'sign_in_locked', `Too many wrong passwords for this address. Try again in ${wait}, or choose a new password.`);
	}
	const { data, error } = await client.auth.signInWithPassword({ email, password });
	// Auth being away is nobody's wrong password.
	const outcome = !error ? 'right' : error.code === 'invalid_credentials' ? 'wrong' : 'unknown';
	if (outcome !== 'wrong') unwrap(await service.rpc('end_sign_in', { email, outcome, device }));
	if (error) throw toAuthError(error);
	return data.user.id;
}
