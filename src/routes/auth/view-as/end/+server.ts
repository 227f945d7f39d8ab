import { redirect } from '@sveltejs/kit';
import { endpoint } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { createUserClient } from '$lib/server/supabase';
import { forgetViewAs } from '$lib/server/view-as';
import type { RequestHandler } from './$types';

/** Ends the view: the admin is themselves again. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	requireClaims(event);
	const { viewAs, requestId } = event.locals;
	forgetViewAs(event.cookies);
	if (!viewAs) redirect(303, '/');
	// As oneself: inside the view nothing can be written, its own end included.
	unwrap(await createUserClient(event, requestId).rpc('end_view_as', { view: viewAs.id }));
	redirect(303, `/${viewAs.slug}/settings/members`);
});
