import { createDeal } from '$lib/deals/actions';
import { newDeal } from '$lib/deals/schema';
import { endpoint, parse } from '$lib/server/answer';
import { readJson, requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** POST `{org, name, stage_id, …}` → `{deal}`. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { org, ...values } = parse(newDeal, await readJson(event));
	return { deal: await createDeal(event.locals.supabase, org, values) };
});
