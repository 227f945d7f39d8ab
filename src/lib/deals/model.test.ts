import { describe, expect, it } from 'vitest';
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
