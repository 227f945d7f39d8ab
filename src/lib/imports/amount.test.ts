import { describe, expect, it } from 'vitest';
import { amountStyles, parseAmount } from './amount';
import type { Cell } from './field';
import { pickOne, seededRandom } from './seeded-random';

const point = (cell: Cell) => parseAmount(cell, { style: 'point' });
const comma = (cell: Cell) => parseAmount(cell, { style: 'comma' });
const valueOf = (parsed: ReturnType<typeof point>): string | null => (parsed.ok ? parsed.value : `refused: ${parsed.reason}`);

describe('an amount that shows its decimal sign', () => {
	it.each([
		['1,234.50', '1234.50'],
		['1.234,50', '1234.50'],
		['1,234,567', '1234567.00'],
		['1.234.567', '1234567.00'],
		['1.234.567,8', '1234567.80'],
		['12,34,567.00', '1234567.00'],
		['1 234,50', '1234.50'],
		['1\u00a0234.50', '1234.50'],
		['1\u202f234\u202f567', '1234567.00'],
		["1'234.50", '1234.50'],
		['1’234.–', '1234.00'],
		['1.200,-', '1200.00'],
		['12,5', '12.50'],
		['0.125', '0.13'],
		['1234.567', '1234.57'],
		['.5', '0.50'],
		['5.', '5.00'],
		['007', '7.00'],
		['0', '0.00'],
		['９９', '99.00'],
		['9999999999999.99', '9999999999999.99']
	])('%s is %s whatever the column', (text, amount) => {
		expect(valueOf(point(text))).toBe(amount);
		expect(valueOf(comma(text))).toBe(amount);
	});

	it('is read by the style of its column where it does not show it', () => {
		expect([valueOf(point('1,234')), valueOf(comma('1,234'))]).toEqual(['1234.00', '1.23']);
		expect([valueOf(point('1.234')), valueOf(comma('1.234'))]).toEqual(['1.23', '1234.00']);
	});
});

describe('a currency beside an amount', () => {
	it.each([
		['$1 200', '1200.00', 'USD'],
		['€ 1.200,50', '1200.50', 'EUR'],
		['1 200 kr', '1200.00', 'SEK'],
		['CHF 1’200', '1200.00', 'CHF'],
		['1200EUR', '1200.00', 'EUR'],
		['$1,200.00 CAD', '1200.00', 'CAD'],
		['R$ 5,00', '5.00', 'BRL'],
		['Rs. 500', '500.00', 'INR'],
		['￥500', '500.00', 'JPY']
	])('%s', (text, amount, currency) => {
		const parsed = point(text);
		expect(valueOf(parsed)).toBe(amount);
		expect(parsed.ok && parsed.implies?.currency?.[0]).toBe(currency);
	});

	it('is refused when it contradicts itself', () => {
		expect(valueOf(point('€5 USD'))).toContain('two currencies');
	});
});

describe('what is not an amount of a deal', () => {
	it.each([
		['(300)', 'negative'],
		['-300', 'negative'],
		['300-', 'negative'],
		['−300', 'negative'],
		['$(1,200.00)', 'negative'],
		['-$5', 'negative'],
		['1e20', 'power of ten'],
		['1.5E+3', 'power of ten'],
		['10000000000000', 'larger than'],
		['9'.repeat(5000), 'larger than'],
		['12 %', 'percentage'],
		['5k', 'abbreviated'],
		['1.2 Mio', 'abbreviated'],
		['abc', 'not an amount'],
		['1,2,3', 'not an amount'],
		['12 34', 'not an amount'],
		['1.234.56', 'not an amount'],
		['1,234.567,89', 'not an amount'],
		['=1+1', 'not an amount'],
		['12 bananas', 'not an amount'],
		['Infinity', 'not an amount'],
		['NaN', 'not an amount']
	])('%s is refused: %s', (text, reason) => {
		const parsed = point(text);
		expect(parsed.ok).toBe(false);
		expect(valueOf(parsed)).toContain(reason);
	});

	it.each(['', '  ', '-', '—', 'N/A', 'null', '#N/A'])('%j says nothing', (text) => {
		expect(point(text)).toEqual({ ok: true, value: null });
	});

	it('shortens what it quotes', () => {
		expect(valueOf(point('x'.repeat(100_000)))?.length).toBeLessThan(120);
	});
});

describe('a number of a workbook', () => {
	it('keeps its cents and says when it was rounded', () => {
		expect(point(1234.5)).toEqual({ ok: true, value: '1234.50' });
		expect(point(0.1 + 0.2)).toEqual({ ok: true, value: '0.30' });
		expect(point(33.3333)).toEqual({ ok: true, value: '33.33', note: 'rounded to two decimals' });
	});

	it.each([-1, 1e20, 1e13, NaN, Infinity])('%s is refused', (value) => {
		expect(point(value).ok).toBe(false);
	});
});

describe('the style of a column', () => {
	it('is decided by the cells that show it', () => {
		expect(amountStyles.guess(['1.234', '1.234,50', '7'], 'en-US')).toEqual({ value: 'comma', dependent: 1, mixed: false });
		expect(amountStyles.guess(['1,234', '1,234.50', 5], 'de-DE')).toEqual({ value: 'point', dependent: 1, mixed: false });
	});

	it('falls to the language of the reader where no cell shows it', () => {
		expect(amountStyles.guess(['1.234', '12'], 'de-DE').value).toBe('comma');
		expect(amountStyles.guess(['1.234', '12'], 'en-GB').value).toBe('point');
		expect(amountStyles.guess(['1.234', '12'], 'de-CH').value).toBe('point');
	});

	it('says when both are used', () => {
		expect(amountStyles.guess(['1,234.50', '1.234,50'], 'en').mixed).toBe(true);
	});
});

describe('any amount written in any style', () => {
	const random = seededRandom(20_240_501);
	const pick = <T>(from: ArrayLike<T>) => pickOne(random, from);
	const group = (digits: string, by: string) => digits.replace(/\B(?=(\d{3})+$)/g, by);

	it('is read back to the cent', () => {
		for (let round = 0; round < 2000; round += 1) {
			const whole = String(Math.floor(random() * 10 ** Math.ceil(random() * 13)));
			const cents = String(Math.floor(random() * 100)).padStart(2, '0');
			const [separator, mark] = pick([
				[',', '.'],
				['.', ','],
				[' ', '.'],
				['\u00a0', ','],
				["'", '.'],
				['', '.'],
				['', ',']
			] as const);
			const sign = pick(['', '$', '€ ', 'USD ']);
			const written = `${sign}${group(whole, separator)}${mark}${cents}`;
			expect(valueOf(point(written)), written).toBe(`${whole}.${cents}`);
			expect(valueOf(comma(written)), written).toBe(`${whole}.${cents}`);
			expect(point(`-${written}`).ok, `-${written}`).toBe(false);
			expect(point(`(${written})`).ok, `(${written})`).toBe(false);
		}
	});

	it('is never anything but a bounded decimal or a refusal, whatever the characters', () => {
		const alphabet = '0123456789.,-+()eE$€%\' \u00a0\u0000\u202eabk/\n"=@';
		for (let round = 0; round < 8000; round += 1) {
			const text = Array.from({ length: Math.floor(random() * 14) }, () => pick(alphabet)).join('');
			for (const parsed of [point(text), comma(text)]) {
				if (parsed.ok && parsed.value !== null) expect(parsed.value, JSON.stringify(text)).toMatch(/^(0|[1-9]\d{0,12})\.\d\d$/);
				if (!parsed.ok) expect(parsed.reason).not.toBe('');
			}
		}
	});
});
