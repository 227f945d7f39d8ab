import { redirect, type RequestEvent } from '@sveltejs/kit';
import { wishOf } from './guards';
import { forgetSession } from './supabase';

/**
 * Sends a browser whose session has ended, or owes a second factor, to where that is mended; afterwards it comes back here. What the database refuses
 * for another reason is none of this one's business.
 */
export function leadToSignIn(event: Pick<RequestEvent, 'cookies' | 'url'>, code: string, reason = 'ended'): void {
	const next = encodeURIComponent(wishOf(event.url));
	if (code === 'second_factor') redirect(303, `/sign-in/code?next=${next}`);
	if (code !== 'session_ended') return;
	// With the cookie, /sign-in would take them for signed in and send them straight back.
	forgetSession(event.cookies);
	redirect(303, `/sign-in?reason=${reason}&next=${next}`);
}
