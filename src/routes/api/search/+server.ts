import { z } from 'zod';
import { findRecords } from '$lib/records/queries';
import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

const kinds = ['deals', 'companies', 'contacts'] as const;
const question = z.object({
	org: z.guid('Name the workspace.'),
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
	return { results: await findRecords(event.locals.supabase, org, q, wanted, event.request.signal) };
});
