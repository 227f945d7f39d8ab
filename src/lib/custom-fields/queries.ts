import type { Findable } from '$lib/records/search';
import { AppError, unwrap } from '$lib/server/errors';
import type { Supabase } from '$lib/server/supabase';
import { toField, type RecordField } from './model';

const columns = 'id, resource, key, label, kind, choices, restricted';

/** The fields of a workspace that the caller knows of, in order, each with its kind of record and its place. */
export async function readFields(supabase: Supabase, orgId: string) {
	const rows = unwrap(
		await supabase
			.from('custom_fields')
			.select(`${columns}, position`)
			.eq('org_id', orgId)
			.order('position')
			.order('created_at')
			.order('id')
	);
	return rows.flatMap((row) => toField(row).map((field) => ({ ...field, resource: row.resource, position: row.position })));
}

/** One field, with the roles it is open to when restricted. Throws 404. */
export async function readField(supabase: Supabase, orgId: string, id: string) {
	const row = unwrap(
		await supabase
			.from('custom_fields')
			.select(`${columns}, version, custom_field_roles(role_id, may_edit)`)
			.eq('org_id', orgId)
			.eq('id', id)
			.maybeSingle()
	);
	const [field] = row ? toField(row) : [];
	if (!row || !field) throw new AppError(404, 'not_found', 'There is no such field.');
	return { ...field, resource: row.resource, version: row.version, readers: row.custom_field_roles };
}

/** How many values would go with a field; only for those who may remove it. */
export async function countValues(supabase: Supabase, fieldId: string): Promise<number> {
	return unwrap(await supabase.rpc('count_custom_values', { field: fieldId }));
}

/**
 * The fields of one record with what stands in them. Of a restricted one nothing comes to those whose role it is not open to, even if they look after fields.
 * @param roleKey the caller's role, which restricted fields are open to or not
 */
export async function readRecordFields(
	supabase: Supabase,
	{ orgId, roleKey, resource, id }: { orgId: string; roleKey: string; resource: Findable; id: string }
): Promise<RecordField[]> {
	const [fields, record, apart] = await Promise.all([
		supabase
			.from('custom_fields')
			.select(`${columns}, custom_field_roles(may_edit, roles(key))`)
			.eq('org_id', orgId)
			.eq('resource', resource)
			.order('position')
			.order('created_at')
			.order('id'),
		supabase.from(resource).select('custom').eq('org_id', orgId).eq('id', id).maybeSingle(),
		supabase
			.from('custom_values')
			.select('field_id, text_value, number_value, date_value')
			.eq('org_id', orgId)
			.eq('resource', resource)
			.eq('record_id', id)
	]);
	const custom = new Map(Object.entries(unwrap(record)?.custom ?? {}));
	const restricted = new Map(unwrap(apart).map((row) => [row.field_id, row]));
	return unwrap(fields).flatMap((row) =>
		toField(row).flatMap((field): RecordField[] => {
			if (!field.restricted) return [{ ...field, value: custom.get(field.key) ?? null, mayEdit: true }];
			const open = roleKey === 'admin' ? { may_edit: true } : row.custom_field_roles.find(({ roles }) => roles?.key === roleKey);
			if (!open) return [];
			const held = restricted.get(field.id);
			const stored = held?.text_value ?? held?.number_value ?? held?.date_value ?? null;
			return [{ ...field, value: field.kind === 'boolean' && stored !== null ? stored === 1 : stored, mayEdit: open.may_edit }];
		})
	);
}
