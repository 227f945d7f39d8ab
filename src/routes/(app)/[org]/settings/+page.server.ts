import { currencyOptions } from '$lib/records/currencies';
import { transferWorkspace } from '$lib/members/actions';
import { forForm, forPage } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { openWorkspace } from '$lib/server/workspace';
import { saveWorkspace } from '$lib/workspace/actions';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		const { owner_id } = unwrap(await event.locals.supabase.from('organizations').select('owner_id').eq('id', org.id).single());
		return { ownerId: owner_id, currencies: currencyOptions() };
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		const kept = { name: String(form.get('name') ?? ''), currency: String(form.get('currency') ?? '') };
		return forForm(kept, async () => {
			const { org } = await openWorkspace(event);
			await saveWorkspace(event.locals.supabase, org.id, form);
			return { saved: true };
		});
	},
	transfer: async (event) => {
		const form = await event.request.formData();
		return forForm({ transferring: true }, async () => {
			const { org } = await openWorkspace(event);
			await transferWorkspace(event.locals.supabase, org.id, form);
			return { saved: true };
		});
	}
};
