import { error } from '@sveltejs/kit';
import { may } from '$lib/access/access';
import { isId } from '$lib/deals/model';
import { readParties } from '$lib/deals/queries';
import { forPage } from '$lib/server/answer';
import type { PageServerLoad } from './$types';

/** The form for a new deal; `?company` and `?contact` say whom it is with. */
export const load: PageServerLoad = async ({ parent, url, locals }) => {
	const { access, org } = await parent();
	if (!may(access, 'deals', 'create')) {
		error(403, { message: 'Your role does not allow you to add deals. Ask an admin of the workspace.', code: 'forbidden' });
	}
	const named = (name: string) => {
		const id = url.searchParams.get(name);
		return id && isId(id) ? id : null;
	};
	return forPage(() => readParties(locals.supabase, org.id, { company: named('company'), contact: named('contact') }));
};
