import { settleIn } from '$lib/account/arrival';
import { changePassword, mailboxProved } from '$lib/account/password';
import { readSecondFactor } from '$lib/account/second-factor';
import { forForm, forPage } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => {
		const [forgotten, { recovered }] = await Promise.all([mailboxProved(event), readSecondFactor(event)]);
		return { forgotten, recovered };
	});
};

export const actions: Actions = {
	default: async (event) => {
		requireUser(event);
		const form = await event.request.formData();
		return forForm({ changed: false }, async () => {
			await changePassword(event, form);
			// No browser is trusted after that but this one, which has just proved the person again.
			await settleIn(event);
			return { changed: true, problem: null };
		});
	}
};
