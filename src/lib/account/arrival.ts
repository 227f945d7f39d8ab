import type { RequestEvent } from '@sveltejs/kit';
import { nameDevice } from '$lib/access/device';
import { toAppError } from '$lib/server/errors';
import { logProblem } from '$lib/server/log';
import { newDeviceLetter } from './letters';
import { tell } from './post';
import { readPreferences } from './preferences';

const aYear = 60 * 60 * 24 * 365;

/**
 * What follows a sign-in: the browser is remembered, a new one is told of by letter, and the theme the person chose is taken over. False when the
 * session owes a second factor first; then it is called again after that. Nothing here may stop a sign-in.
 */
export async function settleIn(event: RequestEvent): Promise<boolean> {
	const { supabase } = event.locals;
	const { data: isNew, error } = await supabase.rpc('note_device', { device: nameDevice(event) });
	if (error) {
		const { code } = toAppError(error);
		if (code === 'second_factor') return false;
		logProblem(error, { code });
		return true;
	}
	const { data } = await supabase.auth.getClaims();
	const email = data?.claims.email;
	if (isNew && typeof email === 'string') tell(event, email, newDeviceLetter);
	await takeTheme(event);
	return true;
}

/** On a machine without a theme of its own, the person's. */
async function takeTheme(event: RequestEvent): Promise<void> {
	if (event.cookies.get('theme')) return;
	const { data } = await event.locals.supabase.from('preferences').select('settings').maybeSingle();
	if (data) keepTheme(event, readPreferences(data.settings).theme);
}

/** Writes the cookie that pages are drawn by. Scripts may read it: the menu changes it without asking the server. */
export function keepTheme(event: RequestEvent, theme: string): void {
	event.cookies.set('theme', theme, { ...cookie(event), httpOnly: false });
}

const cookie = (event: RequestEvent) => ({ path: '/', sameSite: 'lax', secure: event.url.protocol === 'https:', maxAge: aYear }) as const;
