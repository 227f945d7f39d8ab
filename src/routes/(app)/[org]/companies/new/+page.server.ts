import { redirect } from '@sveltejs/kit';
import { may } from '$lib/access/access';
import { createCompany } from '$lib/companies/actions';
import { companyFields } from '$lib/companies/fields';
import { textsOf } from '$lib/records/actions';
import { formValues } from '$lib/records/fields';
import { forForm, forPage } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const user = requireUser(event);
	return forPage(async () => {
		const { access } = await openWorkspace(event);
		if (!may(access, 'companies', 'create'))
			throw new AppError(403, 'forbidden', 'Your role does not allow new companies. Ask an admin of the workspace.');
		return { values: formValues(companyFields, { owner_id: user.id }) };
	});
};

export const actions: Actions = {
	default: async (event) => {
		const form = await event.request.formData();
		return forForm({ values: formValues(companyFields, textsOf(form)) }, async () => {
			const { org } = await openWorkspace(event);
			const id = await createCompany(event.locals.supabase, org.id, form);
			redirect(303, `/${org.slug}/companies/${id}`);
		});
	}
};
