import { unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { dealColumns, dealDetailColumns, fullName, type Deal, type DealDetail, type StageChange } from './model';
import type { BoardScope, BoardWindow, Edge, StageTotal } from './board-view';

/** Ids longer than this in one address would pass the limits of some proxies. */
const idsPerRequest = 100;
/** Cards fetched when a column is scrolled towards its end. */
const columnPage = 50;

/** Deals by id, in no order: only those of the workspace that the caller may read and that are not in the trash. */
export async function readDeals(supabase: Supabase, org: string, ids: string[]): Promise<Deal[]> {
	const slices = Array.from({ length: Math.ceil(ids.length / idsPerRequest) }, (_, at) =>
		ids.slice(at * idsPerRequest, (at + 1) * idsPerRequest)
	);
	const found = await Promise.all(
		slices.map(async (slice) =>
			unwrap(await supabase.from('deals').select(dealColumns).eq('org_id', org).is('deleted_at', null).in('id', slice))
		)
	);
	return found.flat();
}

/** One deal with everything its panel shows, or null. */
export async function readDeal(supabase: Supabase, org: string, id: string): Promise<DealDetail | null> {
	return unwrap(await supabase.from('deals').select(dealDetailColumns).eq('org_id', org).eq('id', id).is('deleted_at', null).maybeSingle());
}

/** Whom a new deal is with, named by the ids in an address; what is not there or out of sight is null. A contact brings their company. */
export async function readParties(
	supabase: Supabase,
	org: string,
	ids: { company: string | null; contact: string | null }
): Promise<{ company: { id: string; name: string } | null; contact: { id: string; name: string } | null }> {
	const contact = ids.contact
		? unwrap(
				await supabase
					.from('contacts')
					.select('id, first_name, last_name, company:companies(id, name)')
					.eq('org_id', org)
					.eq('id', ids.contact)
					.is('deleted_at', null)
					.maybeSingle()
			)
		: null;
	const company = ids.company
		? unwrap(
				await supabase.from('companies').select('id, name').eq('org_id', org).eq('id', ids.company).is('deleted_at', null).maybeSingle()
			)
		: (contact?.company ?? null);
	return { company, contact: contact && { id: contact.id, name: fullName(contact) } };
}

/** The stages a deal has been through, newest first. */
export async function readStageChanges(supabase: Supabase, org: string, deal: string): Promise<StageChange[]> {
	return unwrap(
		await supabase
			.from('deal_stage_changes')
			.select('id, from_stage_id, to_stage_id, changed_at, changed_by')
			.eq('org_id', org)
			.eq('deal_id', deal)
			.order('changed_at', { ascending: false })
			.order('id', { ascending: false })
			.limit(20)
	);
}

/** The first cards of every stage, and where each column goes on. */
export async function readWindow(supabase: Supabase, scope: BoardScope, perStage: number): Promise<BoardWindow> {
	// One more than is shown: its rank says where a card dropped at the end belongs.
	const places = unwrap(await supabase.rpc('board_deal_ids', { ...boardArguments(scope), per_stage: perStage + 1 }));
	return withRows(supabase, scope.org, places, perStage);
}

/** The cards of one stage that follow `after`. */
export async function readColumn(supabase: Supabase, scope: BoardScope, stage: string, after: Edge): Promise<BoardWindow> {
	const places = unwrap(
		await supabase.rpc('board_deal_ids', {
			...boardArguments(scope),
			per_stage: columnPage + 1,
			stage,
			after_rank: after.rank,
			after_id: after.id
		})
	);
	return withRows(supabase, scope.org, places, columnPage);
}

/** Number and sum of all matching deals per stage and currency, loaded or not. */
export async function readTotals(supabase: Supabase, scope: BoardScope): Promise<StageTotal[]> {
	return unwrap(await supabase.rpc('board_totals', boardArguments(scope)));
}

function boardArguments({ org, pipeline, owner, query }: BoardScope) {
	return { org, pipeline, ...(owner ? { owner } : {}), ...(query ? { query } : {}) };
}

type Place = { stage_id: string; id: string; rank: string };

async function withRows(supabase: Supabase, org: string, places: Place[], perStage: number): Promise<BoardWindow> {
	const edges: Record<string, Edge> = {};
	const ids: string[] = [];
	for (const [stage, inStage] of Map.groupBy(places, (place) => place.stage_id)) {
		ids.push(...inStage.slice(0, perStage).map((place) => place.id));
		const next = inStage[perStage];
		if (next) edges[stage] = { rank: next.rank, id: next.id };
	}
	return { deals: ids.length ? await readDeals(supabase, org, ids) : [], edges };
}
