import type { TransactionSql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, become, type Outcome, useDatabase } from './database.ts';
import { customRoles, reaches, recordTables, type RecordTable, roles, type RowKind, rowKinds } from './permissions.ts';
import { addMember, addRecord, addRole, addTeam, createWorkspace, requiredColumns, signUp, type Workspace } from './world.ts';

// Every role × record table × statement × whose row, against what permissions.ts predicts. Statements return rows, and after
// each the row is read again as the owner of the database: a blocked read shows nothing, a blocked write changes nothing.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let abroad: Workspace;
const actors: Record<string, string> = {};
const owners: Partial<Record<RowKind, string | null>> = {};
const rows: Record<string, string> = {};

const ownerOf = (role: string, kind: RowKind): string | null => (kind === 'own' ? (actors[role] ?? '') : (owners[kind] ?? null));
const workspaceOf = (kind: RowKind): Workspace => (kind === "other tenant's" ? abroad : home);
const rowOf = (table: RecordTable, owner: string | null): string => rows[`${table} ${owner}`] ?? '';
const named = (table: RecordTable) => (table === 'contacts' ? 'first_name' : 'name');

beforeAll(async () => {
	home = await createWorkspace(sql);
	abroad = await createWorkspace(sql);
	for (const [name, role] of Object.entries(customRoles)) await addRole(sql, home, name, role.records);
	for (const role of Object.keys(roles)) actors[role] = await addMember(sql, home, role);
	const teammate = await addMember(sql, home, 'sales', await signUp(sql, 'Tea Mate'));
	const colleague = await addMember(sql, home, 'sales', await signUp(sql, 'Otto Ther'));
	owners["teammate's"] = teammate;
	owners["other member's"] = colleague;
	owners["other tenant's"] = abroad.admin;
	for (const actor of Object.values(actors)) await addTeam(sql, home, [actor, teammate]);

	const inHome = [...Object.values(actors), teammate, colleague, null];
	for (const table of recordTables) {
		for (const owner of inHome) rows[`${table} ${owner}`] = await addRecord(sql, home, table, owner);
		rows[`${table} ${abroad.admin}`] = await addRecord(sql, abroad, table, abroad.admin);
	}
});

/** Tries a statement as the role's member and then looks at the table as its owner, all of it undone afterwards. */
async function tryAs<T>(
	role: string,
	statement: (tx: TransactionSql) => ReturnType<TransactionSql['unsafe']>,
	look: (tx: TransactionSql) => Promise<T>
): Promise<{ outcome: Outcome; seen: T }> {
	const answers: { outcome: Outcome; seen: T }[] = [];
	const undone = new Error('undone');
	await sql
		.begin(async (tx) => {
			await become(tx, actors[role] ?? '');
			const outcome = await attempt(tx, async (inner) => [...(await statement(inner))]);
			await tx`reset role`;
			answers.push({ outcome, seen: await look(tx) });
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	const [answer] = answers;
	if (!answer) throw new Error('no answer');
	return answer;
}

/** A blocked write is an error of missing rights or an answer without rows. */
function expectBlocked(outcome: Outcome, codes: string[]) {
	if (outcome.error) expect(codes).toContain(outcome.error.code);
	else expect(outcome.rows).toEqual([]);
}

for (const [role, { records }] of Object.entries(roles))
	for (const table of recordTables)
		describe(`${role} · ${table}`, () => {
			test.each(rowKinds)('select of %s row', async (kind) => {
				const id = rowOf(table, ownerOf(role, kind));
				const { outcome } = await tryAs(
					role,
					(tx) => tx.unsafe(`select id from public.${table} where id = $1`, [id]),
					async () => null
				);
				expect(outcome.error).toBeUndefined();
				expect(outcome.rows).toEqual(reaches(records.read, kind) ? [{ id }] : []);
			});

			test.each(rowKinds)('insert of %s row', async (kind) => {
				const workspace = workspaceOf(kind);
				const columns = { org_id: workspace.id, ...requiredColumns(workspace, table, 'Inserted'), owner_id: ownerOf(role, kind) };
				const { outcome, seen } = await tryAs(
					role,
					(tx) => tx`insert into ${tx(`public.${table}`)} ${tx(columns)} returning id`,
					(tx) => tx.unsafe(`select id from public.${table} where ${named(table)} = 'Inserted'`)
				);
				// Returning the new row is also reading it.
				if (reaches(records.create, kind) && reaches(records.read, kind)) {
					expect(outcome.error).toBeUndefined();
					expect(seen).toHaveLength(1);
				} else {
					expect(outcome.error?.code).toBe('42501');
					expect(seen).toHaveLength(0);
				}
			});

			test.each(rowKinds)('update of %s row', async (kind) => {
				const id = rowOf(table, ownerOf(role, kind));
				const { outcome, seen } = await tryAs(
					role,
					(tx) => tx.unsafe(`update public.${table} set ${named(table)} = 'Changed' where id = $1 returning id`, [id]),
					(tx) => tx.unsafe(`select ${named(table)} as name, version from public.${table} where id = $1`, [id])
				);
				if (reaches(records.read, kind) && reaches(records.update, kind)) {
					expect(outcome.rows).toEqual([{ id }]);
					expect(seen).toEqual([{ name: 'Changed', version: 2 }]);
				} else {
					expectBlocked(outcome, ['42501']);
					expect(seen).toEqual([{ name: 'Example', version: 1 }]);
				}
			});

			test.each(rowKinds)('delete of %s row', async (kind) => {
				const id = rowOf(table, ownerOf(role, kind));
				const { outcome, seen } = await tryAs(
					role,
					(tx) => tx.unsafe(`delete from public.${table} where id = $1 returning id`, [id]),
					(tx) => tx.unsafe(`select id from public.${table} where id = $1`, [id])
				);
				if (reaches(records.read, kind) && reaches(records.delete, kind)) {
					expect(outcome.rows).toEqual([{ id }]);
					expect(seen).toEqual([]);
				} else {
					expectBlocked(outcome, []);
					expect(seen).toEqual([{ id }]);
				}
			});
		});
