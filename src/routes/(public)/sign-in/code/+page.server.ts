import { redirect } from '@sveltejs/kit';
import { z } from 'zod';
import { sixDigits } from '$lib/access/sign-in';
import { settleIn } from '$lib/account/arrival';
import { enterCode, enterRecoveryCode, owesSecondFactor, readFactors } from '$lib/account/second-factor';
import { forForm, forPage, parse } from '$lib/server/answer';
import { requireUser } from '$lib/server/guards';
import { safeNext } from '$lib/server/next';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { email } = requireUser(event);
	const next = safeNext(event.url.searchParams.get('next'));
	return forPage(async () => {
		if (!(await owesSecondFactor(event.locals.supabase))) redirect(303, next);
		return { next, email, factors: await readFactors(event.locals.supabase) };
	});
};

const codeForm = z.object({ factor: z.uuid('Choose an authenticator.'), code: sixDigits });
const recoveryForm = z.object({
	recovery: z.string().trim().min(1, 'Type one of your recovery codes.').max(40, 'This is too long for a code.')
});

export const actions: Actions = {
	code: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({ recovering: false }, async () => {
			const { factor, code } = parse(codeForm, form);
			await enterCode(event.locals.supabase, factor, code);
			await settleIn(event);
			redirect(303, safeNext(event.url.searchParams.get('next')));
		});
	},
	recovery: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({ recovering: true }, async () => {
			await enterRecoveryCode(event, parse(recoveryForm, form).recovery);
			await settleIn(event);
			const next = safeNext(event.url.searchParams.get('next'));
			// An authenticator that is not at hand is probably lost: the next page removes it and sets up another, or goes on.
			redirect(303, `/account/second-factor?next=${encodeURIComponent(next)}`);
		});
	}
};
