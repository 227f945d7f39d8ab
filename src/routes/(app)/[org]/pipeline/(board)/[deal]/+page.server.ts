import { error } from '@sveltejs/kit';
import { readRecordFields } from '$lib/custom-fields/queries';
import { saveRecordFields } from '$lib/custom-fields/value-actions';
import { isId } from '$lib/deals/model';
import { readDeal, readStageChanges } from '$lib/deals/queries';
import { forForm, forPage } from '$lib/server/answer';
import { openWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { deal: id } = event.params;
	event.depends(`deal:${id}`);
	return forPage(async () => {
		const { org, roleKey } = await openWorkspace(event);
		const { supabase } = event.locals;
		const [deal, changes, fields] = isId(id)
			? await Promise.all([
					readDeal(supabase, org.id, id),
					readStageChanges(supabase, org.id, id),
					readRecordFields(supabase, { orgId: org.id, roleKey, resource: 'deals', id })
				])
			: [null, [], []];
		if (!deal) error(404, { message: 'This deal does not exist, or you may not see it. It may have been deleted.', code: 'not_found' });
		return { deal, changes, fields };
	});
};

export const actions: Actions = {
	fields: async (event) => {
		const form = await event.request.formData();
		return forForm({}, async () => {
			const { org, roleKey } = await openWorkspace(event);
			await saveRecordFields(event.locals.supabase, { orgId: org.id, roleKey, resource: 'deals', id: event.params.deal }, form);
		});
	}
};
