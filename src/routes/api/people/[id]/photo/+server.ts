import { readPhoto } from '$lib/account/photo';
import { isRecordId } from '$lib/records/record-id';
import { endpoint } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** The photo of a colleague, or one's own. Its address names the file, so a browser may keep it. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { id } = event.params;
	if (!isRecordId(id)) throw new AppError(404, 'no_photo', 'There is no such photo.');
	const photo = await readPhoto(event.locals.supabase, id);
	return new Response(photo, { headers: { 'content-type': photo.type, 'cache-control': 'private, max-age=86400' } });
});
