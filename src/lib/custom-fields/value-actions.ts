import { z } from 'zod';
import type { Json } from '$lib/database.types';
import { textsOf } from '$lib/records/actions';
import type { Findable } from '$lib/records/search';
import { parse } from '$lib/server/answer';
import { AppError, toAppError } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { controlName, textOf, valueForm } from './model';
import { readRecordFields } from './queries';

/**
 * Saves what a record's form says of its own fields, ordinary and restricted, all or none: only what its author changed, as they saw it (`base`, JSON by
 * key). Throws 409 beside the field that somebody else changed meanwhile.
 */
export async function saveRecordFields(
	supabase: Supabase,
	record: { orgId: string; roleKey: string; resource: Findable; id: string },
	form: FormData
): Promise<void> {
	const sent = textsOf(form);
	const base = readBase(sent.base);
	const changed = (await readRecordFields(supabase, record)).filter(({ key, kind }) => {
		const text = sent[controlName(key)];
		return text !== undefined && text !== textOf(kind, base[key]);
	});
	if (changed.length === 0) return;
	const values = parse(z.object(Object.fromEntries(changed.map((field) => [controlName(field.key), valueForm(field)]))), sent);
	const entriesOf = (from: (key: string) => unknown) => Object.fromEntries(changed.map(({ key }) => [key, jsonOf(from(key))]));
	const { error } = await supabase.rpc('set_custom_values', {
		resource: record.resource,
		record: record.id,
		changes: entriesOf((key) => values[controlName(key)]),
		base: entriesOf((key) => base[key])
	});
	if (error) throw problemOf(error);
}

function problemOf(error: Parameters<typeof toAppError>[0]): AppError {
	const beside = error.details ? { field: controlName(error.details) } : undefined;
	if (error.hint === 'custom_conflict')
		return new AppError(409, 'conflict', 'Somebody else changed this meanwhile. Copy what you typed, then cancel to see theirs.', beside);
	if (error.hint === 'custom_misfit') return new AppError(400, 'invalid_value', 'This does not fit the field.', beside);
	const known = toAppError(error);
	// The field of the rule is all of them: said above the form.
	return known.code === 'field_ruled' ? new AppError(403, known.code, 'Your role does not allow you to change these fields.') : known;
}

function readBase(text: string | undefined): Record<string, unknown> {
	try {
		return z.record(z.string(), z.unknown()).parse(JSON.parse(text ?? ''));
	} catch {
		return {};
	}
}

const json: z.ZodType<Json> = z.json();
const jsonOf = (value: unknown): Json => json.parse(value ?? null);
