import { redirect } from '@sveltejs/kit';
import { endpoint } from '$lib/server/answer';
import { requireSameOrigin } from '$lib/server/guards';
import { safeNext } from '$lib/server/next';
import { forgetSession } from '$lib/server/supabase';
import type { RequestHandler } from './$types';

/** Ends this browser's session; others of the same person stay. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	const { locals, cookies, url } = event;
	const { error } = await locals.supabase.auth.signOut({ scope: 'local' });
	// Auth keeps the session when it cannot be reached. Here it ends all the same: somebody may be leaving a shared machine.
	if (error) forgetSession(cookies);
	redirect(303, safeNext(url.searchParams.get('next'), '/sign-in'));
});
