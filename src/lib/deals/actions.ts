import { saveRecord, type SaveOutcome } from '$lib/records/save';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { dealDetailColumns, type DealDetail, type DealValues } from './model';
import { readDeal } from './queries';

/** What a new deal is made of; what is left out gets the database's default (the caller as owner, a rank on top of its column). */
export type NewDeal = Pick<DealValues, 'name' | 'stage_id'> & Partial<DealValues>;

/** Makes a deal in the stage's pipeline. Throws AppError. */
export async function createDeal(supabase: Supabase, org: string, values: NewDeal): Promise<DealDetail> {
	const stage = unwrap(await supabase.from('stages').select('pipeline_id').eq('org_id', org).eq('id', values.stage_id).maybeSingle());
	if (!stage) throw stageMissing();
	return unwrap(
		await supabase
			.from('deals')
			.insert({ ...values, org_id: org, pipeline_id: stage.pipeline_id })
			.select(dealDetailColumns)
			.single()
	);
}

/** An edit of a deal: what its author saw, what they changed, and where on the board it goes. */
export type DealEdit = {
	version: number;
	base: Partial<Record<keyof DealValues, unknown>>;
	changes: Partial<DealValues>;
	rank?: string | undefined;
};

/**
 * Saves an edit. Fields that others changed meanwhile are merged or reported as a conflict; a new place never conflicts, the last word counts.
 */
export async function saveDeal(
	supabase: Supabase,
	org: string,
	id: string,
	edit: DealEdit
): Promise<SaveOutcome<DealDetail, Partial<DealValues>>> {
	const place = edit.rank === undefined ? {} : { rank: edit.rank };
	const read = () => readDeal(supabase, org, id);
	const outcome = await saveRecord<DealDetail, Partial<DealValues>>(
		{
			read,
			write: async (changes, version) =>
				unwrap(
					await supabase
						.from('deals')
						.update({ ...changes, ...place })
						.eq('org_id', org)
						.eq('id', id)
						.eq('version', version)
						.is('deleted_at', null)
						.select(dealDetailColumns)
						.maybeSingle()
				)
		},
		{ version: edit.version, base: seenValues(edit), values: edit.changes }
	);
	if (outcome.kind !== 'unchanged' || edit.rank === undefined) return outcome;
	return placeDeal(supabase, org, id, edit.rank);
}

/** Puts a deal at another place of its column, whatever else happened to it. */
async function placeDeal(supabase: Supabase, org: string, id: string, rank: string): Promise<SaveOutcome<DealDetail, Partial<DealValues>>> {
	const row = unwrap(
		await supabase
			.from('deals')
			.update({ rank })
			.eq('org_id', org)
			.eq('id', id)
			.is('deleted_at', null)
			.select(dealDetailColumns)
			.maybeSingle()
	);
	return row ? { kind: 'saved', row, merged: false } : { kind: 'forbidden' };
}

/** The answer for a deal that is gone or out of sight. */
export function dealMissing(): AppError {
	return new AppError(404, 'not_found', 'This deal does not exist any more, or you may not see it.');
}

function stageMissing(): AppError {
	return new AppError(409, 'reference_missing', 'This stage does not exist any more. Choose another.', { field: 'stage_id' });
}

/** The base as the row's own types: it is compared, never written. */
function seenValues({ base, changes }: DealEdit): Partial<DealValues> {
	const seen: Partial<Record<keyof DealValues, unknown>> = {};
	for (const name of fieldNames(changes)) seen[name] = base[name] ?? null;
	return narrow(seen);
}

function fieldNames(values: Partial<DealValues>): (keyof DealValues)[] {
	return Object.keys(values).filter((name): name is keyof DealValues => name in values);
}

function narrow(seen: Partial<Record<keyof DealValues, unknown>>): Partial<DealValues> {
	return Object.fromEntries(Object.entries(seen));
}
