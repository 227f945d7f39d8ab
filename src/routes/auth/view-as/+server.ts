import { redirect } from '@sveltejs/kit';
import { endpoint, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { rememberViewAs } from '$lib/server/view-as';
import { openWorkspace } from '$lib/server/workspace';
import { z } from 'zod';
import type { RequestHandler } from './$types';

const beginForm = z.object({ org: z.string(), member: z.guid(), reason: z.string().max(500).default('') });

/** Begins to see a workspace as one of its members, and leads into it. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	requireClaims(event);
	const { org: slug, member, reason } = parse(beginForm, Object.fromEntries(await event.request.formData()));
	const { org } = await openWorkspace({
		locals: event.locals,
		url: event.url,
		cookies: event.cookies,
		request: event.request,
		params: { org: slug }
	});
	const id = unwrap(await event.locals.supabase.rpc('begin_view_as', { org: org.id, member, reason }));
	rememberViewAs(event.cookies, { id, memberId: member, slug: org.slug }, event.url.protocol === 'https:');
	redirect(303, `/${org.slug}`);
});
