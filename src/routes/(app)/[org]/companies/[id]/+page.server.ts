import { redirect } from '@sveltejs/kit';
import { claimCompany, saveCompany } from '$lib/companies/actions';
import { readCompany } from '$lib/companies/queries';
import { moveToTrash, restoreFromTrash } from '$lib/records/trash-actions';
import { forForm, forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:companies');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		return readCompany(event.locals.supabase, org.id, event.params.id);
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			return saveCompany(event.locals.supabase, org.id, event.params.id, form);
		});
	},
	trash: async (event) =>
		forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await moveToTrash(event.locals.supabase, 'companies', event.params.id);
			redirect(303, `/${org.slug}/companies`);
		}),
	claim: async (event) => {
		const user = requireUser(event);
		return forForm({}, async () => {
			const { org } = await openWorkspace(event);
			await claimCompany(event.locals.supabase, org.id, event.params.id, user.id);
		});
	},
	restore: async (event) => forForm({}, () => restoreFromTrash(event.locals.supabase, 'companies', event.params.id))
};
