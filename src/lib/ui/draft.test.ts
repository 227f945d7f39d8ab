import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forgetDraft, readDraft } from './draft';

let stored: Map<string, string>;

beforeEach(() => {
	stored = new Map();
	vi.stubGlobal('sessionStorage', { getItem: (key: string) => stored.get(key) ?? null, removeItem: (key: string) => stored.delete(key) });
});
afterEach(() => vi.unstubAllGlobals());

const hour = 60 * 60 * 1000;

it('is read for a day and then no more', () => {
	stored.set('draft:company:new', JSON.stringify({ at: 0, fields: { name: 'Acme' } }));
	expect(readDraft('company:new', 23 * hour)).toEqual({ name: 'Acme' });
	expect(readDraft('company:new', 25 * hour)).toBeNull();
});

it('is forgotten when it was saved', () => {
	stored.set('draft:company:new', JSON.stringify({ at: 0, fields: {} }));
	forgetDraft('company:new');
	expect(readDraft('company:new', 0)).toBeNull();
});

it('that cannot be read is no draft', () => {
	stored.set('draft:x', '{broken');
	expect(readDraft('x')).toBeNull();
	vi.stubGlobal('sessionStorage', undefined);
	expect(readDraft('x')).toBeNull();
});
