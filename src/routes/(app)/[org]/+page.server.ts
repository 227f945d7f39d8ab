import { redirect } from '@sveltejs/kit';
import type { PageServerLoad } from './$types';

// Kit has decoded it: `/%2Fevil.test` would lead to another site.
export const load: PageServerLoad = ({ params }) => redirect(307, `/${encodeURIComponent(params.org)}/pipeline`);
