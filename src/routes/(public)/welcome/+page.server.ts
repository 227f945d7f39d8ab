import { redirect } from '@sveltejs/kit';
import { workspaceForm } from '$lib/access/sign-in';
import { currencyOf, currencyOptions } from '$lib/records/currencies';
import { forForm, forPage, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import { createWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	const { locals, request } = event;
	return forPage(async () => {
		const workspaces = unwrap(await locals.supabase.from('organizations').select('slug, name').order('name'));
		const { data } = await locals.supabase.auth.getUser();
		const wished: unknown = data.user?.user_metadata.workspace_name;
		return {
			workspaces,
			email: locals.user?.email ?? '',
			suggestion: workspaces.length === 0 && typeof wished === 'string' ? wished : '',
			currencies: currencyOptions(),
			currency: currencyOf(request.headers.get('accept-language'))
		};
	});
};

export const actions: Actions = {
	default: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		const kept = { workspace: String(form.workspace ?? ''), currency: String(form.currency ?? '') };
		return forForm(kept, async () => {
			const { workspace, currency } = parse(workspaceForm, form);
			redirect(303, await createWorkspace(event.locals.supabase, workspace, currency));
		});
	}
};
