import { redirect } from '@sveltejs/kit';
import { may } from '$lib/access/access';
import { createContact } from '$lib/contacts/actions';
import { contactFields } from '$lib/contacts/fields';
import { textsOf } from '$lib/records/actions';
import { formValues } from '$lib/records/fields';
import { namesOfCompanies } from '$lib/records/names';
import { isRecordId } from '$lib/records/record-id';
import { forForm, forPage } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

/** `?company=<id>` links the new contact to a company beforehand. */
export const load: PageServerLoad = async (event) => {
	const user = requireUser(event);
	const wished = event.url.searchParams.get('company');
	return forPage(async () => {
		const { org, access } = await openWorkspace(event);
		if (!may(access, 'contacts', 'create'))
			throw new AppError(403, 'forbidden', 'Your role does not allow new contacts. Ask an admin of the workspace.');
		const [company] = isRecordId(wished) ? await namesOfCompanies(event.locals.supabase, org.id, [wished]) : [];
		return {
			values: formValues(contactFields, { owner_id: user.id, company_id: company?.[0] }),
			texts: { company_id: company?.[1] ?? '' }
		};
	});
};

export const actions: Actions = {
	default: async (event) => {
		const form = await event.request.formData();
		return forForm({ values: formValues(contactFields, textsOf(form)) }, async () => {
			const { org } = await openWorkspace(event);
			const id = await createContact(event.locals.supabase, org.id, form);
			redirect(303, `/${org.slug}/contacts/${id}`);
		});
	}
};
