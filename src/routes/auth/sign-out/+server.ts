import { redirect } from '@sveltejs/kit';
import type { RequestHandler } from './$types';

/** Ends this browser's session; others of the same person stay. Kit has already refused forms of other sites. */
export const POST: RequestHandler = async ({ locals }) => {
	await locals.supabase.auth.signOut({ scope: 'local' });
	redirect(303, '/sign-in');
};
