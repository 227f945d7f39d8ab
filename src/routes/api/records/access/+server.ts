import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import { recordQuestion } from '$lib/records/sharing/model';
import { readAccess } from '$lib/records/sharing/queries';
import type { RequestHandler } from './$types';

/** Who sees a record and why: `GET ?resource&id` → `{readers, shares, mayShare, teams}`. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { resource, id } = parse(recordQuestion, Object.fromEntries(event.url.searchParams));
	return readAccess(event.locals.supabase, resource, id);
});
