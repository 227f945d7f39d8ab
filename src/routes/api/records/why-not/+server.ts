import { endpoint, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import { whyNotQuestion } from '$lib/records/sharing/model';
import type { RequestHandler } from './$types';

/** For admins, the rule that keeps a member from a record: `GET ?resource&id&member` → `{reason, role, scope}`, reason null when nothing does. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { resource, id, member } = parse(whyNotQuestion, Object.fromEntries(event.url.searchParams));
	const [answer] = unwrap(await event.locals.supabase.rpc('why_not', { resource, record: id, member }));
	return answer ?? null;
});
