import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { buildMatrix, everyRole, line, type Matrix, predicted } from './matrix-world.ts';
import {
	may,
	mayEdit,
	mayGive,
	mayKnow,
	mayKnowField,
	mayShare,
	ownerKinds,
	ownerOfKind,
	reaches,
	recordTables,
	rowKinds
} from './permissions.ts';
import { rehearse, wasDone } from './rehearsal.ts';
import { requiredColumns } from './world.ts';

// Every role × record table × statement × whose row, against what permissions.ts predicts. Each write is looked for afterwards as the owner of the
// database: a blocked read shows nothing, a blocked write changes nothing.

const database = await useDatabase();
const { sql } = database;

let matrix: Matrix;
beforeAll(async () => {
	matrix = await buildMatrix(sql);
});

const quoted = (value: string | null) => (value === null ? 'null' : `'${value}'`);

for (const [role, rights] of everyRole)
	for (const table of recordTables)
		describe(`${role} · ${table}`, () => {
			const reads = async (statement: string) => {
				const { rows, error } = await rehearse(sql, matrix.actor(role), statement);
				if (error) throw new Error(error.message);
				return (rows ?? []).length > 0;
			};
			const changes = async (statement: string, look: string) =>
				wasDone(await rehearse(sql, matrix.actor(role), statement, look), (seen) => seen.length > 0);
			const id = (kind: (typeof rowKinds)[number]) => matrix.row(role, table, kind);

			test('select', async () => {
				expect(await line(rowKinds, (kind) => reads(`select id from public.${table} where id = '${id(kind)}'`))).toEqual(
					predicted(rowKinds, (kind) => may(rights, 'read', kind))
				);
			});

			test('insert', async () => {
				const insert = (kind: (typeof ownerKinds)[number]) => {
					const place = matrix.place(kind);
					const columns = { org_id: place.id, ...requiredColumns(place, table, 'Inserted'), owner_id: matrix.owner(role, kind) };
					return changes(
						`insert into public.${table} (${Object.keys(columns).join(', ')}) values (${Object.values(columns).map(quoted).join(', ')}) returning id`,
						`select id from public.${table} t where t::text like '%Inserted%'`
					);
				};
				// Returning the new row is also reading it.
				expect(await line(ownerKinds, insert)).toEqual(
					predicted(ownerKinds, (kind) => may(rights, 'create', kind) && may(rights, 'read', kind))
				);
			});

			test('update', async () => {
				const update = (kind: (typeof rowKinds)[number]) =>
					changes(
						`update public.${table} set description = 'Changed' where id = '${id(kind)}' returning id`,
						`select id from public.${table} where id = '${id(kind)}' and description = 'Changed' and version = 2`
					);
				expect(await line(rowKinds, update)).toEqual(predicted(rowKinds, (kind) => mayEdit(rights, kind)));
			});

			test.each(ownerKinds)('update that gives it to be %s', async (to) => {
				const owner = quoted(matrix.owner(role, to));
				const others = rowKinds.filter((kind) => ownerOfKind(kind) !== to);
				const give = (kind: (typeof rowKinds)[number]) =>
					rehearse(
						sql,
						matrix.actor(role),
						`update public.${table} set owner_id = ${owner} where id = '${id(kind)}' returning id`,
						`select id from public.${table} where id = '${id(kind)}' and owner_id is not distinct from ${owner}`
					).then((outcome) =>
						// That the new owner is no member here is said to those who might have given it to one.
						outcome.error?.hint === 'owner_not_active' ? outcome.seen.length > 0 : wasDone(outcome, (seen) => seen.length > 0)
					);
				// A policy also asks whether the giver still sees the row.
				expect(await line(others, give)).toEqual(
					predicted(
						others,
						(kind) =>
							mayGive(rights, kind, to) &&
							(reaches(rights.records.read, to) || (may(rights, 'read', kind) && !reaches(rights.records.read, kind)))
					)
				);
			});

			test('delete', async () => {
				const remove = async (kind: (typeof rowKinds)[number]) => {
					const look = `select id from public.${table} where id = '${id(kind)}'`;
					return wasDone(
						await rehearse(sql, matrix.actor(role), `delete from public.${table} where id = '${id(kind)}' returning id`, look),
						(seen) => seen.length === 0
					);
				};
				expect(await line(rowKinds, remove)).toEqual(
					predicted(rowKinds, (kind) => may(rights, 'read', kind) && may(rights, 'delete', kind))
				);
			});

			test('its shares: seen, added, changed, ended', async () => {
				const other = quoted(matrix.owner(role, "teammate's"));
				const record = (kind: (typeof rowKinds)[number]) => `resource = '${table}' and record_id = '${id(kind)}'`;
				const kinds = rowKinds.filter((kind) => kind.startsWith('shared'));
				expect(await line(kinds, (kind) => reads(`select id from public.shares where ${record(kind)}`))).toEqual(
					predicted(kinds, (kind) => may(rights, 'read', kind))
				);
				const add = (kind: (typeof rowKinds)[number]) =>
					changes(
						`insert into public.shares (org_id, resource, record_id, user_id) values ('${matrix.place(kind).id}', '${table}', '${id(kind)}', ${other}) returning id`,
						`select id from public.shares where ${record(kind)} and user_id = ${other}`
					);
				const home = rowKinds.filter((kind) => kind !== "other tenant's");
				expect(await line(home, add)).toEqual(predicted(home, (kind) => mayShare(rights, kind)));
				const edit = (kind: (typeof rowKinds)[number]) =>
					changes(
						`update public.shares set expires_at = '2200-01-01' where ${record(kind)} returning id`,
						`select id from public.shares where ${record(kind)} and expires_at = '2200-01-01'`
					);
				const end = async (kind: (typeof rowKinds)[number]) =>
					wasDone(
						await rehearse(
							sql,
							matrix.actor(role),
							`delete from public.shares where ${record(kind)} returning id`,
							`select id from public.shares where ${record(kind)}`
						),
						(seen) => seen.length === 0
					);
				for (const write of [edit, end]) expect(await line(kinds, write)).toEqual(predicted(kinds, (kind) => mayShare(rights, kind)));
			});

			test('a field that the role may not change', async () => {
				const update = async (kind: (typeof rowKinds)[number]) => {
					const { rows, error } = await sql.begin(async (tx) => {
						await tx`insert into public.field_rules (org_id, role_id, resource, field)
							select org_id, role_id, ${table}, 'description' from public.members where org_id = ${matrix.home.id} and user_id = ${matrix.actor(role)}`;
						const outcome = await rehearse(
							tx,
							matrix.actor(role),
							`update public.${table} set description = 'Changed' where id = '${id(kind)}' returning id`
						);
						await tx`delete from public.field_rules where org_id = ${matrix.home.id}`;
						return outcome;
					});
					return error ? error.hint || 0 : rows?.length;
				};
				expect(await line(rowKinds, update)).toEqual(predicted(rowKinds, (kind) => (mayEdit(rights, kind) ? 'field_ruled' : 0)));
			});

			test('its restricted values: select, insert, update, delete', async () => {
				const of = (kind: (typeof rowKinds)[number]) => `from public.custom_values where record_id = '${id(kind)}'`;
				expect(await line(rowKinds, (kind) => reads(`select text_value ${of(kind)}`))).toEqual(
					predicted(rowKinds, (kind) => mayKnowField(rights, 'read', kind))
				);
				const update = (kind: (typeof rowKinds)[number]) =>
					changes(
						`update public.custom_values set text_value = '2' where record_id = '${id(kind)}' returning id`,
						`select id ${of(kind)} and text_value = '2'`
					);
				const remove = async (kind: (typeof rowKinds)[number]) =>
					wasDone(
						await rehearse(sql, matrix.actor(role), `delete ${of(kind)} returning id`, `select id ${of(kind)}`),
						(seen) => seen.length === 0
					);
				// It is there already: what is asked is whether the policy lets the new one come that far.
				const insert = async (kind: (typeof rowKinds)[number]) => {
					const { error } = await rehearse(
						sql,
						matrix.actor(role),
						`insert into public.custom_values (org_id, resource, record_id, field_id, text_value)
							values ('${matrix.place(kind).id}', '${table}', '${id(kind)}', '${matrix.field(table, kind)}', '2') on conflict do nothing returning id`
					);
					return error?.code !== '42501';
				};
				for (const write of [insert, update, remove])
					expect(await line(rowKinds, write)).toEqual(predicted(rowKinds, (kind) => mayKnowField(rights, 'update', kind)));
			});

			test('through the view of an admin: the same is seen, nothing changed', async () => {
				const headers = { 'x-view-as': matrix.view(role) };
				const look = async (kind: (typeof rowKinds)[number]) => {
					const { rows, error } = await rehearse(sql, matrix.admin, `select id from public.${table} where id = '${id(kind)}'`, '', headers);
					return error?.message ?? (rows ?? []).length > 0;
				};
				expect(await line(rowKinds, look)).toEqual(predicted(rowKinds, (kind) => may(rights, 'read', kind)));
				const write = await rehearse(sql, matrix.admin, `update public.${table} set description = 'x' returning id`, '', headers);
				expect(write.error?.code).toBe('25006');
			});

			if (table === 'contacts')
				test('its personal data: select, insert, update, delete', async () => {
					const of = (kind: (typeof rowKinds)[number]) => `from public.contact_private where contact_id = '${id(kind)}'`;
					expect(await line(rowKinds, (kind) => reads(`select contact_id ${of(kind)}`))).toEqual(
						predicted(rowKinds, (kind) => mayKnow(rights, 'read', kind))
					);
					const update = (kind: (typeof rowKinds)[number]) =>
						changes(
							`update public.contact_private set mobile = '2' where contact_id = '${id(kind)}' returning contact_id`,
							`select contact_id ${of(kind)} and mobile = '2'`
						);
					const remove = async (kind: (typeof rowKinds)[number]) =>
						wasDone(
							await rehearse(sql, matrix.actor(role), `delete ${of(kind)} returning contact_id`, `select contact_id ${of(kind)}`),
							(seen) => seen.length === 0
						);
					// It is there already: what is asked is whether the policy lets the new one come that far.
					const insert = async (kind: (typeof rowKinds)[number]) => {
						const { error } = await rehearse(
							sql,
							matrix.actor(role),
							`insert into public.contact_private (org_id, contact_id) values ('${matrix.place(kind).id}', '${id(kind)}') on conflict do nothing returning contact_id`
						);
						return error?.code !== '42501';
					};
					for (const write of [insert, update, remove])
						expect(await line(rowKinds, write)).toEqual(
							predicted(rowKinds, (kind) => mayKnow(rights, 'update', kind) && mayKnow(rights, 'read', kind))
						);
				});

			if (table === 'deals')
				test('its way through the stages', async () => {
					const way = (kind: (typeof rowKinds)[number]) => reads(`select id from public.deal_stage_changes where deal_id = '${id(kind)}'`);
					expect(await line(rowKinds, way)).toEqual(predicted(rowKinds, (kind) => may(rights, 'read', kind)));
				});
		});
