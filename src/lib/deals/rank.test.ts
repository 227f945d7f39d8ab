import { describe, expect, it } from 'vitest';
import { rankAt } from './rank';

const cards = (...ranks: string[]) => ranks.map((rank) => ({ rank }));

describe('the rank of a dropped card', () => {
	it('lies between its neighbours, at either end, and in an empty column', () => {
		const column = cards('a0', 'a1', 'a2');
		expect(rankAt(column, 0) < 'a0').toBe(true);
		const middle = rankAt(column, 2);
		expect('a1' < middle && middle < 'a2').toBe(true);
		expect(rankAt(column, 3) > 'a2').toBe(true);
		expect(rankAt([], 0)).toBe('a0');
	});

	it('stays before the first card that is not loaded', () => {
		const rank = rankAt(cards('a0', 'a1'), 2, 'a2');
		expect('a1' < rank && rank < 'a2').toBe(true);
	});

	it('follows the database default, which sorts new deals on top', () => {
		const newest = 'RzzzzzzzzzAb3d';
		expect(rankAt(cards(newest), 0) < newest).toBe(true);
		expect(rankAt(cards(newest), 1) > newest).toBe(true);
	});

	it('lands after neighbours that share one rank', () => {
		const rank = rankAt(cards('a0', 'a1', 'a1', 'a2'), 2);
		expect('a1' < rank && rank < 'a2').toBe(true);
		expect(rankAt(cards('a1', 'a1'), 1) > 'a1').toBe(true);
		expect(rankAt(cards('a1'), 1, 'a1') > 'a1').toBe(true);
	});

	it('stays far below 500 characters when cards are dropped between the same two for long', () => {
		let upper = 'a1';
		for (let drop = 0; drop < 500; drop++) upper = rankAt(cards('a0', upper), 1);
		expect(upper.length).toBeLessThan(120);
	});
});
