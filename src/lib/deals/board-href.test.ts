import { describe, expect, it } from 'vitest';
import { boardHref } from './board-href';

describe('addresses on the board', () => {
	it.each([
		['', undefined, {}, '/demo/pipeline'],
		['owner=u1&q=atlas&stage=x', 'new', {}, '/demo/pipeline/new?owner=u1&q=atlas'],
		['owner=u1', undefined, { owner: '', q: 'a b' }, '/demo/pipeline?q=a+b'],
		['', 'new', { stage: 's1' }, '/demo/pipeline/new?stage=s1']
	])('from ?%s to %s with %j', (present, panel, more, href) => {
		expect(boardHref('demo', new URLSearchParams(present), panel, more)).toBe(href);
	});
});
