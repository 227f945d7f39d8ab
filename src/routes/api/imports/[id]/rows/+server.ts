import { stageRows } from '$lib/imports/actions';
import { importChunk, largestBodyBytes } from '$lib/imports/model';
import { endpoint, parse } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { readJson, requireClaims } from '$lib/server/guards';
import { importId } from '../../import-id';
import type { RequestHandler } from './$types';

/** Stages `{first_row, rows}` → `{staged_rows}`. Repeating a chunk after a lost answer is safe. */
export const POST: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	if (Number(event.request.headers.get('content-length')) > largestBodyBytes) {
		throw new AppError(413, 'too_large', `A chunk has at most ${largestBodyBytes / 1024} KB. Send fewer rows at once.`);
	}
	return stageRows(event.locals.supabase, importId(event.params.id), parse(importChunk, await readJson(event)));
});
