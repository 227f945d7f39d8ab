import { z } from 'zod';
import { textsOf } from '$lib/records/actions';
import { parse } from '$lib/server/answer';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { fieldForm, freeKey, newFieldForm } from './model';
import { readField, readFields } from './queries';

const refused = () => new AppError(403, 'forbidden', 'Your role does not allow you to change this field. Ask an admin of the workspace.');

/** Makes a field at the end of its kind of record's list; returns its id. */
export async function createField(supabase: Supabase, orgId: string, form: FormData): Promise<string> {
	const { resource, label, kind, choices, restricted } = parse(newFieldForm, textsOf(form));
	const taken = (await readFields(supabase, orgId)).filter((field) => field.resource === resource);
	const made = await supabase
		.from('custom_fields')
		.insert({
			org_id: orgId,
			resource,
			key: freeKey(
				label,
				taken.map(({ key }) => key)
			),
			label,
			kind,
			choices: kind === 'choice' ? choices : null,
			restricted: restricted === 'on',
			position: taken.length
		})
		.select('id')
		.single();
	return unwrap(made).id;
}

/**
 * Saves a field's name and choices and, from an admin's form, who reads it. Values move in the same transaction when that changes. Throws 409 when the field is
 * no longer of the version that the form showed.
 */
export async function saveField(supabase: Supabase, orgId: string, id: string, form: FormData, isAdmin: boolean): Promise<void> {
	const field = await readField(supabase, orgId, id);
	const { label, choices, restricted, version } = parse(fieldForm(field.kind), textsOf(form));
	unwrap(
		await supabase.rpc('save_custom_field', {
			field: id,
			new_label: label,
			new_choices: field.kind === 'choice' ? choices : null,
			new_restricted: isAdmin ? restricted === 'on' : field.restricted,
			seen_version: version,
			...(isAdmin && { readers: readersOf(form) })
		})
	);
}

/** The roles that a posted form opens the field to: `reader.<role>` is `read` or `edit`. */
function readersOf(form: FormData): { role_id: string; may_edit: boolean }[] {
	return Object.entries(textsOf(form)).flatMap(([name, value]) => {
		const role = /^reader\.(.+)$/.exec(name)?.[1];
		return role && (value === 'read' || value === 'edit') ? [{ role_id: role, may_edit: value === 'edit' }] : [];
	});
}

const moveForm = z.object({ field: z.guid(), by: z.enum(['-1', '1']) });

/** Moves a field one place up or down in its kind of record's list. */
export async function moveField(supabase: Supabase, orgId: string, form: FormData): Promise<void> {
	const { field: id, by } = parse(moveForm, textsOf(form));
	const all = await readFields(supabase, orgId);
	const moved = all.find((field) => field.id === id);
	const list = all.filter(({ resource }) => resource === moved?.resource);
	const from = list.findIndex((field) => field.id === id);
	const other = list[from + Number(by)];
	if (!moved || !other) return;
	const order = list.with(from, other).with(from + Number(by), moved);
	const written = await Promise.all(
		order
			.map((field, position) => ({ id: field.id, position, before: field.position }))
			.filter(({ position, before }) => position !== before)
			.map((each) => supabase.from('custom_fields').update({ position: each.position }).eq('org_id', orgId).eq('id', each.id).select('id'))
	);
	if (written.some((answer) => unwrap(answer).length === 0)) throw refused();
}

/** Removes a field with all its values. */
export async function deleteField(supabase: Supabase, orgId: string, id: string): Promise<void> {
	if (unwrap(await supabase.from('custom_fields').delete().eq('org_id', orgId).eq('id', id).select('id')).length === 0) throw refused();
}
