import { redirect } from '@sveltejs/kit';
import { deleteRole, saveRole } from '$lib/roles/actions';
import { readRole } from '$lib/roles/queries';
import { forForm, forPage } from '$lib/server/answer';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		return { role: await readRole(event.locals.supabase, org.id, event.params.id) };
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await saveRole(event.locals.supabase, org.id, event.params.id, form);
			return { saved: true };
		});
	},
	remove: async (event) =>
		forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await deleteRole(event.locals.supabase, org.id, event.params.id);
			redirect(303, `/${org.slug}/settings/roles`);
		})
};
