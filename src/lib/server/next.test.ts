import { expect, it } from 'vitest';
import { safeNext } from './next';

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
