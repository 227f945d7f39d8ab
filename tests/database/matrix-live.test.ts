import { beforeAll, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { buildMatrix, everyRole, line, type Matrix, predicted } from './matrix-world.ts';
import { may, ownerOfKind, readsEverything, recordTables, type RowKind, rowKinds } from './permissions.ts';
import { rehearse } from './rehearsal.ts';

// Every role × what it hears of whose rows, which topics it may be in, and whose files it sees and writes.

const database = await useDatabase();
const { sql } = database;

let matrix: Matrix;
beforeAll(async () => {
	matrix = await buildMatrix(sql);
	for (const person of [matrix.home.admin, matrix.abroad.admin, ...everyRole.map(([role]) => matrix.actor(role))])
		await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${`${person}/photo.png`})`;
});

type Message = { topic: string; payload: { table: string; rows?: { id: string }[]; count?: number } };

/** Which ids each topic is told when somebody without a session does something, undone. */
async function told(statement: string): Promise<Map<string, Set<string>>> {
	const undone = new Error('undone');
	const heard = new Map<string, Set<string>>();
	await sql
		.begin(async (tx) => {
			await tx`select set_config('request.headers', '{"x-request-id": "this one"}', true)`;
			await tx.unsafe(statement);
			const messages = await tx<Message[]>`
				select topic, payload from realtime.messages
				where payload ->> 'request_id' = 'this one' and payload ->> 'table' in ('companies', 'contacts', 'deals')`;
			for (const { topic, payload } of messages) {
				const ids = heard.get(topic) ?? new Set();
				// A number instead of ids would be more than a member of narrow scope may know of others.
				for (const { id } of payload.rows ?? [{ id: `${payload.count} rows` }]) ids.add(id);
				heard.set(topic, ids);
			}
			throw undone;
		})
		.catch((error: unknown) => {
			if (error !== undone) throw error;
		});
	return heard;
}

describe.each(recordTables)('%s', (table) => {
	const id = (role: string, kind: RowKind) => matrix.row(role, table, kind);

	test.each([
		['an update', `update public.${table} set description = 'x'`],
		['a deletion', `delete from public.${table}`]
	])('%s of every row tells each role exactly of the rows it may read', async (_, statement) => {
		// One statement over the rows of all kinds and of one role's own: few enough for ids.
		for (const [role, rights] of everyRole) {
			const ids = rowKinds.map((kind) => id(role, kind));
			const heard = await told(`${statement} where id in (${ids.map((one) => `'${one}'`).join(', ')})`);
			const own = heard.get(`member:${matrix.home.id}:${matrix.actor(role)}`) ?? new Set();
			const readable = rowKinds.filter((kind) => may(rights, 'read', kind));
			expect([role, [...own].sort()]).toEqual([role, readsEverything(rights) ? [] : readable.map((kind) => id(role, kind)).sort()]);
			// Everybody who reads everything hears of all of the workspace there, and nothing of the other.
			const all = rowKinds.filter((kind) => ownerOfKind(kind) !== "other tenant's").map((kind) => id(role, kind));
			expect([...(heard.get(`org:${matrix.home.id}`) ?? [])].sort()).toEqual(all.sort());
			expect([...(heard.get(`org:${matrix.abroad.id}`) ?? [])]).toEqual([id(role, "other tenant's")]);
		}
	});

	test('a row that goes to somebody else is told to those who lose it and those who get it', async () => {
		for (const [role, rights] of everyRole) {
			if (readsEverything(rights)) continue;
			const topic = `member:${matrix.home.id}:${matrix.actor(role)}`;
			const give = (kind: RowKind, to: string | null) =>
				told(`update public.${table} set owner_id = ${to === null ? 'null' : `'${to}'`} where id = '${id(role, kind)}'`);
			const hears = async (kind: RowKind, to: string | null) => (await give(kind, to)).has(topic);
			expect([role, await hears('own', matrix.owner(role, "other member's"))]).toEqual([role, may(rights, 'read', 'own')]);
			expect([role, await hears("other member's", matrix.actor(role))]).toEqual([role, may(rights, 'read', 'own')]);
			expect([role, await hears("other member's", matrix.owner(role, "teammate's"))]).toEqual([role, may(rights, 'read', "teammate's")]);
			expect([role, await hears('unowned', matrix.owner(role, "other member's"))]).toEqual([role, false]);
		}
	});
});

describe.each(everyRole)('%s', (role, rights) => {
	test('may be in the topics it reads, and in no other', async () => {
		const [home, abroad, me] = [matrix.home.id, matrix.abroad.id, matrix.actor(role)];
		const topics = {
			[`org:${home}`]: readsEverything(rights),
			[`member:${home}:${me}`]: true,
			[`member:${home}:${matrix.home.admin}`]: false,
			[`org:${abroad}`]: false,
			[`member:${abroad}:${me}`]: false
		};
		for (const [topic, allowed] of Object.entries(topics)) {
			const { rows } = await rehearse(sql, me, `select private.may_join('${topic}') as yes`);
			expect([topic, rows]).toEqual([topic, [{ yes: allowed }]]);
		}
		const everything = await line(
			rowKinds,
			async (kind) => (await rehearse(sql, me, `select private.may_join('org:${matrix.row(role, 'deals', kind)}') as yes`)).rows
		);
		expect(everything).toEqual(predicted(rowKinds, () => [{ yes: false }]));
	});

	test('sees the photos of colleagues, and writes its own', async () => {
		const me = matrix.actor(role);
		const cells = await Promise.all(
			[me, matrix.home.admin, matrix.abroad.admin].map(async (whose) => {
				const where = `where bucket_id = 'avatars' and name = '${whose}/photo.png'`;
				const seen = await rehearse(sql, me, `select id from storage.objects ${where}`);
				const changed = await rehearse(sql, me, `update storage.objects set metadata = '{}' ${where} returning id`);
				const added = await rehearse(
					sql,
					me,
					`insert into storage.objects (bucket_id, name) values ('avatars', '${whose}/2.png') returning id`
				);
				return [seen.rows?.length, changed.rows?.length, added.rows?.length ?? added.error?.code];
			})
		);
		expect(cells).toEqual([
			[1, 1, 1],
			[1, 0, '42501'],
			[0, 0, '42501']
		]);
	});
});
