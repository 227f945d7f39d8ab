import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isCurrencyCode, parseCurrency } from './currency';

describe('a currency column', () => {
	it.each([
		['eur', 'EUR'],
		[' Usd ', 'USD'],
		['€', 'EUR'],
		['Euros', 'EUR'],
		['US$', 'USD'],
		['zł', 'PLN']
	])('%s is %s', (cell, code) => {
		expect(parseCurrency(cell)).toEqual({ ok: true, value: code });
	});

	it.each(['$', 'kr', 'Rs.', '¥'])('%s is shared by several currencies, so it only narrows them down', (cell) => {
		const parsed = parseCurrency(cell);
		expect(parsed.ok && parsed.value === null && (parsed.implies?.currency?.length ?? 0) > 1).toBe(true);
	});

	it.each(['BTC', 'XYZ', 'US', 'EURUSD', '=EUR', 'constructor', '__proto__'])('%s is refused', (cell) => {
		expect(parseCurrency(cell).ok).toBe(false);
	});

	it('knows exactly the currencies that the database takes', () => {
		const folder = new URL('../../../supabase/migrations/', import.meta.url);
		const file = readdirSync(folder).find((name) => name.endsWith('_foundations.sql')) ?? '';
		const body = /function private\.is_currency[\s\S]*?\$\$;/.exec(readFileSync(new URL(file, folder), 'utf8'))?.[0] ?? '';
		const accepted = [...body.matchAll(/'([A-Z]{3})'/g)].map((match) => match[1] ?? '');
		expect(accepted.length).toBeGreaterThan(100);
		const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
		const known = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c))).filter(isCurrencyCode);
		expect(known.sort()).toEqual(accepted.sort());
	});
});
