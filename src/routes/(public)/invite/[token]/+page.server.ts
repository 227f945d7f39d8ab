import { redirect } from '@sveltejs/kit';
import { settleIn } from '$lib/account/arrival';
import { acceptInvitation, openAccount, readInvitation } from '$lib/account/invitation';
import { forForm, forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) =>
	forPage(async () => {
		const { state, invitation } = await readInvitation(event.params.token);
		return { state, invitation, me: event.locals.user?.email ?? null };
	});

export const actions: Actions = {
	/** A new person: account, session, membership. */
	join: async (event) => {
		const form = Object.fromEntries(await event.request.formData());
		const kept = { name: String(form.name ?? ''), confirm: false };
		return forForm(kept, async () => {
			if (!(await openAccount(event, event.params.token, form))) return { ...kept, confirm: true, problem: null };
			await settleIn(event);
			redirect(303, `/${await acceptInvitation(event, event.params.token)}/pipeline`);
		});
	},
	/** Somebody who is signed in. */
	accept: async (event) => {
		requireUser(event);
		return forForm({ name: '', confirm: false }, async () =>
			redirect(303, `/${await acceptInvitation(event, event.params.token)}/pipeline`)
		);
	}
};
