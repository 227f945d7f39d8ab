import { expect, it } from 'vitest';
import { nextOfLetter, safeNext } from './next';

it.each(['/demo/pipeline', '/demo/deals?q=a%20b#top', '/'])('goes to %s', (wish) => {
	expect(safeNext(wish)).toBe(wish);
});

it.each([
	'//evil.test',
	'/\\evil.test',
	'\\\\evil.test',
	'https://evil.test',
	'javascript:alert(1)',
	'/\t/evil.test',
	'/\n/evil.test',
	'/.//evil.test',
	'/x/..//evil.test',
	' /demo',
	'demo',
	'',
	null,
	undefined
])('refuses %j', (wish) => {
	expect(safeNext(wish, '/home')).toBe('/home');
});

it.each([
	['https://crm.test/account/password', '/account/password'],
	['https://crm.test', '/usual'],
	['https://crm.test/', '/usual'],
	['', '/usual'],
	['https://crm.test.evil.test/x', '/usual'],
	['https://evil.test/x', '/usual'],
	['https://crm.test//evil.test', '/usual'],
	['/welcome', '/welcome']
])('a letter for %j leads to %s', (wish, path) => {
	expect(nextOfLetter(wish, 'https://crm.test', '/usual')).toBe(path);
});
