import { isRecordId } from '$lib/records/record-id';
import { endpoint } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { requireClaims, requireSameOrigin } from '$lib/server/guards';
import { unshare } from '$lib/records/sharing/actions';
import type { RequestHandler } from './$types';

/** Ends a share: DELETE → `{ended: id}`. */
export const DELETE: RequestHandler = endpoint(async (event) => {
	requireSameOrigin(event);
	requireClaims(event);
	const { id } = event.params;
	if (!isRecordId(id)) throw new AppError(404, 'not_found', 'There is no such share.');
	await unshare(event.locals.supabase, id);
	return { ended: id };
});
