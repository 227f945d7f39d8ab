import { error, redirect } from '@sveltejs/kit';
import { isId } from '$lib/deals/model';
import { readTotals, readWindow } from '$lib/deals/queries';
import { listPipelines } from '$lib/pipelines/queries';
import { forPage } from '$lib/server/answer';
import type { LayoutServerLoad } from './$types';

/** Cards per stage that come with the page: a screen holds about ten, the rest is there for the first scroll. */
const firstCards = 16;

/** The board behind all its panels: stages, the first cards of each, and the totals. */
export const load: LayoutServerLoad = async (event) => {
	const { org } = await event.parent();
	const { supabase } = event.locals;
	event.depends('app:board');
	const { searchParams } = event.url;
	const asked = searchParams.get('pipeline');
	const owner = searchParams.get('owner') ?? '';
	const query = searchParams.get('q')?.trim().slice(0, 100);

	return forPage(async () => {
		const pipelines = await listPipelines(supabase, org.id);
		const pipeline = asked ? pipelines.find((each) => each.id === asked) : (pipelines.find((each) => each.is_default) ?? pipelines[0]);
		if (!pipeline && asked) redirect(303, `/${org.slug}/pipeline`);
		if (!pipeline) error(404, { message: 'This workspace has no pipeline. Ask an admin to make one.', code: 'no_pipeline' });
		const scope = { org: org.id, pipeline: pipeline.id, owner: isId(owner) ? owner : undefined, query: query || undefined };
		const [window, totals] = await Promise.all([readWindow(supabase, scope, firstCards), readTotals(supabase, scope)]);
		return { pipelines, view: { scope, pipeline, window, totals } };
	});
};
