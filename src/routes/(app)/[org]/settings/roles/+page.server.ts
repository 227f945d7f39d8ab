import { redirect } from '@sveltejs/kit';
import { createRole } from '$lib/roles/actions';
import { readRoles } from '$lib/roles/queries';
import { forForm, forPage } from '$lib/server/answer';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		return { roles: await readRoles(event.locals.supabase, org.id) };
	});
};

export const actions: Actions = {
	create: async (event) => {
		const form = await event.request.formData();
		const kept = { name: String(form.get('name') ?? ''), like: String(form.get('like') ?? '') };
		return forForm(kept, async () => {
			const { org } = await openWorkspace(event);
			const id = await createRole(event.locals.supabase, org.id, form);
			redirect(303, `/${org.slug}/settings/roles/${id}`);
		});
	}
};
