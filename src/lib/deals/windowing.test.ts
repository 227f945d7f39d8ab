import { describe, expect, it } from 'vitest';
import { cardHeight, cardPitch, edgeSpeed, gapAt, scrollTopShowing, visibleRange } from './windowing';

describe('the visible stretch of a column', () => {
	it('holds what fits and a little more on both sides', () => {
		expect(visibleRange(0, 800, 5_000)).toEqual({ first: 0, end: 13 });
		const middle = visibleRange(100 * cardPitch, 800, 5_000);
		expect(middle).toEqual({ first: 96, end: 113 });
	});

	it('ends with the list, also when it became shorter than the scroll position', () => {
		expect(visibleRange(0, 800, 3)).toEqual({ first: 0, end: 3 });
		expect(visibleRange(9_000, 800, 3)).toEqual({ first: 3, end: 3 });
		expect(visibleRange(0, 800, 0)).toEqual({ first: 0, end: 0 });
	});
});

describe('the gap under the pointer', () => {
	it.each([
		[-50, 0],
		[10, 0],
		[cardPitch * 0.6, 1],
		[cardPitch * 2.4, 2],
		[cardPitch * 50, 4]
	])('at %d px is %d of four cards', (y, gap) => expect(gapAt(y, 4)).toBe(gap));
});

describe('showing a card', () => {
	it('scrolls no further than needed', () => {
		expect(scrollTopShowing(0, 500, 400)).toBe(0);
		expect(scrollTopShowing(3, 200, 400)).toBe(200);
		expect(scrollTopShowing(20, 0, 400)).toBe(20 * cardPitch + cardHeight - 400);
	});
});

describe('scrolling at the edge', () => {
	it('is nothing in the middle and fastest beyond the edge', () => {
		expect([edgeSpeed(200), edgeSpeed(28), edgeSpeed(-40)]).toEqual([0, 9, 18]);
	});
});
