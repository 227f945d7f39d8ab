import { endpoint } from '$lib/server/answer';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { mintRealtimeToken } from '$lib/server/session';
import type { RequestHandler } from './$types';

/** A token for this browser's realtime socket, good for at most a minute: `{token, expires_at}`. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	return mintRealtimeToken(event.locals.supabase, requireClaims(event), { viewing: event.locals.viewAs !== null });
});
