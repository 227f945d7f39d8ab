import { fail } from '@sveltejs/kit';
import { z } from 'zod';
import { forForm, parse } from '$lib/server/answer';
import { AppError } from '$lib/server/errors';
import { describeConflict, type FieldTexts } from './conflict';
import { formValues, type FieldSpec } from './fields';
import { changedFields, saveRecord, type RecordStore, type Versioned } from './save';

type Saved = Versioned & { updated_at: string };

/** What saving a form needs to know of one kind of record. */
export type FormSaving<Row extends Saved & Values, Values extends object> = {
	fields: readonly FieldSpec[];
	schema: z.ZodType<Values>;
	store: RecordStore<Row, Values>;
	/** Texts for the conflict form: names in place of ids. Asked only when there is a conflict. */
	texts: (row: Row, mine: Partial<Values>) => Promise<Pick<FieldTexts, 'text'>>;
};

/** The text fields of a form; files and repeated names have no place here. */
export function textsOf(form: FormData): Record<string, string> {
	return Object.fromEntries([...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/**
 * Saves a record's form, which carries `version` and `base` (JSON of the values its author saw). Answers with the row's new version, with problems
 * beside the fields, or with 409 and everything the conflict form shows: there, fields that only others changed already hold the new values.
 */
export async function saveForm<Row extends Saved & Values, Values extends object>(
	form: FormData,
	{ fields, schema, store, texts }: FormSaving<Row, Values>
) {
	const sent = textsOf(form);
	const kept = { values: formValues(fields, sent), version: Number(sent.version), base: parseBase(sent.base) };
	return forForm(kept, async () => {
		if (!Number.isInteger(kept.version))
			throw new AppError(400, 'version_missing', 'The form is incomplete. Reload the page; your changes are kept.');
		const values = parse(schema, sent);
		const base = parse(schema, kept.base);
		const outcome = await saveRecord(store, { version: kept.version, base, values });
		switch (outcome.kind) {
			case 'saved':
			case 'unchanged':
				return { saved: { version: outcome.row.version, merged: outcome.kind === 'saved' && outcome.merged } };
			case 'missing':
				throw new AppError(
					404,
					'not_found',
					'This record was deleted, or you may not see it any more. Copy what you need before you leave.'
				);
			case 'forbidden':
				throw new AppError(403, 'forbidden', 'Your role does not allow this change. What you typed is kept here.');
			case 'conflict': {
				const mine = changedFields<Values>(base, values);
				const now = formValues(fields, outcome.row);
				const changed = new Set(Object.keys(mine));
				const merged = Object.fromEntries(
					Object.entries(now).map(([name, value]) => [name, changed.has(name) ? (kept.values[name] ?? '') : value])
				);
				const { text } = await texts(outcome.row, mine);
				const label = (name: string) => fields.find((field) => field.name === name)?.label ?? name;
				const conflict = describeConflict(outcome.row, mine, outcome.fields, { label, text });
				return fail(409, { values: merged, version: outcome.row.version, base: now, conflict });
			}
		}
	});
}

function parseBase(text: string | undefined): Record<string, string> {
	try {
		return z.record(z.string(), z.string()).parse(JSON.parse(text ?? ''));
	} catch {
		return {};
	}
}
