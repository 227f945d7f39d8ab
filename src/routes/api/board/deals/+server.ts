import { readDeals } from '$lib/deals/queries';
import { dealIds } from '$lib/deals/schema';
import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** GET `?org&ids=a,b` → `{deals}`: cards by id; what is gone or out of sight is left out. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { org, ids } = parse(dealIds, Object.fromEntries(event.url.searchParams));
	return { deals: await readDeals(event.locals.supabase, org, ids) };
});
