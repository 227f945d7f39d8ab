import type { RequestEvent } from '@sveltejs/kit';
import { AppError, unwrap } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import { createServiceClient, forgetSession, type Supabase } from '$lib/server/supabase';
import { checkPassword } from './password';
import { removePhoto } from './photo';

/** Names of the workspaces that somebody owns: they would be left without an owner. */
export async function ownedWorkspaces(supabase: Supabase): Promise<string[]> {
	return unwrap(await supabase.rpc('my_workspaces')).flatMap(({ name, is_owner }) => (is_owner ? [name] : []));
}

/** Deletes the account for good and forgets the session. Their records stay in the workspaces, without an owner. Throws AppError. */
export async function deleteAccount(event: RequestEvent, password: string): Promise<void> {
	const { sub } = requireClaims(event);
	// Refuses a session that has ended or owes its second factor. What comes below would not: it asks Auth, and acts with the service's rights.
	unwrap(await event.locals.supabase.rpc('who_am_i'));
	const owned = await ownedWorkspaces(event.locals.supabase);
	if (owned.length > 0) throw new AppError(409, 'owns_workspaces', `You own ${owned.join(', ')}. Hand over what you own first.`);
	await checkPassword(event, password);
	await removePhoto(event.locals.supabase, sub);
	const { error } = await createServiceClient().auth.admin.deleteUser(sub);
	if (error)
		throw new AppError(
			409,
			'not_deleted',
			'A workspace still needs you as its last admin. Make somebody else an admin there, then try again.',
			undefined,
			error
		);
	forgetSession(event.cookies);
}
