import { readImport } from '$lib/imports/queries';
import { endpoint } from '$lib/server/answer';
import { requireClaims } from '$lib/server/guards';
import { importId } from '../import-id';
import type { RequestHandler } from './$types';

/** Where one of the caller's imports stands. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	return readImport(event.locals.supabase, importId(event.params.id));
});
