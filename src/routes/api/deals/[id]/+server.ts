import { dealMissing, saveDeal } from '$lib/deals/actions';
import { readDeal } from '$lib/deals/queries';
import { dealEdit, inWorkspace } from '$lib/deals/schema';
import { endpoint, parse } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { readJson, requireClaims } from '$lib/server/guards';
import type { RequestHandler } from './$types';

/** GET `?org` → `{deal}` with everything its panel shows. */
export const GET: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { org } = parse(inWorkspace, Object.fromEntries(event.url.searchParams));
	const deal = await readDeal(event.locals.supabase, org, event.params.id);
	if (!deal) throw dealMissing();
	return { deal };
});

/**
 * PATCH `{org, version, base, changes, rank?}` → `{deal, merged}`. 409 `conflict` carries in its details the `deal` that stands and the `fields` that
 * somebody else changed too; nothing was written then.
 */
export const PATCH: RequestHandler = endpoint(async (event) => {
	requireClaims(event);
	const { org, ...edit } = parse(dealEdit, await readJson(event));
	const outcome = await saveDeal(event.locals.supabase, org, event.params.id, edit);
	switch (outcome.kind) {
		case 'saved':
			return { deal: outcome.row, merged: outcome.merged };
		case 'unchanged':
			return { deal: outcome.row, merged: false };
		case 'conflict':
			throw new AppError(409, 'conflict', 'Somebody else changed this deal meanwhile.', { deal: outcome.row, fields: outcome.fields });
		case 'forbidden':
			throw new AppError(403, 'forbidden', 'Your role does not allow you to change this deal.');
		case 'missing':
			throw dealMissing();
	}
});
