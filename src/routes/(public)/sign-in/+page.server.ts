import { redirect } from '@sveltejs/kit';
import { signInForm } from '$lib/access/sign-in';
import { forForm, parse } from '$lib/server/answer';
import { toAuthError } from '$lib/server/errors';
import { safeNext } from '$lib/server/next';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, url }) => {
	const next = safeNext(url.searchParams.get('next'));
	// Two requests may race with one expired session; the loser lands here and is sent straight back.
	if (locals.user) redirect(303, next);
	return { next, email: url.searchParams.get('email') ?? '' };
};

export const actions: Actions = {
	default: async ({ request, locals, url }) => {
		const form = await request.formData();
		const kept = { email: String(form.get('email') ?? '') };
		return forForm(kept, async () => {
			const { email, password } = parse(signInForm, Object.fromEntries(form));
			const { error } = await locals.supabase.auth.signInWithPassword({ email, password });
			if (error) throw toAuthError(error);
			redirect(303, safeNext(url.searchParams.get('next')));
		});
	}
};
