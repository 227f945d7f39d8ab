import { describe, expect, it } from 'vitest';
import { deviceOf } from './device';

const named = (name: string | undefined) => deviceOf({ get: () => name });

describe('the name of a browser', () => {
	it('is what it was given', () => {
		const name = crypto.randomUUID();
		expect(named(name)).toBe(name);
		expect(named(undefined)).toBeUndefined();
	});

	it.each(['', 'x', 'A'.repeat(36), `${crypto.randomUUID()}\n`, crypto.randomUUID().toUpperCase()])(
		'is none that somebody invented, which the database might take no notice of: %j',
		(name) => {
			expect(named(name)).toBeUndefined();
		}
	);
});
