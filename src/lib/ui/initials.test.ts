import { describe, expect, it } from 'vitest';
import { hueOf, initials } from './initials';

describe('initials', () => {
	it.each([
		['Ada Lovelace', 'AL'],
		['Jean-Luc van der Picard', 'JP'],
		['plato', 'P'],
		['ada@x.test', 'A'],
		['  ', '?'],
		['Željko Šarić', 'ŽŠ'],
		['🦊 Fox', '🦊F']
	])('stand for %s', (name, expected) => {
		expect(initials(name)).toBe(expected);
	});
});

describe('hueOf', () => {
	it('is stable and stays within the palette', () => {
		const hues = Array.from({ length: 200 }, (_, i) => hueOf(`user-${i}`));
		expect(hues.every((hue) => hue >= 1 && hue <= 8)).toBe(true);
		expect(new Set(hues).size).toBe(8);
		expect(hueOf('user-1')).toBe(hues[1]);
	});
});
