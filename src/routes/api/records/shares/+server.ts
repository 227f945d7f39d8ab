import { endpoint, parse } from '$lib/server/answer';
import { readJson, requireClaims } from '$lib/server/guards';
import { share } from '$lib/records/sharing/actions';
import { shareForm } from '$lib/records/sharing/model';
import { readAccess } from '$lib/records/sharing/queries';
import type { RequestHandler } from './$types';

/** Shares a record: POST `{resource, id, member | team, access, expires_at}` → who sees it now. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const input = parse(shareForm, await readJson(event));
	await share(event.locals.supabase, input);
	return readAccess(event.locals.supabase, input.resource, input.id);
});
