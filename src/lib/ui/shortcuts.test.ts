import { describe, expect, it } from 'vitest';
import { keyCaps } from './keys';
import { pressedKey } from './shortcuts';

const press = (key: string, modifiers: Partial<Pick<KeyboardEvent, 'metaKey' | 'ctrlKey' | 'altKey'>> = {}) => ({
	key,
	metaKey: false,
	ctrlKey: false,
	altKey: false,
	...modifiers
});

describe('a pressed key', () => {
	it('is the command key on Apple keyboards and Ctrl elsewhere', () => {
		expect(pressedKey(press('k', { metaKey: true }), true)).toBe('mod+k');
		expect(pressedKey(press('k', { ctrlKey: true }), false)).toBe('mod+k');
		expect(pressedKey(press('k', { ctrlKey: true }), true)).toBe('other+k');
	});

	it('is itself without modifiers, whatever its case', () => {
		expect(pressedKey(press('G'))).toBe('g');
		expect(pressedKey(press('?'))).toBe('?');
		expect(pressedKey(press('Shift'))).toBeNull();
	});
});

it('draws the caps of the keyboard at hand', () => {
	expect(keyCaps('mod+k', true)).toEqual(['⌘', 'K']);
	expect(keyCaps('mod+k', false)).toEqual(['Ctrl', 'K']);
	expect(keyCaps('g p', false)).toEqual(['G', 'P']);
});
