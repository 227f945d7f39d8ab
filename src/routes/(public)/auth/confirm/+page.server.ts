import { redirect } from '@sveltejs/kit';
import { settleIn } from '$lib/account/arrival';
import { isLetterType, useLetter } from '$lib/account/letter-link';
import { forForm } from '$lib/server/answer';
import { nextOfLetter } from '$lib/server/next';
import type { Actions, PageServerLoad } from './$types';

/** Opening the page uses nothing up: programs that look through letters open links too. The button does. */
export const load: PageServerLoad = ({ url }) => {
	const type = url.searchParams.get('type');
	return {
		type: isLetterType(type) ? type : null,
		tokenHash: url.searchParams.get('token_hash'),
		next: url.searchParams.get('next') ?? ''
	};
};

export const actions: Actions = {
	default: async (event) => {
		const form = Object.fromEntries(await event.request.formData());
		const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '');
		const asked = text('type');
		const type = isLetterType(asked) ? asked : null;
		const kept = { type, email: text('email'), next: text('next'), half: false };
		return forForm(kept, async () => {
			const outcome = await useLetter(event, form);
			if (outcome === 'half') return { ...kept, half: true, problem: null };
			if (outcome === 'moved') {
				// The session of whoever is here still has the former address in its token.
				if (event.locals.user) await event.locals.supabase.auth.refreshSession();
				redirect(303, event.locals.user ? '/account/email?moved' : '/sign-in?reason=address');
			}
			const goal = nextOfLetter(text('next'), event.url.origin, type === 'recovery' || type === 'invite' ? '/account/password' : '/');
			redirect(303, (await settleIn(event)) ? goal : `/sign-in/code?next=${encodeURIComponent(goal)}`);
		});
	}
};
