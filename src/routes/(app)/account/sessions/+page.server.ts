import { z } from 'zod';
import { endOtherSessions, endSession, readSessions } from '$lib/account/sessions';
import { readSecondFactor } from '$lib/account/second-factor';
import { forForm, forPage, parse } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => {
		const { recovered } = await readSecondFactor(event);
		return { recovered, sessions: recovered ? [] : await readSessions(event.locals.supabase), now: new Date().toISOString() };
	});
};

export const actions: Actions = {
	end: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({}, async () => {
			await endSession(event.locals.supabase, parse(z.object({ session: z.uuid() }), form).session);
			return { done: 'Signed out there' };
		});
	},
	endOthers: async (event) => {
		requireUser(event);
		return forForm({}, async () => {
			await endOtherSessions(event.locals.supabase);
			return { done: 'Signed out everywhere else' };
		});
	}
};
