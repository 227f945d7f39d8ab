import { commitImport } from '$lib/imports/actions';
import { endpoint } from '$lib/server/answer';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { importId } from '../../import-id';
import type { RequestHandler } from './$types';

/** Makes deals of the staged rows → `{import, refused: [{row_no, error}]}`. Asked again after a lost answer, it answers the same. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	requireClaims(event);
	return commitImport(event.locals.supabase, importId(event.params.id));
});
