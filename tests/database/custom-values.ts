import { expect } from 'vitest';
import type { Caller, Database, Outcome } from './database.ts';
import { addField, type Workspace } from './world.ts';

/** Values of a workspace's own fields, as tests write them like the app and look at them as the owner of the database. */
export function customOf({ sql, tries }: Database) {
	return {
		/** A restricted number on deals that managers change and viewers read. */
		addMargin: (workspace: Workspace) =>
			addField(sql, workspace, 'deals', 'margin', { kind: 'number', readers: ['viewer'], editors: ['manager'] }),
		/** Changes some of a record's values as the caller; `base` is what they saw. */
		set: (caller: Caller, record: string, changes: object, base: object | null = null, resource = 'deals'): Promise<Outcome> =>
			tries(caller, 'select public.set_custom_values($1, $2, ($3::text)::jsonb, ($4::text)::jsonb)', [
				resource,
				record,
				JSON.stringify(changes),
				base && JSON.stringify(base)
			]),
		/** The restricted values of a record by key, as text. */
		values: (record: string) => sql<{ key: string; value: string }[]>`
			select f.key, coalesce(v.text_value, v.number_value::text, v.date_value::text) as value
			from public.custom_values v join public.custom_fields f on f.id = v.field_id where v.record_id = ${record} order by f.key`,
		/** What stands in `custom` of a record. */
		custom: async (record: string, table = 'deals'): Promise<unknown> =>
			(await sql.unsafe(`select custom from public.${table} where id = $1`, [record]))[0]?.custom,
		/** The restricted number of a record as the caller reads it, undefined when they do not. */
		reads: async (caller: Caller, record: string): Promise<unknown> =>
			(await tries(caller, 'select number_value from public.custom_values where record_id = $1', [record])).rows?.[0]?.number_value,
		/** Whether the caller is told of a field and which roles it is open to. */
		knows: async (caller: Caller, field: string): Promise<boolean> => {
			const found = (await tries(caller, 'select id from public.custom_fields where id = $1', [field])).rows?.length === 1;
			const roles = (await tries(caller, 'select role_id from public.custom_field_roles where field_id = $1', [field])).rows?.length !== 0;
			expect(roles).toBe(found);
			return found;
		}
	};
}
