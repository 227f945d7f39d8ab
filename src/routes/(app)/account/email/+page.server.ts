import { changeAddress } from '$lib/account/password';
import { forForm, forPage } from '$lib/server/answer';
import { toAuthError } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => {
		const { data, error } = await event.locals.supabase.auth.getUser();
		if (error) throw toAuthError(error);
		return { email: data.user.email ?? '', pending: data.user.new_email || null, moved: event.url.searchParams.has('moved') };
	});
};

export const actions: Actions = {
	default: async (event) => {
		requireUser(event);
		const form = await event.request.formData();
		return forForm({ typed: String(form.get('email') ?? '') }, async () => ({
			typed: '',
			sent: await changeAddress(event, form),
			problem: null
		}));
	}
};
