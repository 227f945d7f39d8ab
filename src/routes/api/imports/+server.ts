import { createImport } from '$lib/imports/actions';
import { newImport } from '$lib/imports/model';
import { endpoint, parse } from '$lib/server/answer';
import { readJson, requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** Begins an import: `{org_id, resource, file_name, total_rows, options}` → its status. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	return createImport(event.locals.supabase, parse(newImport, await readJson(event)));
});
