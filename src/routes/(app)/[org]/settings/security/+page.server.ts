import { forForm, forPage } from '$lib/server/answer';
import { unwrap } from '$lib/server/errors';
import { openWorkspace } from '$lib/server/workspace';
import { saveSecurity } from '$lib/workspace/actions';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async (event) => {
	event.depends('app:settings');
	return forPage(async () => {
		const { org } = await openWorkspace(event);
		const { supabase } = event.locals;
		const [demands, views] = await Promise.all([
			supabase.from('organizations').select('second_factor_required, session_hours').eq('id', org.id).single(),
			supabase
				.from('member_views')
				.select('id, viewer_id, member_id, reason, created_at, expires_at, ended_at')
				.eq('org_id', org.id)
				.order('created_at', { ascending: false })
				.limit(50)
		]);
		return { demands: unwrap(demands), views: unwrap(views) };
	});
};

export const actions: Actions = {
	save: async (event) => {
		const form = await event.request.formData();
		const kept = { session_hours: String(form.get('session_hours') ?? '') };
		return forForm(kept, async () => {
			const { org } = await openWorkspace(event);
			await saveSecurity(event.locals.supabase, org.id, form);
			return { saved: true };
		});
	}
};
