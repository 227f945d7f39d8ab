import { z } from 'zod';
import { forForm, forPage, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => ({ workspaces: unwrap(await event.locals.supabase.rpc('my_workspaces')) }));
};

export const actions: Actions = {
	leave: async (event) => {
		const { id } = requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({}, async () => {
			const { workspace } = parse(z.object({ workspace: z.uuid() }), form);
			unwrap(await event.locals.supabase.rpc('remove_member', { org: workspace, member: id }));
			return { left: true };
		});
	}
};
