import { describe, expect, it } from 'vitest';
import { boardColumn, dealEdit, dealIds, newDeal } from './schema';

const id = '8b9e0888-44a3-a27e-ae05-a95c3a3384e1';
const good = { org: id, name: ' New roof ', stage_id: id };

describe('a new deal', () => {
	it('is trimmed, and empty texts are nothing', () => {
		expect(newDeal.parse({ ...good, amount: '12500.50', owner_id: '', description: '' })).toMatchObject({
			name: 'New roof',
			amount: 12500.5,
			owner_id: null,
			description: null
		});
	});

	it.each([
		['an empty name', { name: '   ' }],
		['an enormous name', { name: 'x'.repeat(201) }],
		['a name with a NUL', { name: 'a\u0000b' }],
		['a negative amount', { amount: -1 }],
		['an absurd amount', { amount: 1e14 }],
		['half a cent', { amount: '1.005' }],
		['an amount that is no number', { amount: 'NaN' }],
		['a made-up currency form', { currency: 'eur' }],
		['no id', { stage_id: 'lead' }],
		['no date', { expected_close: '31.12.2026' }],
		['an enormous description', { description: 'x'.repeat(10_001) }]
	])('with %s is refused', (_, wrong) => {
		expect(newDeal.safeParse({ ...good, ...wrong }).success).toBe(false);
	});
});

describe('an edit', () => {
	it('names its version and only fields a person may set', () => {
		expect(dealEdit.safeParse({ org: id, version: 3, changes: { name: 'x' } }).success).toBe(true);
		expect(dealEdit.safeParse({ org: id, changes: { name: 'x' } }).success).toBe(false);
		expect(dealEdit.parse({ org: id, version: 3, changes: { version: 9, name: 'x' } }).changes).toEqual({ name: 'x' });
	});
});

describe('questions about the board', () => {
	it('name at most a hundred deals', () => {
		expect(dealIds.safeParse({ org: id, ids: id }).success).toBe(true);
		expect(dealIds.safeParse({ org: id, ids: Array(101).fill(id).join(',') }).success).toBe(false);
		expect(dealIds.safeParse({ org: id, ids: `${id},x` }).success).toBe(false);
	});

	it('go on from a real rank', () => {
		const column = { org: id, pipeline: id, stage: id, after_id: id, after_rank: 'a0' };
		expect([boardColumn.safeParse(column).success, boardColumn.safeParse({ ...column, after_rank: 'a0;drop' }).success]).toEqual([
			true,
			false
		]);
	});
});
