import { expect, it } from 'vitest';
import { readPreferences } from './preferences';

it.each([
	[undefined, { theme: 'system', startPage: 'pipeline' }],
	[null, { theme: 'system', startPage: 'pipeline' }],
	[
		{ theme: 'dark', startPage: 'contacts', later: 1 },
		{ theme: 'dark', startPage: 'contacts' }
	],
	[
		{ theme: 'plaid', startPage: '../../evil' },
		{ theme: 'system', startPage: 'pipeline' }
	],
	[[1], { theme: 'system', startPage: 'pipeline' }]
])('%j is read as %j', (stored, preferences) => expect(readPreferences(stored)).toEqual(preferences));
