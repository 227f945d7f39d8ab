import { describe, expect, it } from 'vitest';
import { busyDelayMs, Pace, quietDelayMs } from './pace';

function paceAt(clock: { ms: number }, random = 0.5): Pace {
	return new Pace(
		() => clock.ms,
		() => random
	);
}

describe('the pace of refetching', () => {
	it('is quick after a calm, also when the server is not', () => {
		const clock = { ms: 0 };
		const pace = paceAt(clock);
		pace.heard();
		expect(pace.delayMs()).toBe(quietDelayMs);
		pace.answered(100);
		clock.ms += 1_000;
		expect(pace.delayMs()).toBe(quietDelayMs);
	});

	it('rests after answers for as long as they were slow, up to two seconds, and recovers step by step', () => {
		const pace = paceAt({ ms: 0 });
		pace.answered(60);
		expect(pace.delayMs()).toBeCloseTo(72);
		for (let slow = 0; slow < 10; slow++) pace.answered(1_000);
		expect(pace.delayMs()).toBe(busyDelayMs);
		for (let quick = 0; quick < 30; quick++) pace.answered(5);
		expect(pace.delayMs()).toBe(quietDelayMs);
	});

	it('gathers more when twenty messages a second come, and is quick again after a pause', () => {
		const clock = { ms: 0 };
		const pace = paceAt(clock);
		for (let message = 0; message < 200; message++) {
			pace.heard();
			clock.ms += 50;
		}
		expect(pace.delayMs()).toBeGreaterThan(1_500);
		clock.ms += 5_000;
		expect(pace.delayMs()).toBe(quietDelayMs);
	});

	it('spreads tabs that wait for the same message', () => {
		const delays = [0, 1].map((random) => {
			const pace = paceAt({ ms: 0 }, random);
			for (let slow = 0; slow < 40; slow++) pace.answered(200);
			return Math.round(pace.delayMs());
		});
		expect(delays).toEqual([600, 1_000]);
	});

	it('spreads a large audience also after a calm, and leaves a small one quick', () => {
		expect(paceAt({ ms: 0 }, 1).delayMs(3)).toBe(quietDelayMs + 30);
		expect([0, 1].map((random) => paceAt({ ms: 0 }, random).delayMs(200))).toEqual([quietDelayMs, quietDelayMs + 2_000]);
	});
});
