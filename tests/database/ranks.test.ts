import { generateKeyBetween, generateNKeysBetween } from 'fractional-indexing';
import { beforeAll, describe, expect, test } from 'vitest';
import { attempt, useDatabase } from './database.ts';
import { addRecord, createWorkspace, type Workspace } from './world.ts';

// The order on the board: keys made here and keys made by the clients' library live in one column.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
beforeAll(async () => {
	home = await createWorkspace(sql);
});

const rankOf = async (id: string): Promise<string> => {
	const [row] = await sql<{ rank: string }[]>`select rank from public.deals where id = ${id}`;
	return row?.rank ?? '';
};

const setRank = async (id: string, rank: string) =>
	database.as(home.admin, (tx) =>
		attempt(tx, async (inner) => [...(await inner`update public.deals set rank = ${rank} where id = ${id} returning rank`)])
	);

/** Whether a key is one the library can make: it takes it as a neighbour, and it is of base-62 digits (which it does not check). */
const libraryAccepts = (key: string): boolean => {
	if (!/^[0-9A-Za-z]*$/.test(key)) return false;
	try {
		generateKeyBetween(key, null);
		generateKeyBetween(null, key);
		return true;
	} catch {
		return false;
	}
};

describe('a new deal', () => {
	test('goes on top, with a key the library can work around', async () => {
		const older = await rankOf(await addRecord(sql, home, 'deals', home.admin));
		const newer = await rankOf(await addRecord(sql, home, 'deals', home.admin));
		expect(newer < older).toBe(true);
		for (const [above, below] of [
			[null, newer],
			[newer, older],
			[older, null]
		] as const) {
			const between = generateKeyBetween(above, below);
			if (above) expect(between > above).toBe(true);
			if (below) expect(between < below).toBe(true);
		}
	});

	test('made in bulk never gets a key the library refuses, nor one twice', async () => {
		const rows = await sql<{ rank: string }[]>`select private.new_rank() as rank from generate_series(1, 5000)`;
		expect(rows.filter(({ rank }) => !libraryAccepts(rank))).toEqual([]);
		expect(new Set(rows.map(({ rank }) => rank)).size).toBe(5000);
	});

	test('still sorts after a deal that was dragged to the very top, below nothing made later', async () => {
		const first = await addRecord(sql, home, 'deals', home.admin);
		const second = await addRecord(sql, home, 'deals', home.admin);
		const top = generateKeyBetween(null, await rankOf(second));
		expect((await setRank(first, top)).rows).toHaveLength(1);
		expect(top < (await rankOf(second))).toBe(true);
	});
});

describe('a key a client sends', () => {
	let deal: string;
	beforeAll(async () => {
		deal = await addRecord(sql, home, 'deals', home.admin);
	});

	const samples = [
		...generateNKeysBetween(null, null, 50),
		generateKeyBetween('a0', 'a0V'),
		'a0',
		'Zz',
		'zzzzzzzzzzzzzzzzzzzzzzzzzzz',
		'A00000000000000000000000001',
		'A00000000000000000000000000',
		'A000000000000000000000000000',
		'a00',
		'a0V0',
		'a',
		'0',
		'',
		'b1',
		'b10',
		'a-',
		'a0 ',
		' a0',
		'a0ä',
		'Y0',
		'Y00',
		'!!'
	];
	test.each(samples)('is taken exactly when the library could have made it: %j', async (key) => {
		const outcome = await setRank(deal, key);
		if (libraryAccepts(key)) expect(outcome.rows).toEqual([{ rank: key }]);
		else expect(outcome.error).toMatchObject({ code: '23514', constraint: 'deals_rank_valid' });
	});

	test('may grow by hundreds of drops into one gap, but not without end', async () => {
		let [below, above] = ['a0', 'a1'];
		for (let i = 0; i < 300; i++)
			[below, above] = i % 2 ? [generateKeyBetween(below, above), above] : [below, generateKeyBetween(below, above)];
		expect((await setRank(deal, below)).rows).toHaveLength(1);
		expect((await setRank(deal, `a0${'V'.repeat(500)}`)).error?.constraint).toBe('deals_rank_valid');
	});

	test('sorts by bytes, not by the words of a language', async () => {
		const keys = generateNKeysBetween(null, null, 200).concat(['Zz', 'Za', 'aA', 'aa', 'a0V', 'a0v']);
		const [row] = await sql<{ sorted: string[] }[]>`
			select array_agg(k order by k) as sorted from (select k collate "C" as k from unnest(${keys}::text[]) k) t`;
		expect(row?.sorted).toEqual(keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
		const [column] = await sql`
			select collation_name from information_schema.columns where table_name = 'deals' and column_name = 'rank'`;
		expect(column?.collation_name).toBe('C');
	});
});
