import { recordIds } from '$lib/records/ids';
import { endpoint, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { readJson, requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** POST `{resource, ids}` → `{ids}`: those that were moved to the trash; the rest is gone or not the caller's to move. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const input = parse(recordIds, await readJson(event));
	return { ids: unwrap(await event.locals.supabase.rpc('trash_records', input)) };
});
