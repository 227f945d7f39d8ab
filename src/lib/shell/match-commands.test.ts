import { expect, it } from 'vitest';
import { matchCommands } from './match-commands';

const commands = ['Pipeline', 'New company', 'New contact', 'Dark theme'].map((label) => ({ label }));
const labels = (query: string) => matchCommands(commands, query).map(({ label }) => label);

it('finds commands by the starts of their words, in any order', () => {
	expect(labels('new co')).toEqual(['New company', 'New contact']);
	expect(labels('comp NEW')).toEqual(['New company']);
	expect(labels('theme')).toEqual(['Dark theme']);
	expect(labels('ew')).toEqual([]);
});

it('shows everything before anything is typed', () => {
	expect(labels('  ')).toHaveLength(4);
});
