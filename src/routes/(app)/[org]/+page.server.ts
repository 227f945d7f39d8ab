import { redirect } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ params, parent }) => {
	// Who may not enter is told so; and what the layout's load writes into cookies would come too late after an answer.
	await parent();
	// Kit has decoded it: `/%2Fevil.test` would lead to another site.
	redirect(307, `/${encodeURIComponent(params.org)}/pipeline`);
};
