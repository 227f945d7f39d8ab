import { describe, expect, it } from 'vitest';
import { formatCount, formatDay, formatMoney, formatMoneyShort } from './format';
import { compareRanks, daysInStage, isOverdue, localDay } from './model';

describe('a deal', () => {
	it('counts days in its stage by the calendar', () => {
		expect(daysInStage({ stage_entered_at: '2026-03-01T23:50:00Z' }, '2026-03-02')).toBe(1);
		expect(daysInStage({ stage_entered_at: '2026-03-02T00:10:00Z' }, '2026-03-02')).toBe(0);
		expect(daysInStage({ stage_entered_at: '2026-03-03T00:10:00Z' }, '2026-03-02')).toBe(0);
		expect(daysInStage({ stage_entered_at: '2025-12-31T10:00:00Z' }, '2026-03-01')).toBe(60);
	});

	it('is overdue from the day after its expected close, while open', () => {
		expect(isOverdue({ expected_close: '2026-03-02' }, 'open', '2026-03-02')).toBe(false);
		expect(isOverdue({ expected_close: '2026-03-01' }, 'open', '2026-03-02')).toBe(true);
		expect(isOverdue({ expected_close: '2026-03-01' }, 'won', '2026-03-02')).toBe(false);
		expect(isOverdue({ expected_close: null }, 'open', '2026-03-02')).toBe(false);
	});

	it('sorts as the database does: by bytes, then by id', () => {
		const sorted = [
			{ rank: 'a1', id: '2' },
			{ rank: 'a1', id: '1' },
			{ rank: 'Zz', id: '3' },
			{ rank: 'a', id: '4' }
		].sort(compareRanks);
		expect(sorted.map((row) => row.id)).toEqual(['3', '4', '1', '2']);
	});

	it('knows the local day', () => {
		expect(localDay(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
	});
});

describe('the formats', () => {
	it.each([
		[12500, 'EUR', '€12,500'],
		[12500.5, 'EUR', '€12,500.50'],
		[9_999_999_999_999.99, 'USD', '$9,999,999,999,999.99'],
		[1200, 'JPY', '¥1,200'],
		[5, 'no such', '5 no such']
	])('write %d %s as %s', (amount, currency, text) => expect(formatMoney(amount, currency)).toBe(text));

	it('shorten large totals', () => {
		expect([formatMoneyShort(99_999.6, 'USD'), formatMoneyShort(1_234_567, 'EUR')]).toEqual(['$100,000', '€1.2M']);
	});

	it('name the year only when it is another one', () => {
		expect([formatDay('2026-03-12', '2026-01-01'), formatDay('2027-03-12', '2026-01-01')]).toEqual(['12 Mar', '12 Mar 2027']);
	});

	it('count', () => expect([formatCount(1), formatCount(5000)]).toEqual(['1 deal', '5,000 deals']));
});
