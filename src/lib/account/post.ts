import type { RequestEvent } from '@sveltejs/kit';
import { placeOf } from '$lib/server/country';
import { logProblem } from '$lib/server/log';
import { send, type Letter } from '$lib/server/mail';
import { clientAddress } from '$lib/server/supabase';
import { deviceName } from './device-name';
import type { Whence } from './letters';

/**
 * Tells a person by letter what was just done to their account. It has happened, so nobody waits for the letter, and one that cannot be sent is only
 * logged.
 */
export function tell(event: RequestEvent, email: string, write: (to: string, origin: string, from: Whence) => Letter): void {
	const from = { device: deviceName(event.request.headers.get('user-agent')), place: placeOf(clientAddress(event)), at: new Date() };
	void send([write(email, event.url.origin, from)]).catch((problem: unknown) => logProblem(problem));
}
