import { readWindow } from '$lib/deals/queries';
import { boardWindow } from '$lib/deals/schema';
import { listPipelines } from '$lib/pipelines/queries';
import { endpoint, parse } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** GET `?org&pipeline&owner&query&per_stage` → `{pipelines, deals, edges}`: a board's stages and its first cards, to begin again after a gap. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { per_stage, ...scope } = parse(boardWindow, Object.fromEntries(event.url.searchParams));
	const { supabase } = event.locals;
	const [pipelines, window] = await Promise.all([listPipelines(supabase, scope.org), readWindow(supabase, scope, per_stage)]);
	return { pipelines, ...window };
});
