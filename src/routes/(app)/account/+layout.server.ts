import { photoUrl } from '$lib/account/photo';
import { forPage } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { formattingOf } from '$lib/server/formatting';
import { requireUser } from '$lib/server/guards';
import type { LayoutServerLoad } from './$types';

/** Whose account this is. Needs no workspace: people who are kept out of theirs come here to mend why. */
export const load: LayoutServerLoad = async (event) => {
	const { id } = requireUser(event);
	event.depends('app:account');
	return forPage(async () => {
		const profile = unwrap(
			await event.locals.supabase.from('profiles').select('full_name, email, photo_path, time_zone, locale').eq('id', id).single()
		);
		return {
			account: { id, name: profile.full_name || profile.email, email: profile.email, photo: photoUrl(id, profile.photo_path) },
			formatting: formattingOf(event.cookies, profile)
		};
	});
};
