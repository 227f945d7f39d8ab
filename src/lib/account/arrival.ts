import type { RequestEvent } from '@sveltejs/kit';
import { nameDevice } from '$lib/access/device';
import { toAppError } from '$lib/server/errors';
import { logProblem } from '$lib/server/log';
import { createServiceClient } from '$lib/server/supabase';
import { newDeviceLetter } from './letters';
import { tell } from './post';
import { readPreferences } from './preferences';
import { owesSecondFactor } from './second-factor';

const aYear = 60 * 60 * 24 * 365;

/**
 * What follows a sign-in: the browser is remembered, a new one is told of by letter, and the theme the person chose is taken over. False when the
 * session owes a second factor first; then it is called again after that. Nothing here may stop a sign-in.
 */
export async function settleIn(event: RequestEvent): Promise<boolean> {
	const { supabase } = event.locals;
	if (await owesSecondFactor(supabase)) return false;
	const { data, error } = await supabase.auth.getClaims();
	if (data) await noteDevice(event, data.claims);
	else logProblem(error);
	await takeTheme(event);
	return true;
}

/** With the service's rights, as the person has none to: whoever has their password could make a browser known, and no letter would tell of it. */
async function noteDevice(event: RequestEvent, { sub, email }: { sub: string; email?: string }): Promise<void> {
	const { data: isNew, error } = await createServiceClient().rpc('note_device', { person: sub, device: nameDevice(event) });
	if (error) logProblem(error, { code: toAppError(error).code });
	if (isNew && email) tell(event, email, newDeviceLetter);
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
