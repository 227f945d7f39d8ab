import { error } from '@sveltejs/kit';
import { may } from '$lib/access/access';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ parent }) => {
	const { access } = await parent();
	if (!may(access, 'deals', 'create'))
		error(403, { message: 'Your role does not allow you to add deals. Ask an admin of the workspace.', code: 'forbidden' });
};
