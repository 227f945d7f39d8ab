import { readTotals } from '$lib/deals/queries';
import { boardScope } from '$lib/deals/schema';
import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** GET `?org&pipeline&owner&query` → `{totals}` over all matching deals. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	return { totals: await readTotals(event.locals.supabase, parse(boardScope, Object.fromEntries(event.url.searchParams))) };
});
