import { describe, expect, it } from 'vitest';
import { compareRanks, daysSince, isOverdue } from './model';

describe('a deal', () => {
	it('counts whole days by the calendar', () => {
		expect(daysSince('2026-03-01', '2026-03-02')).toBe(1);
		expect(daysSince('2026-03-02', '2026-03-02')).toBe(0);
		expect(daysSince('2026-03-03', '2026-03-02')).toBe(0);
		expect(daysSince('2025-12-31', '2026-03-01')).toBe(60);
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
});
