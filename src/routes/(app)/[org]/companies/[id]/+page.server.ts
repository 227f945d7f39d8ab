import { redirect } from '@sveltejs/kit';
import { claimCompany, saveCompany } from '$lib/companies/actions';
import { readCompany } from '$lib/companies/queries';
import { readRecordFields } from '$lib/custom-fields/queries';
import { saveRecordFields } from '$lib/custom-fields/value-actions';
import { moveToTrash, restoreFromTrash } from '$lib/records/trash-actions';
import { forForm, forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:companies');
	return forPage(async () => {
		const { org, roleKey } = await openWorkspace(event);
		const { supabase } = event.locals;
		const { id } = event.params;
		const company = await readCompany(supabase, org.id, id);
		return { ...company, fields: await readRecordFields(supabase, { orgId: org.id, roleKey, resource: 'companies', id }) };
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
	fields: async (event) => {
		const form = await event.request.formData();
		return forForm({ fields: true }, async () => {
			const { org, roleKey } = await openWorkspace(event);
			await saveRecordFields(event.locals.supabase, { orgId: org.id, roleKey, resource: 'companies', id: event.params.id }, form);
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
