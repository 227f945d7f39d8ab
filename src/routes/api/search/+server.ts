import { z } from 'zod';
import { endpoint, parse } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

const kinds = ['deals', 'companies', 'contacts'] as const;
const question = z.object({
	org: z.uuid('Name the workspace.'),
	q: z.string().trim().max(200, 'At most 200 characters.'),
	kinds: z
		.string()
		.optional()
		.transform((text) => kinds.filter((kind) => !text || text.split(',').includes(kind)))
});

/** Records of a workspace by what they are called: `GET ?org&q&kinds=companies,contacts` → `{results: [{resource, id, title, subtitle}]}`. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { org, q, kinds: wanted } = parse(question, Object.fromEntries(event.url.searchParams));
	const found = unwrap(
		await event.locals.supabase.rpc('search_records', { org, query: q, kinds: wanted, max: 20 }).abortSignal(event.request.signal)
	);
	return { results: found.map(({ resource, id, title, subtitle }) => ({ resource, id, title, subtitle: subtitle ?? '' })) };
});
