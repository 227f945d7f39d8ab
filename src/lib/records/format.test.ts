import { expect, it } from 'vitest';
import { formatCount, formatDay, formatMoney, formatMoneyShort } from './format';

it.each([
	[12500, 'EUR', '€12,500'],
	[12500.5, 'EUR', '€12,500.50'],
	[0, 'USD', '$0'],
	[1200, 'JPY', '¥1,200'],
	[9999999999999.99, 'USD', '$9,999,999,999,999.99'],
	[5, 'NOT A CODE', '5 NOT A CODE'],
	[null, 'USD', '']
])('%s %s reads %s', (amount, currency, text) => {
	expect(formatMoney(amount, currency)).toBe(text);
});

it('shortens what is large', () => {
	expect(formatMoneyShort(1_234_000, 'EUR')).toBe('€1.2M');
	expect(formatMoneyShort(99_999.4, 'EUR')).toBe('€99,999');
});

it('drops the year of today and keeps others', () => {
	expect(formatDay('2026-03-12', '2026-05-01')).toBe('12 Mar');
	expect(formatDay('2025-03-12T23:59:00Z', '2026-05-01')).toBe('12 Mar 2025');
	expect(formatDay(null)).toBe('');
	expect(formatDay('not a date')).toBe('not a date');
});

it('counts in words', () => {
	expect(formatCount(1, 'company', 'companies')).toBe('1 company');
	expect(formatCount(1200, 'company', 'companies')).toBe('1,200 companies');
});
