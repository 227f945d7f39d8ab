import { error } from '@sveltejs/kit';
import { isId } from '$lib/deals/model';
import { readDeal, readStageChanges } from '$lib/deals/queries';
import { forPage } from '$lib/server/answer';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	const { deal: id } = event.params;
	const { org } = await event.parent();
	event.depends(`deal:${id}`);
	return forPage(async () => {
		const [deal, changes] = isId(id)
			? await Promise.all([readDeal(event.locals.supabase, org.id, id), readStageChanges(event.locals.supabase, org.id, id)])
			: [null, []];
		if (!deal) error(404, { message: 'This deal does not exist, or you may not see it. It may have been deleted.', code: 'not_found' });
		return { deal, changes };
	});
};
