import { expect, it } from 'vitest';
import { currencyOf } from './currencies';

it.each([
	['de-DE,de;q=0.9,en-US;q=0.8', 'EUR'],
	['en-GB', 'GBP'],
	['fr-CH, fr;q=0.9', 'CHF'],
	['pt-BR', 'BRL'],
	['ja-JP', 'JPY'],
	['en', 'USD'],
	['xx-QQ, sv-SE', 'SEK'],
	[null, 'USD']
])('%s suggests %s', (header, currency) => {
	expect(currencyOf(header)).toBe(currency);
});
