import { redirect } from '@sveltejs/kit';
import { may } from '$lib/access/access';
import { deleteField, saveField } from '$lib/custom-fields/actions';
import { countValues, readField } from '$lib/custom-fields/queries';
import { isRecordId } from '$lib/records/record-id';
import { readRoles } from '$lib/roles/queries';
import { forForm, forPage } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org, access, roleKey } = await openWorkspace(event);
		const { supabase } = event.locals;
		const { id } = event.params;
		if (!isRecordId(id)) throw new AppError(404, 'not_found', 'There is no such field.');
		const [field, roles] = await Promise.all([readField(supabase, org.id, id), readRoles(supabase, org.id)]);
		const isAdmin = roleKey === 'admin';
		const mayDelete = may(access, 'custom_fields', 'delete') && (isAdmin || !field.restricted);
		return {
			field,
			roles: roles.map(({ id, key, name }) => ({ id, key, name })),
			isAdmin,
			/** How many values would go with it; null for those who may not remove it. */
			held: mayDelete ? await countValues(supabase, id) : null
		};
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org, roleKey } = await openWorkspace(event);
			await saveField(event.locals.supabase, org.id, event.params.id, form, roleKey === 'admin');
		});
	},
	remove: async (event) =>
		forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await deleteField(event.locals.supabase, org.id, event.params.id);
			redirect(303, `/${org.slug}/settings/fields`);
		})
};
