import { beforeEach, describe, expect, test } from 'vitest';
import { customOf } from './custom-values.ts';
import { type Caller, useDatabase } from './database.ts';
import { recordTables } from './permissions.ts';
import { meetAtTheLock } from './races.ts';
import { addField, addMember, addRecord, createWorkspace, type Workspace } from './world.ts';

// The form of values in a workspace's own fields, and that no key of a restricted one is smuggled into `custom`.

const database = await useDatabase();
const { sql, tries } = database;
const { addMargin, set, values, custom } = customOf(database);

let home: Workspace;
let manager = '';
let sales = '';
beforeEach(async () => {
	home = await createWorkspace(sql);
	manager = await addMember(sql, home, 'manager');
	sales = await addMember(sql, home, 'sales');
});

describe('values in `custom`', () => {
	const write = (caller: Caller, record: string, value: object, table = 'deals') =>
		tries(caller, `update public.${table} set custom = ($2::text)::jsonb where id = $1 returning id`, [record, JSON.stringify(value)]);

	test.each(recordTables)('of %s fit their field; unknown keys are the integrators’ own', async (table) => {
		await addField(sql, home, table, 'note', { restricted: false });
		await addField(sql, home, table, 'size', { kind: 'number', restricted: false });
		await addField(sql, home, table, 'signed', { kind: 'date', restricted: false });
		await addField(sql, home, table, 'public', { kind: 'boolean', restricted: false });
		await addField(sql, home, table, 'tier', { kind: 'choice', choices: ['Gold', 'Silver'], restricted: false });
		const record = await addRecord(sql, home, table, manager);
		const good = { note: 'x', size: 1.5, signed: '2026-02-28', public: false, tier: 'Gold', foreign: { any: [1] } };
		expect((await write(manager, record, good, table)).rows).toHaveLength(1);
		expect((await write(manager, record, { note: null }, table)).rows).toHaveLength(1);
		for (const bad of [
			{ note: 1 },
			{ note: 'x'.repeat(2001) },
			{ size: '1' },
			{ size: 1.1e15 },
			{ signed: '2026-02-30' },
			{ signed: '28.2.2026' },
			{ signed: '1800-01-01' },
			{ public: 'true' },
			{ tier: 'Bronze' },
			{ tier: ['Gold'] }
		]) {
			const [key = ''] = Object.keys(bad);
			expect((await write(manager, record, bad, table)).error, key).toMatchObject({ hint: 'custom_misfit', detail: key });
			expect((await set(manager, record, bad, null, table)).error, key).toMatchObject({ hint: 'custom_misfit', detail: key });
		}
	});

	test('keep what stands: a choice that is gone stops no other change', async () => {
		const tier = await addField(sql, home, 'deals', 'tier', { kind: 'choice', choices: ['Gold', 'Silver'], restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { tier: 'Gold' });
		await sql`update public.custom_fields set choices = '["Silver"]' where id = ${tier}`;
		expect((await write(manager, deal, { tier: 'Gold', other: 1 })).error).toBeUndefined();
		expect((await set(manager, deal, { tier: 'Gold', other: 2 })).error).toBeUndefined();
		expect((await set(manager, deal, { tier: 'Silver' })).error).toBeUndefined();
		expect((await set(manager, deal, { tier: 'Gold' })).error?.hint).toBe('custom_misfit');
	});

	test('are numbers as restricted ones are kept, so that no member keeps a field from being restricted', async () => {
		const size = await addField(sql, home, 'deals', 'size', { kind: 'number', restricted: false });
		const deal = await addRecord(sql, home, 'deals', sales);
		const refused = { hint: 'custom_misfit', detail: 'size' };
		const write = `update public.deals set custom = '{"size": 1e-400}' where id = $1 returning id`;
		expect((await tries(sales, write, [deal])).error).toMatchObject(refused);
		expect((await tries(sales, `select public.set_custom_values('deals', $1, '{"size": 1e-400}')`, [deal])).error).toMatchObject(refused);
		// One from before there was such a field is named as what does not fit.
		await sql`update public.custom_fields set key = 'other' where id = ${size}`;
		expect((await tries(sales, write, [deal])).rows).toHaveLength(1);
		await sql`update public.custom_fields set key = 'size' where id = ${size}`;
		const restrict = 'update public.custom_fields set restricted = true where id = $1 returning id';
		expect((await tries(home.admin, restrict, [size])).error?.hint).toBe('custom_misfits');
	});

	test('hold no key of a restricted field, whoever writes and by whatever way', async () => {
		await addMargin(home);
		const deal = await addRecord(sql, home, 'deals', sales);
		const refused = { code: '23514', hint: 'custom_restricted', detail: 'margin' };
		for (const caller of [sales, manager, home.admin]) {
			expect((await write(caller, deal, { margin: 1 })).error).toMatchObject(refused);
			const insert = await tries(
				caller,
				`insert into public.deals (org_id, name, pipeline_id, stage_id, custom) values ($1, 'x', $2, $3, '{"margin": 1}')`,
				[home.id, home.pipeline, home.stage('Lead')]
			);
			expect(insert.error).toMatchObject(refused);
		}
		expect((await set(sales, deal, { margin: 1 })).error).toMatchObject(refused);
		await expect(sql`update public.deals set custom = '{"margin": null}' where id = ${deal}`).rejects.toMatchObject({ code: '23514' });
		// The key is free on another kind of record, and in another workspace.
		const contact = await addRecord(sql, home, 'contacts', manager);
		expect((await write(manager, contact, { margin: 1 }, 'contacts')).error).toBeUndefined();
		const second = await createWorkspace(sql);
		expect((await write(second.admin, await addRecord(sql, second, 'deals', second.admin), { margin: 1 })).error).toBeUndefined();
		// A stranger is not told what fields there are.
		const strange = `insert into public.deals (org_id, name, pipeline_id, stage_id, custom) values ($1, 'x', $2, $3, '{"margin": 1}')`;
		expect((await tries(second.admin, strange, [home.id, home.pipeline, home.stage('Lead')])).error).toMatchObject({ code: '42501' });
	});

	test('are patched per key, so that two people change different ones, and the same one not unseen', async () => {
		await addMargin(home);
		await addField(sql, home, 'deals', 'size', { restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		await set(manager, deal, { size: 'a', margin: 1, foreign: true }, { size: null, margin: null });
		await set(home.admin, deal, { margin: 2 }, { margin: 1 });
		await set(manager, deal, { size: 'b' }, { size: 'a' });
		expect([await custom(deal), await values(deal)]).toEqual([{ size: 'b', foreign: true }, [{ key: 'margin', value: '2' }]]);
		const conflict = { code: 'PT409', hint: 'custom_conflict' };
		expect((await set(manager, deal, { size: 'c' }, { size: 'a' })).error).toMatchObject({ ...conflict, detail: 'size' });
		for (const change of [3, null])
			expect((await set(manager, deal, { margin: change }, { margin: 1 })).error).toMatchObject({ ...conflict, detail: 'margin' });
		expect((await set(manager, deal, { margin: 3 }, { margin: null })).error).toMatchObject(conflict);
		await set(manager, deal, { margin: null, size: null });
		expect((await set(manager, deal, { margin: 3 }, { margin: 2 })).error).toMatchObject(conflict);
		expect([await custom(deal), await values(deal)]).toEqual([{ foreign: true }, []]);
	});

	test('and restricted ones are saved together or not at all', async () => {
		await addMargin(home);
		await addField(sql, home, 'deals', 'size', { kind: 'number', restricted: false });
		const deal = await addRecord(sql, home, 'deals', manager);
		expect((await set(manager, deal, { margin: 1, size: 'x' })).error?.hint).toBe('custom_misfit');
		expect((await set(manager, deal, { margin: 'x', size: 1 })).error?.hint).toBe('custom_misfit');
		expect([await custom(deal), await values(deal)]).toEqual([{}, []]);
		for (const [changes, base] of [
			[[], null],
			[{ margin: 1 }, []]
		] as const)
			expect((await set(manager, deal, changes, base)).error).toMatchObject({
				code: '22023',
				message: 'Changes and base are objects of values by key.'
			});
		expect((await set(manager, deal, {}, null, 'members')).error?.code).toBe('22023');
	});
});

describe('values beside the record', () => {
	const kinds: [string, Record<string, unknown>, Record<string, unknown>[]][] = [
		['text', { text_value: 'x' }, [{ number_value: 1 }, { date_value: '2026-01-01' }, { text_value: 'x', number_value: 1 }, {}]],
		['number', { number_value: -1.5 }, [{ text_value: '1' }, { number_value: 1e16 }, { number_value: Number.NaN }]],
		['date', { date_value: '2026-01-01' }, [{ text_value: '2026-01-01' }, { date_value: '1800-01-01' }]],
		['boolean', { number_value: 0 }, [{ number_value: 2 }, { text_value: 'true' }]],
		['choice', { text_value: 'Gold' }, [{ text_value: 'Bronze' }, { number_value: 1 }]]
	];

	test.each(kinds)('of kind %s stand in its column, in its form', async (kind, good, bad) => {
		const field = await addField(sql, home, 'deals', 'f', { kind, ...(kind === 'choice' && { choices: ['Gold'] }) });
		const write = async (columns: Record<string, unknown>) => {
			const record = await addRecord(sql, home, 'deals', manager);
			const row = { org_id: home.id, resource: 'deals', record_id: record, field_id: field, ...columns };
			return sql`insert into public.custom_values ${sql(row)} returning id`.then(
				(rows) => rows.length,
				(error: { code?: string }) => error.code
			);
		};
		expect(await write(good)).toBe(1);
		for (const columns of bad) expect(await write(columns)).toBe('23514');
	});

	test('are none of an ordinary field, nor of another kind of record', async () => {
		const field = await addField(sql, home, 'deals', 'size', { restricted: false });
		const secret = await addField(sql, home, 'contacts', 'secret');
		const deal = await addRecord(sql, home, 'deals', home.admin);
		for (const id of [field, secret])
			await expect(
				sql`insert into public.custom_values (org_id, resource, record_id, field_id, text_value) values (${home.id}, 'deals', ${deal}, ${id}, 'x')`
			).rejects.toMatchObject({ hint: 'custom_not_restricted' });
	});
});

test('a value that is written while its field is restricted or opened is left where nobody should find it by neither', async () => {
	const size = await addField(sql, home, 'deals', 'size', { restricted: false });
	const deal = await addRecord(sql, home, 'deals', manager);
	const write = `update public.deals set custom = '{"size": "big"}' where id = $1`;
	const restrict = 'update public.custom_fields set restricted = $2 where id = $1';
	await meetAtTheLock(database, [
		[manager, write, [deal]],
		[home.admin, restrict, [size, true]]
	]);
	expect([await custom(deal), await values(deal)]).toEqual([{}, [{ key: 'size', value: 'big' }]]);
	await meetAtTheLock(database, [
		[home.admin, `select public.set_custom_values('deals', $1, '{"size": "small"}')`, [deal]],
		[home.admin, restrict, [size, false]]
	]);
	expect([await custom(deal), await values(deal)]).toEqual([{ size: 'small' }, []]);
	const [restricted, late] = await meetAtTheLock(database, [
		[home.admin, restrict, [size, true]],
		[manager, `select public.set_custom_values('deals', $1, '{"size": "huge"}')`, [await addRecord(sql, home, 'deals', manager)]]
	]);
	expect(restricted.error).toBeUndefined();
	expect(late.error?.hint).toBe('custom_restricted');
});

test('nor is one whose field is made at that moment', async () => {
	const deal = await addRecord(sql, home, 'deals', manager);
	const write = `update public.deals set custom = custom || jsonb_build_object($2::text, 'x') where id = $1`;
	const make = `insert into public.custom_fields (org_id, resource, key, label, kind, restricted) values ($1, 'deals', $2, 'New', 'text', true)`;
	const [made, late] = await meetAtTheLock(database, [
		[home.admin, make, [home.id, 'pay']],
		[manager, write, [deal, 'pay']]
	]);
	expect([made.error, late.error?.hint]).toEqual([undefined, 'custom_restricted']);
	await meetAtTheLock(database, [
		[manager, write, [deal, 'bonus']],
		[home.admin, make, [home.id, 'bonus']]
	]);
	expect([await custom(deal), await values(deal)]).toEqual([{}, [{ key: 'bonus', value: 'x' }]]);
	// Another workspace, and another kind of record, waits for neither.
	const second = await createWorkspace(sql);
	const company = await addRecord(sql, home, 'companies', manager);
	const theirs = await addRecord(sql, second, 'deals', second.admin);
	const other = database.connect();
	await other.begin(async (tx) => {
		await tx`insert into public.custom_fields (org_id, resource, key, label, kind, restricted) values (${home.id}, 'deals', 'late', 'Late', 'text', true)`;
		expect((await tries(second.admin, write, [theirs, 'late'])).error).toBeUndefined();
		expect((await tries(manager, write.replace('deals', 'companies'), [company, 'late'])).error).toBeUndefined();
	});
});
