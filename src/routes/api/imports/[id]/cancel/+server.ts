import { cancelImport } from '$lib/imports/actions';
import { endpoint } from '$lib/server/answer';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { importId } from '../../import-id';
import type { RequestHandler } from './$types';

/** Forgets the staged rows of an import that was not committed → its status. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	requireClaims(event);
	return cancelImport(event.locals.supabase, importId(event.params.id));
});
