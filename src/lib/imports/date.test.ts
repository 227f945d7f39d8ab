import { describe, expect, it } from 'vitest';
import { dateStyles, parseDate, parsePastInstant, type DateOrder } from './date';
import type { Cell } from './field';
import { pickOne, seededRandom } from './seeded-random';

const context = (style: DateOrder, date1904 = false) => ({ style, date1904, today: '2026-05-04' });
const day = (cell: Cell, style: DateOrder = 'dmy') => {
	const parsed = parseDate(cell, context(style));
	return parsed.ok ? parsed.value : `refused: ${parsed.reason}`;
};
const instant = (cell: Cell) => {
	const parsed = parsePastInstant(cell, context('dmy'));
	return parsed.ok ? parsed.value : `refused: ${parsed.reason}`;
};

describe('a date that needs no guess', () => {
	it.each([
		['2026-03-04', '2026-03-04'],
		['2026/3/4', '2026-03-04'],
		['20260304', '2026-03-04'],
		['2026-03-04T23:30:00-08:00', '2026-03-04'],
		['2024-08-13T18:04:34.666+00:00', '2024-08-13'],
		['4 March 2026', '2026-03-04'],
		['24 October 2011', '2011-10-24'],
		['4-Mar-26', '2026-03-04'],
		['Mar 4, 2026', '2026-03-04'],
		['Fri, 4th Sept 2026', '2026-09-04'],
		['Wednesday, March 4th, 2026', '2026-03-04'],
		['46085', '2026-03-04'],
		[46085, '2026-03-04'],
		[46085.75, '2026-03-04'],
		['２０２６-03-04', '2026-03-04']
	])('%s', (cell, expected) => {
		expect(day(cell, 'dmy')).toBe(expected);
		expect(day(cell, 'mdy')).toBe(expected);
	});

	it('counts from 1904 where the workbook does', () => {
		expect(parseDate(46085 - 1462, context('dmy', true))).toEqual({ ok: true, value: '2026-03-04' });
	});
});

describe('a numeric date', () => {
	it('is read in the order of its column', () => {
		expect([day('03/04/2026', 'dmy'), day('03/04/2026', 'mdy')]).toEqual(['2026-04-03', '2026-03-04']);
		expect([day('3. 4. 26', 'dmy'), day('3-4-1999', 'mdy')]).toEqual(['2026-04-03', '1999-03-04']);
	});

	it('that has no such day in that order is refused, not turned round', () => {
		expect(day('13/02/2026', 'mdy')).toContain('when read as month/day/year');
		expect(day('02/13/2026', 'dmy')).toContain('when read as day/month/year');
	});
});

describe('what is not a date', () => {
	it.each([
		'soon',
		'31/02/2026',
		'2026-02-29',
		'2026-13-01',
		'Foo 4, 2026',
		'Marble 4, 2026',
		'Oct 2026',
		'4/5',
		'1/2-2026',
		'2026-01-01T25:00',
		'0000-00-00',
		'12',
		'=TODAY()'
	])('%s', (text) => expect(day(text)).toContain('refused'));

	it.each(['1899-12-31', '2500-01-01', 1, 99_999.5])('%s is out of range', (cell) => {
		expect(day(cell)).toContain('refused');
	});

	it.each(['', ' ', '-', 'n/a', 'NULL'])('%j says nothing', (text) => {
		expect(day(text)).toBeNull();
	});
});

describe('when a deal was created', () => {
	it.each([
		['2026-03-04', '2026-03-04T00:00:00.000Z'],
		['2026-03-04 09:30', '2026-03-04T09:30:00.000Z'],
		['2026-03-04T09:30:15+02:00', '2026-03-04T07:30:15.000Z'],
		['04/03/2026 12:05 AM', '2026-03-04T00:05:00.000Z'],
		['04/03/2026, 12:05 pm', '2026-03-04T12:05:00.000Z'],
		[46085.5, '2026-03-04T12:00:00.000Z']
	])('%s is %s', (cell, expected) => {
		expect(instant(cell)).toBe(expected);
	});

	it('cannot be in the future', () => {
		expect(instant('2026-06-01')).toContain('in the future');
	});
});

describe('the order of a column', () => {
	it('is decided by parts above 12', () => {
		expect(dateStyles.guess(['03/04/2026', '25/04/2026'], 'en-US')).toEqual({ value: 'dmy', dependent: 1, mixed: false });
		expect(dateStyles.guess(['03/04/2026', '04/25/2026'], 'en-GB')).toEqual({ value: 'mdy', dependent: 1, mixed: false });
	});

	it('falls to the language of the reader, and counts the cells that depend on it', () => {
		expect(dateStyles.guess(['03/04/2026', '05/05/2026'], 'en-US')).toEqual({ value: 'mdy', dependent: 1, mixed: false });
		expect(dateStyles.guess(['03/04/2026', '2026-01-01'], 'fr-FR')).toEqual({ value: 'dmy', dependent: 1, mixed: false });
	});

	it('is day first where dots separate the parts, whatever the language', () => {
		expect(dateStyles.guess(['03.04.2026'], 'en-US').value).toBe('dmy');
	});

	it('says when both are used', () => {
		expect(dateStyles.guess(['25/04/2026', '04/25/2026'], 'en').mixed).toBe(true);
	});
});

describe('any day, written any way', () => {
	const random = seededRandom(77);
	const pick = <T>(from: ArrayLike<T>) => pickOne(random, from);
	const two = (part: number) => String(part).padStart(2, '0');

	it('is read back', () => {
		for (let round = 0; round < 1000; round += 1) {
			const at = new Date(Date.UTC(1970, 0, 1 + Math.floor(random() * 47_800)));
			const [y, m, d] = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()];
			const separator = pick(['/', '-', '.']);
			const month = at.toLocaleString('en', { month: pick(['short', 'long'] as const), timeZone: 'UTC' });
			const iso = at.toISOString().slice(0, 10);
			expect(day(iso)).toBe(iso);
			expect(day(`${two(d)}${separator}${two(m)}${separator}${y}`, 'dmy')).toBe(iso);
			expect(day(`${m}${separator}${d}${separator}${y}`, 'mdy')).toBe(iso);
			expect(day(`${d} ${month} ${y}`)).toBe(iso);
			expect(day(`${month} ${d}, ${y}`)).toBe(iso);
			expect(day(at.getTime() / 86_400_000 + 25_569)).toBe(iso);
		}
	});

	it('is a real day or a refusal, whatever the characters', () => {
		const alphabet = [...'0123456789/-.: ,TZ+JanFebMar\u0000\u202e'];
		for (let round = 0; round < 8000; round += 1) {
			const text = Array.from({ length: Math.floor(random() * 16) }, () => pick(alphabet)).join('');
			const parsed = parseDate(text, context(pick(['dmy', 'mdy'])));
			if (parsed.ok && parsed.value !== null) expect(new Date(parsed.value).toISOString().slice(0, 10), text).toBe(parsed.value);
			if (!parsed.ok) expect(parsed.reason).not.toBe('');
		}
	});
});
