import { describe, expect, it } from 'vitest';
import { Formats, formatsOf } from './format';

/** What Intl puts between number and currency is a space that does not break. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const usual = formatsOf({ locale: null, timeZone: null });
const german = formatsOf({ locale: 'de-DE', timeZone: 'Asia/Tokyo' });

it.each([
	[12500, 'EUR', '€12,500', '12.500 €'],
	[12500.5, 'EUR', '€12,500.50', '12.500,50 €'],
	[0, 'USD', '$0', '0 $'],
	[1200, 'JPY', '¥1,200', '1.200 ¥'],
	[9999999999999.99, 'USD', '$9,999,999,999,999.99', '9.999.999.999.999,99 $'],
	[5, 'NOT A CODE', '5 NOT A CODE', '5 NOT A CODE'],
	[null, 'USD', '', '']
])('%s %s reads %s, and in German %s', (amount, currency, text, inGerman) => {
	expect(usual.money(amount, currency)).toBe(text);
	expect(plain(german.money(amount, currency))).toBe(inGerman);
});

it('shortens what is large', () => {
	expect(usual.moneyShort(1_234_000, 'EUR')).toBe('€1.2M');
	expect(usual.moneyShort(99_999.4, 'EUR')).toBe('€99,999');
	expect(plain(german.moneyShort(1_234_000, 'EUR'))).toBe('1,2 Mio. €');
});

it('counts in words', () => {
	expect(usual.count(1, 'company', 'companies')).toBe('1 company');
	expect(usual.count(1200, 'company', 'companies')).toBe('1,200 companies');
	expect(german.count(1200, 'deal')).toBe('1.200 deals');
	expect(german.number(0.125)).toBe('0,13');
	expect(german.exact(1234.5678)).toBe('1.234,5678');
});

describe('a day', () => {
	it('drops the year of today and keeps others', () => {
		expect(usual.day('2026-03-12', '2026-05-01')).toBe('12 Mar');
		expect(usual.day('2025-03-12T23:59:00Z', '2026-05-01')).toBe('12 Mar 2025');
		expect(german.day('2026-12-24', '2026-05-01')).toBe('24.12.');
		expect(german.day('2026-12-24', '2027-01-01')).toBe('24.12.2026');
		expect(usual.day(null)).toBe('');
		expect(usual.day('not a date')).toBe('not a date');
	});

	it('stays itself in every zone, while a moment is on the day it is there', () => {
		for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC'])
			expect(formatsOf({ locale: null, timeZone }).day('2025-03-12', '2026-05-01')).toBe('12 Mar 2025');
		expect(german.day('2025-03-12T16:00:00+00:00', '2026-05-01')).toBe('13.03.2025');
		expect(formatsOf({ locale: null, timeZone: 'America/New_York' }).day('2025-03-13T03:00:00Z', '2026-05-01')).toBe('12 Mar 2025');
	});

	it.each(['UTC', 'Asia/Tokyo', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Kiritimati'])(
		'ends in %s a second before the next',
		(timeZone) => {
			const formats = formatsOf({ locale: null, timeZone });
			// Among them the days on which clocks are changed.
			for (const day of ['2026-03-08', '2026-11-01', '2026-12-31']) {
				const end = formats.endOfDay(day) ?? '';
				expect(formats.dayOf(end)).toBe(day);
				expect(formats.dayOf(new Date(Date.parse(end) + 1000).toISOString())).not.toBe(day);
			}
			expect(formats.endOfDay('')).toBeNull();
		}
	);
});

it('a moment is told in the chosen zone, else in UTC, which it says', () => {
	expect(usual.moment('2025-12-24T15:30:00Z', '2026-05-01')).toBe('24 Dec 2025, 15:30 UTC');
	expect(german.moment('2025-12-24T15:30:00Z', '2026-05-01')).toBe('25.12.2025, 00:30');
	expect(plain(formatsOf({ locale: 'en-US', timeZone: 'Asia/Tokyo' }).moment('2025-12-24T05:30:00Z', '2026-05-01'))).toBe(
		'Dec 24, 2025, 02:30 PM'
	);
	expect(usual.moment('not a date')).toBe('not a date');
});

it('makes the formats of one wish once', () => {
	expect(formatsOf({ locale: 'de-DE', timeZone: 'Asia/Tokyo' })).toBe(german);
	expect(() => new Formats({ locale: null, timeZone: 'Mars/Olympus' })).toThrow(RangeError);
});
