import type { RequestEvent } from '@sveltejs/kit';
import { joinForm } from '$lib/access/sign-in';
import { readInvitationPath } from '$lib/access/invitation-link';
import { parse } from '$lib/server/answer';
import { AppError, toAuthError, unwrap } from '$lib/server/errors';
import { createServiceClient } from '$lib/server/supabase';

/** Where an invitation stands. `unknown` is also one whose link a newer letter replaced. */
export type InvitationState = 'open' | 'expired' | 'revoked' | 'accepted' | 'unknown';

/**
 * What an invitation says to whoever holds its link. Whether its address has an account is told by letter only, else whoever invites could ask it of
 * any address; null where it is not told.
 */
export type Invitation = { email: string; workspace: string; role: string; invitedBy: string; hasAccount: boolean | null };

const states: readonly string[] = ['open', 'expired', 'revoked', 'accepted'] satisfies InvitationState[];
const isState = (text: string): text is InvitationState => states.includes(text);

/** Reads the invitation behind a link. Of one that was withdrawn, is used or has run out, only that. */
export async function readInvitation(path: string): Promise<{ state: InvitationState; invitation: Invitation | null }> {
	const { token, byLetter } = readInvitationPath(path);
	const [found] = unwrap(await createServiceClient().rpc('read_invitation', { token }));
	if (!found || !isState(found.state)) return { state: 'unknown', invitation: null };
	if (found.state !== 'open') return { state: found.state, invitation: null };
	const { email, workspace, role, invited_by, has_account } = found;
	return { state: found.state, invitation: { email, workspace, role, invitedBy: invited_by, hasAccount: byLetter ? has_account : null } };
}

/**
 * Opens an account for a new person who was invited and signs this browser in. A link from the letter has proved the mailbox; any other is followed by
 * whatever confirmation the project asks of everybody: then false, and a letter is on its way. Throws AppError.
 */
export async function openAccount(event: RequestEvent, path: string, form: Record<string, FormDataEntryValue>): Promise<boolean> {
	const { name, password } = parse(joinForm, form);
	const { state, invitation } = await readInvitation(path);
	if (state !== 'open' || !invitation) throw new AppError(410, 'invitation_over', 'This invitation is over. Ask for a new one.');
	const { email } = invitation;
	const { supabase } = event.locals;
	const userData = { full_name: name };
	if (!readInvitationPath(path).byLetter) {
		const options = { data: userData, emailRedirectTo: `${event.url.origin}/invite/${path}` };
		const { data, error } = await supabase.auth.signUp({ email, password, options });
		if (error) throw toAuthError(error);
		return data.session !== null;
	}
	const made = await createServiceClient().auth.admin.createUser({ email, password, email_confirm: true, user_metadata: userData });
	if (made.error) throw toAuthError(made.error);
	const { error } = await supabase.auth.signInWithPassword({ email, password });
	if (error) throw toAuthError(error);
	return true;
}

/** Makes the signed-in person a member; returns the workspace's address in the app. Throws AppError. */
export async function acceptInvitation(event: RequestEvent, path: string): Promise<string> {
	return unwrap(await event.locals.supabase.rpc('accept_invitation', { token: readInvitationPath(path).token }));
}
