import { redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { deleteAccount, ownedWorkspaces } from '$lib/account/deletion';
import { forForm, forPage, parse } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => ({ owned: await ownedWorkspaces(event.locals.supabase) }));
};

const deleteForm = z.object({ current: z.string().min(1, 'Type your password.') });

export const actions: Actions = {
	default: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({}, async () => {
			await deleteAccount(event, parse(deleteForm, form).current);
			redirect(303, '/sign-in?reason=deleted');
		});
	}
};
