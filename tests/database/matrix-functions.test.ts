import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { buildMatrix, everyRole, line, type Matrix, predicted } from './matrix-world.ts';
import {
	may,
	mayEdit,
	mayGive,
	mayKnowField,
	mayShare,
	ownerKinds,
	ownerOfKind,
	reaches,
	recordTables,
	type RowKind,
	rowKinds
} from './permissions.ts';
import { rehearse, wasDone } from './rehearsal.ts';
import { requiredColumns } from './world.ts';

// Every role × record table × function × whose row: what runs past row-level security must reach exactly as far as the policies.

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
			const id = (kind: RowKind) => matrix.row(role, table, kind);
			/** Whether a function's answer for the workspace of that kind has the row in it. */
			const finds = (call: (place: Matrix['home'], kind: RowKind) => string) =>
				line(rowKinds, async (kind) => {
					const { rows, error } = await rehearse(
						sql,
						matrix.actor(role),
						`select f.id from ${call(matrix.place(kind), kind)} f where f.id = '${id(kind)}'`
					);
					return error?.code ?? (rows ?? []).length > 0;
				});
			const writes = (call: string, look: (kind: RowKind) => string, kinds: readonly RowKind[] = rowKinds) =>
				line(kinds, async (kind) =>
					wasDone(
						await rehearse(sql, matrix.actor(role), call.replace('$1', `'${table}', array['${id(kind)}'::uuid]`), look(kind)),
						(seen) => seen.length > 0
					)
				);
			const readable = predicted(rowKinds, (kind) => may(rights, 'read', kind));

			test('lists: newest, of everybody and of one owner', async () => {
				expect(await finds((place) => `public.newest_${table}('${place.id}', max => 1000)`)).toEqual(readable);
				const ofOwner = (place: Matrix['home'], kind: RowKind) =>
					`public.newest_${table}('${place.id}', ${quoted(matrix.owner(role, ownerOfKind(kind)))}, 1000)`;
				expect(await finds(ofOwner)).toEqual(readable);
				const ofAnother = (place: Matrix['home']) => `public.newest_${table}('${place.id}', '${place.admin}', 1000)`;
				expect(await finds(ofAnother)).toEqual(predicted(rowKinds, () => false));
			});

			test('search', async () => {
				expect(await finds((place) => `public.search_records('${place.id}', 'Example', array['${table}'], 100)`)).toEqual(readable);
			});

			test('trash and restore', async () => {
				const allowed = predicted(rowKinds, (kind) => may(rights, 'read', kind) && may(rights, 'delete', kind));
				const look = (kind: RowKind) => `select id from public.${table} where id = '${id(kind)}' and deleted_at is not null`;
				expect(await writes('select public.trash_records($1)', look)).toEqual(allowed);
				await sql.unsafe(`update public.${table} set deleted_at = now()`);
				const restored = await writes('select public.restore_records($1)', (kind) => look(kind).replace('is not null', 'is null'));
				await sql.unsafe(`update public.${table} set deleted_at = null`);
				expect(restored).toEqual(allowed);
			});

			test.each(ownerKinds.filter((kind) => kind !== "other tenant's"))('assign to be %s', async (to) => {
				const owner = quoted(matrix.owner(role, to));
				const others = rowKinds.filter((kind) => ownerOfKind(kind) !== to);
				const look = (kind: RowKind) =>
					`select id from public.${table} where id = '${id(kind)}' and owner_id is not distinct from ${owner}`;
				expect(await writes(`select public.assign_records($1, ${owner})`, look, others)).toEqual(
					predicted(others, (kind) => mayGive(rights, kind, to))
				);
			});

			test('assign to somebody of another workspace', async () => {
				const look = () => `select id from public.${table} where owner_id = '${matrix.abroad.admin}' and org_id = '${matrix.home.id}'`;
				const outcomes = await line(rowKinds, async (kind) => {
					const call = `select public.assign_records('${table}', array['${id(kind)}'::uuid], '${matrix.abroad.admin}')`;
					const { error, rows, seen } = await rehearse(sql, matrix.actor(role), call, look());
					return [error?.hint === 'owner_not_active' || rows?.length === 0, seen.length];
				});
				expect(outcomes).toEqual(predicted(rowKinds, () => [true, 0]));
			});

			test('export', async () => {
				const taken = await line(rowKinds, async (kind) => {
					const { rows, error } = await rehearse(
						sql,
						matrix.actor(role),
						`select r.id from public.export_records('${matrix.place(kind).id}', '${table}') e, jsonb_to_record(e) r (id uuid) where r.id = '${id(kind)}'`
					);
					return error?.code ?? (rows ?? []).length > 0;
				});
				expect(taken).toEqual(
					predicted(rowKinds, (kind) =>
						rights.records.export === undefined || kind === "other tenant's"
							? '42501'
							: may(rights, 'read', kind) && reaches(rights.records.export, kind)
					)
				);
			});

			test('its own fields: an ordinary value, a restricted one, and both or none', async () => {
				const ordinary = (kind: RowKind) => `select id from public.${table} where id = '${id(kind)}' and custom = '{"size": 1}'`;
				const restricted = (kind: RowKind) =>
					`select record_id as id from public.custom_values where record_id = '${id(kind)}' and text_value = '2'`;
				/** How many values were written; a refusal writes none. */
				const written = (changes: string) =>
					line(rowKinds, async (kind) => {
						const call = `select public.set_custom_values('${table}', '${id(kind)}', '${changes}')`;
						const { error, seen } = await rehearse(sql, matrix.actor(role), call, `${ordinary(kind)} union all ${restricted(kind)}`);
						if ((error === null) !== seen.length > 0) throw new Error(error?.message ?? 'answered as if done, and was not');
						return seen.length;
					});
				const [edit, know] = [(kind: RowKind) => mayEdit(rights, kind), (kind: RowKind) => mayKnowField(rights, 'update', kind)];
				expect(await written('{"size": 1}')).toEqual(predicted(rowKinds, (kind) => Number(edit(kind))));
				expect(await written('{"secret": "2"}')).toEqual(predicted(rowKinds, (kind) => Number(know(kind))));
				expect(await written('{"size": 1, "secret": "2"}')).toEqual(predicted(rowKinds, (kind) => (edit(kind) && know(kind) ? 2 : 0)));
			});

			test('who can see it: told to whoever does, and of every role what is so', async () => {
				const told = await line(rowKinds, async (kind) => {
					const { rows, error } = await rehearse(sql, matrix.actor(role), `select * from public.who_can_see('${table}', '${id(kind)}')`);
					if (error) return error.hint;
					return everyRole
						.map(([name]) => (rows ?? []).find((row) => row.user_id === matrix.actor(name)))
						.map((row) => row && row.may_edit);
				});
				expect(told).toEqual(
					predicted(rowKinds, (kind) =>
						may(rights, 'read', kind)
							? everyRole.map(([name, seer]) => {
									// This role's own row is another member's to everybody else.
									const row: RowKind = kind === 'own' && name !== role ? "other member's" : kind;
									return may(seer, 'read', row) ? may(seer, 'update', row) : undefined;
								})
							: 'reference_not_found'
					)
				);
			});

			test('may be shared, and is among what is shared', async () => {
				const shareable = await line(
					rowKinds,
					async (kind) => (await rehearse(sql, matrix.actor(role), `select public.may_share('${table}', '${id(kind)}') as yes`)).rows
				);
				expect(shareable).toEqual(predicted(rowKinds, (kind) => [{ yes: mayShare(rights, kind) }]));
				const shared = await line(rowKinds, async (kind) => {
					const call = `select may_edit from public.shared_with_me('${matrix.place(kind).id}') where resource = '${table}' and record_id = '${id(kind)}'`;
					return (await rehearse(sql, matrix.actor(role), call)).rows;
				});
				expect(shared).toEqual(
					predicted(rowKinds, (kind) => {
						const running = kind.startsWith('shared to') || kind.startsWith('shared with the team');
						return running && rights.records.read ? [{ may_edit: kind.endsWith('edit') && rights.records.update !== undefined }] : [];
					})
				);
			});

			if (table === 'deals') {
				test('the board and its totals', async () => {
					expect(await finds((place) => `public.board_deal_ids('${place.id}', '${place.pipeline}', per_stage => 500)`)).toEqual(readable);
					expect(await finds((place) => `public.board_deal_ids('${place.id}', '${place.pipeline}', null, 'Example', 500)`)).toEqual(
						readable
					);
					const { rows } = await rehearse(
						sql,
						matrix.actor(role),
						`select (select count(*) from public.deals where org_id = '${matrix.home.id}') as readable,
							(select coalesce(sum(t.deals), 0) from public.board_totals('${matrix.home.id}', '${matrix.home.pipeline}') t) as counted,
							(select coalesce(sum(t.amount_minor), 0) / 100 from public.board_totals('${matrix.home.id}', '${matrix.home.pipeline}', null, 'Example') t) as summed,
							(select count(*) from public.board_totals('${matrix.abroad.id}', '${matrix.abroad.pipeline}')) as abroad`
					);
					const [totals] = rows ?? [];
					expect(totals).toEqual({ readable: totals?.readable, counted: totals?.readable, summed: totals?.readable, abroad: 0 });
				});

				test('import', async () => {
					const look = (kind: RowKind) =>
						`select id from public.deals where name = 'Imported' and owner_id is not distinct from ${quoted(matrix.owner(role, ownerOfKind(kind)))}`;
					const imported = await line(ownerKinds, async (kind) => {
						const place = matrix.place(kind);
						const rows = [{ ...requiredColumns(place, 'deals', 'Imported'), owner_id: matrix.owner(role, kind) }];
						// One statement cannot see what another part of it made: a function of the test's own does the three steps as the caller.
						const { error, seen } = await rehearse(
							sql,
							matrix.actor(role),
							`select testing.import_rows('${place.id}', '${JSON.stringify(rows)}') as taken`,
							look(kind)
						);
						return error?.code ?? seen.length > 0;
					});
					expect(imported).toEqual(
						predicted(ownerKinds, (kind) =>
							rights.records.import === undefined || rights.records.create === undefined || kind === "other tenant's"
								? '42501'
								: reaches(rights.records.create, kind)
						)
					);
				});
			}
		});

beforeAll(async () => {
	await sql.unsafe(`
		create function testing.import_rows(org uuid, rows jsonb) returns int language plpgsql set search_path = '' as $import$
		declare
			made uuid;
		begin
			insert into public.imports (org_id, total_rows) values (org, jsonb_array_length(rows)) returning id into made;
			perform public.stage_import_rows(made, 1, rows);
			return (select taken_rows from public.commit_import(made));
		end
		$import$;
		grant execute on function testing.import_rows(uuid, jsonb) to authenticated`);
});
