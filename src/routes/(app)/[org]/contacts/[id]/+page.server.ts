import { redirect } from '@sveltejs/kit';
import { claimContact, saveContact } from '$lib/contacts/actions';
import { readPersonal, savePersonal } from '$lib/contacts/personal-actions';
import { readContact } from '$lib/contacts/queries';
import { readRecordFields } from '$lib/custom-fields/queries';
import { saveRecordFields } from '$lib/custom-fields/value-actions';
import { moveToTrash, restoreFromTrash } from '$lib/records/trash-actions';
import { forForm, forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:contacts');
	return forPage(async () => {
		const { org, roleKey } = await openWorkspace(event);
		const { supabase } = event.locals;
		const { id } = event.params;
		const contact = await readContact(supabase, org.id, id);
		const [personal, fields] = await Promise.all([
			readPersonal(supabase, org.id, id),
			readRecordFields(supabase, { orgId: org.id, roleKey, resource: 'contacts', id })
		]);
		return { ...contact, personal, fields };
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			return saveContact(event.locals.supabase, org.id, event.params.id, form);
		});
	},
	personal: async (event) => {
		const form = await event.request.formData();
		return forForm({ personal: true }, async () => {
			const { org } = await openWorkspace(event);
			await savePersonal(event.locals.supabase, org.id, event.params.id, form);
		});
	},
	fields: async (event) => {
		const form = await event.request.formData();
		return forForm({ fields: true }, async () => {
			const { org, roleKey } = await openWorkspace(event);
			await saveRecordFields(event.locals.supabase, { orgId: org.id, roleKey, resource: 'contacts', id: event.params.id }, form);
		});
	},
	trash: async (event) =>
		forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await moveToTrash(event.locals.supabase, 'contacts', event.params.id);
			redirect(303, `/${org.slug}/contacts`);
		}),
	claim: async (event) => {
		const user = requireUser(event);
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await claimContact(event.locals.supabase, org.id, event.params.id, user.id);
		});
	},
	restore: async (event) => forForm({}, () => restoreFromTrash(event.locals.supabase, 'contacts', event.params.id))
};
