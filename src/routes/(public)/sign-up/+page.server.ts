import { redirect } from '@sveltejs/kit';
import { signUpForm } from '$lib/access/sign-in';
import { settleIn } from '$lib/account/arrival';
import { currencyOf, currencyOptions } from '$lib/records/currencies';
import { forForm, parse } from '$lib/server/answer';
import { AppError, toAuthError } from '$lib/server/errors';
import { createWorkspace } from '$lib/server/workspace';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals, request }) => {
	if (locals.user) redirect(303, '/');
	return { currencies: currencyOptions(), currency: currencyOf(request.headers.get('accept-language')) };
};

export const actions: Actions = {
	default: async (event) => {
		const { request, locals, url } = event;
		const form = Object.fromEntries(await request.formData());
		const text = (name: string) => String(form[name] ?? '');
		const kept = { name: text('name'), email: text('email'), workspace: text('workspace'), currency: text('currency'), confirm: false };
		return forForm(kept, async () => {
			const { name, email, password, workspace, currency } = parse(signUpForm, form);
			const { data, error } = await locals.supabase.auth.signUp({
				email,
				password,
				// The workspace's name travels along, so that /welcome can offer it where the address must be confirmed first.
				options: { data: { full_name: name, workspace_name: workspace }, emailRedirectTo: `${url.origin}/welcome` }
			});
			if (error) throw toAuthError(error);
			// Where addresses are confirmed, a taken address gets the answer of a new one: whether somebody has an account is nobody's business.
			if (!data.session) return { ...kept, confirm: true, problem: null };

			await settleIn(event);
			let home = '/welcome';
			try {
				home = await createWorkspace(locals.supabase, workspace, currency);
			} catch (problem) {
				// The account stands; the workspace is asked for again on the next page.
				if (!(problem instanceof AppError)) throw problem;
			}
			redirect(303, home);
		});
	}
};
