import { removePhoto, savePhoto } from '$lib/account/photo';
import { locales, profileForm, timeZones } from '$lib/account/profile';
import { forForm, forPage, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireUser } from '$lib/server/guards';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { id } = requireUser(event);
	return forPage(async () => {
		const profile = unwrap(
			await event.locals.supabase.from('profiles').select('full_name, title, phone, time_zone, locale').eq('id', id).single()
		);
		return { profile, timeZones: timeZones(), locales };
	});
};

export const actions: Actions = {
	save: async (event) => {
		const { id } = requireUser(event);
		const form = Object.fromEntries(await event.request.formData());
		const text = (name: string) => String(form[name] ?? '');
		const typed = {
			full_name: text('full_name'),
			title: text('title'),
			phone: text('phone'),
			time_zone: text('time_zone'),
			locale: text('locale')
		};
		return forForm({ typed }, async () => {
			unwrap(await event.locals.supabase.from('profiles').update(parse(profileForm, typed)).eq('id', id));
			return { done: 'Profile saved' };
		});
	},
	photo: async (event) => {
		const { id } = requireUser(event);
		const form = await event.request.formData();
		return forForm({}, async () => {
			await savePhoto(event.locals.supabase, id, form.get('photo'));
			return { done: 'Photo saved' };
		});
	},
	removePhoto: async (event) => {
		const { id } = requireUser(event);
		return forForm({}, async () => {
			await removePhoto(event.locals.supabase, id);
			return { done: 'Photo removed' };
		});
	}
};
