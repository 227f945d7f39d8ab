import { redirect } from '@sveltejs/kit';
import { createField, moveField } from '$lib/custom-fields/actions';
import { readFields } from '$lib/custom-fields/queries';
import { textsOf } from '$lib/records/actions';
import { forForm, forPage } from '$lib/server/answer';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		return { fields: await readFields(event.locals.supabase, org.id) };
	});
};

export const actions: Actions = {
	create: async (event) => {
		const form = await event.request.formData();
		return forForm({ typed: textsOf(form) }, async () => {
			const { org } = await openWorkspace(event);
			const id = await createField(event.locals.supabase, org.id, form);
			redirect(303, `/${org.slug}/settings/fields/${id}`);
		});
	},
	move: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await moveField(event.locals.supabase, org.id, form);
		});
	}
};
