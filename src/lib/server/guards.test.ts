import { describe, expect, it } from 'vitest';
import { readJson, requireSameOrigin, wishOf } from './guards';

const url = new URL('https://crm.test/api/deals');

function call(headers: Record<string, string>, body = '{}') {
	return { url, request: new Request(url, { method: 'POST', headers, body }) };
}

describe('a call with this user’s cookies', () => {
	it('passes from our own pages', () => {
		expect(() => requireSameOrigin(call({ origin: 'https://crm.test' }))).not.toThrow();
		expect(() => requireSameOrigin(call({ 'sec-fetch-site': 'same-origin' }))).not.toThrow();
	});

	it.each([
		['origin', 'https://evil.test'],
		['origin', 'null'],
		['sec-fetch-site', 'cross-site'],
		['sec-fetch-site', 'same-site']
	])('is refused when %s is %s', (header, value) => {
		expect(() => requireSameOrigin(call({ [header]: value }))).toThrow(/another site/);
	});

	it('must carry JSON, said as JSON', async () => {
		await expect(readJson(call({ 'content-type': 'text/plain' }))).rejects.toMatchObject({ status: 415 });
		await expect(readJson(call({ 'content-type': 'application/json' }, '{'))).rejects.toMatchObject({ status: 400 });
		await expect(readJson(call({ 'content-type': 'application/json; charset=utf-8' }, '{"a":1}'))).resolves.toEqual({ a: 1 });
	});
});

describe('where somebody comes back to', () => {
	it.each([
		['/acme/deals?q=x&page=2', '/acme/deals?q=x&page=2'],
		['/acme/settings?/save', '/acme/settings'],
		['/sign-in/code?/recovery&next=%2Facme', '/sign-in/code?next=%2Facme']
	])('%s: %s', (path, wish) => expect(wishOf(new URL(path, 'https://crm.test'))).toBe(wish));
});
