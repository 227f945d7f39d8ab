import { redirect } from '@sveltejs/kit';
import { forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import { homeOf } from '$lib/server/workspace';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	redirect(303, await forPage(() => homeOf(event.locals.supabase, event.cookies)));
};
