import { keepTheme } from '$lib/account/arrival';
import { preferencesForm, readPreferences, startPages, themes } from '$lib/account/preferences';
import { forForm, forPage, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	requireUser(event);
	return forPage(async () => {
		const row = unwrap(await event.locals.supabase.from('preferences').select('settings').maybeSingle());
		return { preferences: readPreferences(row?.settings), themes, startPages };
	});
};

export const actions: Actions = {
	default: async (event) => {
		requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		return forForm({}, async () => {
			const preferences = parse(preferencesForm, form);
			const { supabase } = event.locals;
			const before = unwrap(await supabase.from('preferences').select('settings').maybeSingle())?.settings;
			// Other parts of the app keep their own there.
			const others = typeof before === 'object' && !Array.isArray(before) ? before : {};
			unwrap(await supabase.from('preferences').upsert({ settings: { ...others, ...preferences } }, { onConflict: 'user_id' }));
			keepTheme(event, preferences.theme);
			return { problem: null };
		});
	}
};
