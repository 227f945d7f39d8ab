import { isAuthRetryableFetchError } from '@supabase/supabase-js';
import { recoverForm } from '$lib/access/sign-in';
import { forForm, parse } from '$lib/server/answer';
import { toAuthError } from '$lib/server/errors';
import { createUnkeptClient } from '$lib/server/supabase';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ url, locals }) => ({ email: url.searchParams.get('email') ?? locals.user?.email ?? '' });

export const actions: Actions = {
	default: async (event) => {
		const form = await event.request.formData();
		const kept = { email: String(form.get('email') ?? '') };
		return forForm(kept, async () => {
			const { email } = parse(recoverForm, Object.fromEntries(form));
			const { error } = await createUnkeptClient(event).auth.resetPasswordForEmail(email, {
				redirectTo: `${event.url.origin}/account/password`
			});
			// Refusals say whether the address has an account (limits count known ones only, letters fail for known ones only): they are not passed on.
			if (isAuthRetryableFetchError(error) && error.status === 0) throw toAuthError(error);
			return { email, sent: true, problem: null };
		});
	}
};
