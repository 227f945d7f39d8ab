import { expect, it } from 'vitest';
import { countOf, money, shortDate } from './format';

it.each([
	[12500, 'EUR', '€12,500'],
	[12500.5, 'EUR', '€12,500.50'],
	[0, 'USD', '$0'],
	[1200, 'JPY', '¥1,200'],
	[9999999999999.99, 'USD', '$9,999,999,999,999.99'],
	[null, 'USD', '']
])('%s %s reads %s', (amount, currency, text) => {
	expect(money(amount, currency)).toBe(text);
});

it('drops the year of today and keeps others', () => {
	const now = new Date('2026-05-01T00:00:00Z');
	expect(shortDate('2026-03-12', now)).toBe('12 Mar');
	expect(shortDate('2025-03-12T23:59:00Z', now)).toBe('12 Mar 2025');
	expect(shortDate(null, now)).toBe('');
	expect(shortDate('not a date', now)).toBe('');
});

it('counts in words', () => {
	expect(countOf(1, 'company', 'companies')).toBe('1 company');
	expect(countOf(1200, 'company', 'companies')).toBe('1,200 companies');
});
