import { redirect } from '@sveltejs/kit';
import { sessionCookie } from '$lib/server/supabase';
import type { RequestHandler } from './$types';

/** Ends this browser's session; others of the same person stay. Kit has already refused forms of other sites. */
export const POST: RequestHandler = async ({ locals, cookies }) => {
	const { error } = await locals.supabase.auth.signOut({ scope: 'local' });
	if (error) {
		// Auth keeps the session when it cannot be reached. Here it ends all the same: somebody may be leaving a shared machine.
		for (const { name } of cookies.getAll()) if (name.startsWith(sessionCookie)) cookies.delete(name, { path: '/' });
	}
	redirect(303, '/sign-in');
};
