import { expect, it } from 'vitest';
import { linkedName } from './linked-name';

it.each([
	['c1', 'Acme', 'Acme'],
	['c1', null, 'A company you cannot see'],
	['c1', undefined, 'A company you cannot see'],
	['c1', '', ''],
	[null, null, ''],
	['', 'Acme', '']
])('a company %s that is called %s reads “%s”', (id, name, text) => {
	expect(linkedName('company', id, name)).toBe(text);
});

it('a contact is said to be one', () => {
	expect(linkedName('contact', 'p1', null)).toBe('A contact you cannot see');
});
