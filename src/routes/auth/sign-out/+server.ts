import { redirect } from '@sveltejs/kit';
import { safeNext } from '$lib/server/next';
import { forgetSession } from '$lib/server/supabase';
import type { RequestHandler } from './$types';

/** Ends this browser's session; others of the same person stay. Kit has already refused forms of other sites. */
export const POST: RequestHandler = async ({ locals, cookies, url }) => {
	const { error } = await locals.supabase.auth.signOut({ scope: 'local' });
	// Auth keeps the session when it cannot be reached. Here it ends all the same: somebody may be leaving a shared machine.
	if (error) forgetSession(cookies);
	redirect(303, safeNext(url.searchParams.get('next'), '/sign-in'));
};
