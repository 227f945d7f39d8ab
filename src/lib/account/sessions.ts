import { placeOf } from '$lib/server/country';
import { toAuthError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { deviceName, isHandheld } from './device-name';

/** A place where a person is signed in. `place` is the network address it last came from, with its country. */
export type SignedInPlace = {
	id: string;
	device: string;
	isHandheld: boolean;
	place: string;
	lastActiveAt: string;
	since: string;
	isCurrent: boolean;
};

/** Where the session's person is signed in, this session first, then the last active. */
export async function readSessions(supabase: Supabase): Promise<SignedInPlace[]> {
	const rows = unwrap(await supabase.rpc('list_sessions'));
	return rows
		.map(({ id, user_agent, ip, last_active_at, created_at, is_current }) => ({
			id,
			device: deviceName(user_agent),
			isHandheld: isHandheld(user_agent),
			place: placeOf(ip),
			lastActiveAt: last_active_at,
			since: created_at,
			isCurrent: is_current
		}))
		.sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent));
}

/** Ends one session; the next click there leads to sign-in. One that has ended already is fine. */
export async function endSession(supabase: Supabase, id: string): Promise<void> {
	unwrap(await supabase.rpc('revoke_session', { session_id: id }));
}

/** Ends every session but this one. */
export async function endOtherSessions(supabase: Supabase): Promise<void> {
	// Auth asks for no second factor here; the database does.
	unwrap(await supabase.rpc('who_am_i'));
	const { error } = await supabase.auth.signOut({ scope: 'others' });
	if (error) throw toAuthError(error);
}
