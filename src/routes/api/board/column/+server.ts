import { readColumn } from '$lib/deals/queries';
import { boardColumn } from '$lib/deals/schema';
import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** GET `?org&pipeline&owner&query&stage&after_rank&after_id` → `{deals, edges}`: the next cards of one stage. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { stage, after_rank, after_id, ...scope } = parse(boardColumn, Object.fromEntries(event.url.searchParams));
	return readColumn(event.locals.supabase, scope, stage, { rank: after_rank, id: after_id });
});
