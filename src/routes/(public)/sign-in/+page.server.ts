import { redirect } from '@sveltejs/kit';
import { deviceOf } from '$lib/access/device';
import { signInForm } from '$lib/access/sign-in';
import { signInWithPassword } from '$lib/access/sign-in-attempt';
import { settleIn } from '$lib/account/arrival';
import { forForm, parse } from '$lib/server/answer';
import { safeNext } from '$lib/server/next';
import type { Actions, PageServerLoad } from './$types';

/** Why somebody is here who was somewhere else a moment ago. A map, because the address can say anything: an object would know `constructor` too. */
const reasons = new Map([
	['ended', 'Your session has ended. Sign in again; you come back to where you were.'],
	['too-old', 'This workspace asks people to sign in again after a while. You come back to where you were.'],
	['address', 'Your e-mail address has changed. Sign in with the new one.'],
	['deleted', 'Your account is deleted. Thank you for having been here.']
]);

export const load: PageServerLoad = ({ locals, url }) => {
	const next = safeNext(url.searchParams.get('next'));
	// Two requests may race with one expired session; the loser lands here and is sent straight back.
	if (locals.user) redirect(303, next);
	return { next, email: url.searchParams.get('email') ?? '', reason: reasons.get(url.searchParams.get('reason') ?? '') ?? null };
};

export const actions: Actions = {
	default: async (event) => {
		const { request, locals, url } = event;
		const form = await request.formData();
		const kept = { email: String(form.get('email') ?? '') };
		return forForm(kept, async () => {
			const { email, password } = parse(signInForm, Object.fromEntries(form));
			await signInWithPassword(locals.supabase, email, password, deviceOf(event.cookies));
			const next = safeNext(url.searchParams.get('next'));
			redirect(303, (await settleIn(event)) ? next : `/sign-in/code?next=${encodeURIComponent(next)}`);
		});
	}
};
