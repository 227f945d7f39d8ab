import { may } from '$lib/access/access';
import { readPipelines } from '$lib/imports/queries';
import { forPage } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import type { PageServerLoad } from './$types';

/** The pipelines deals can go into, and the reader's language: it breaks ties in what dates and amounts mean. */
export const load: PageServerLoad = (event) =>
	forPage(async () => {
		const { org, access, formatting } = await event.parent();
		if (!may(access, 'deals', 'import')) {
			throw new AppError(403, 'forbidden', 'Your role does not allow importing deals. Ask an admin of the workspace.');
		}
		const pipelines = await readPipelines(event.locals.supabase, org.id);
		return {
			pipelines: pipelines.map(({ id, name, is_default, stages }) => ({ id, name, isDefault: is_default, stages })),
			locale: formatting.locale ?? (event.request.headers.get('accept-language')?.split(',')[0]?.split(';')[0]?.trim() || 'en-US')
		};
	});
