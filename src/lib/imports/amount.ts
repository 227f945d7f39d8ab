import { cleanText, isBlankMark } from './clean';
import { currenciesOf } from './currency';
import type { Cell, FieldStyles, ParseContext, Parsed } from './field';

/** How a column writes decimals: `point` is 1,234.50 and `comma` is 1.234,50. */
export type DecimalMark = 'point' | 'comma';

const largest = 9_999_999_999_999_99n; // minor units: numeric(15,2)

const refuse = (reason: string): Parsed => ({ ok: false, reason });
const unreadable = (text: string) => refuse(`“${text.slice(0, 40)}” is not an amount`);
const negative = (text: string) => refuse(`“${text.slice(0, 40)}” is negative; a deal's amount cannot be below zero`);
const tooLarge = (text: string) => refuse(`“${text.slice(0, 40)}” is larger than 9,999,999,999,999.99`);

/** Text around a number, taken apart: sign, the number itself, and what stands before and after it. */
type Anatomy = { negative: boolean; number: string; before: string; after: string };

function anatomy(text: string): Anatomy | null {
	let rest = text;
	let isNegative = false;
	const inParentheses = /^([^\d(]*)\((.+)\)([^\d)]*)$/.exec(rest);
	if (inParentheses) {
		isNegative = true;
		rest = `${inParentheses[1]}${inParentheses[2]}${inParentheses[3]}`;
	}
	// "1.200,-" and "1'200.–" are whole amounts, not negative ones.
	rest = rest.replace(/([.,])[-–—]{1,2}(?=\D*$)/, (_, mark: string) => `${mark}00`);
	const match = /^(\D*?)\s*([.,]?\d(?:[\d.,'’\s]*\d)?[.,]?)\s*(\D*)$/.exec(rest);
	if (!match) return null;
	const [, before = '', number = '', after = ''] = match;
	const minus = /[-−–]/;
	return {
		negative: isNegative || minus.test(before) || /^[-−–]/.test(after.trim()),
		number,
		before: before.replace(/[-−–+]/g, '').trim(),
		after: after.replace(/^[-−–]/, '').trim()
	};
}

/** The decimal sign a number shows by itself; `either` where 1,234 could be a thousand or one and a bit. */
function ownMark(number: string): DecimalMark | 'either' | 'none' {
	const dots = number.split('.').length - 1;
	const commas = number.split(',').length - 1;
	if (dots + commas === 0) return 'none';
	if (dots > 0 && commas > 0) return number.lastIndexOf('.') > number.lastIndexOf(',') ? 'point' : 'comma';
	if (dots > 1) return 'comma';
	if (commas > 1) return 'point';
	const decimal: DecimalMark = dots === 1 ? 'point' : 'comma';
	const [whole = '', fraction = ''] = number.split(/[.,]/);
	const ambiguous = fraction.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
	return ambiguous ? 'either' : decimal;
}

/** Digits of the whole part, grouped by threes (or the Indian way) by one and the same sign, or not at all. */
function wholeDigits(whole: string): string | null {
	if (/^\d*$/.test(whole)) return whole;
	if (/^\d{1,3}(?:([.,'’\s])\d{3})(?:\1\d{3})*$/.test(whole) || /^\d{1,2}(?:(,)\d{2})(?:\1\d{2})*\1\d{3}$/.test(whole))
		return whole.replace(/\D/g, '');
	return null;
}

function toMinor(number: string, mark: DecimalMark): { minor: bigint; rounded: boolean } | null {
	const own = ownMark(number);
	const sign = (own === 'none' || own === 'either' ? mark : own) === 'point' ? '.' : ',';
	const cut = number.lastIndexOf(sign);
	const whole = wholeDigits(cut < 0 ? number : number.slice(0, cut));
	const fraction = cut < 0 ? '' : number.slice(cut + 1);
	if (whole === null || !/^\d*$/.test(fraction) || whole + fraction === '') return null;
	if (whole.length > 40) return { minor: largest + 1n, rounded: false };
	const cents = BigInt((whole || '0') + fraction.padEnd(2, '0').slice(0, 2));
	const beyond = fraction.slice(2);
	return { minor: /^[5-9]/.test(beyond) ? cents + 1n : cents, rounded: /[1-9]/.test(beyond) };
}

const decimalText = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
const roundedNote = 'rounded to two decimals';

function fromNumber(value: number): Parsed {
	const text = String(value);
	if (!Number.isFinite(value)) return unreadable(text);
	if (value < 0) return negative(text);
	if (value >= 1e13) return tooLarge(text);
	const fixed = value.toFixed(2);
	const rounded = Math.abs(Number(fixed) - value) > 1e-6;
	return { ok: true, value: fixed, ...(rounded ? { note: roundedNote } : {}) };
}

/**
 * A cell of an amount column as decimal text in major units (`1234.50`). A currency sign or code beside the number is
 * understood and implied. Negative amounts, percentages, abbreviations (5k) and powers (1e20) are refused, not guessed.
 */
export function parseAmount(cell: Cell, context: Pick<ParseContext, 'style'>): Parsed {
	if (typeof cell === 'number') return fromNumber(cell);
	const text = cleanText(cell.normalize('NFKC'));
	if (isBlankMark(text)) return { ok: true, value: null };
	if (/^\D*\d[\d.,]*e[+-]?\d+\D*$/i.test(text))
		return refuse(`“${text.slice(0, 40)}” is written as a power of ten; write the amount in full`);
	const parts = anatomy(text);
	if (!parts) return unreadable(text);
	if (parts.before === '%' || parts.after === '%') return refuse(`“${text.slice(0, 40)}” is a percentage, not an amount`);
	if (/^(k|m|mm|mn|mio|mrd|bn?|tsd|thousand|million|billion)\.?$/i.test(parts.after))
		return refuse(`“${text.slice(0, 40)}” is abbreviated; write the amount in full`);

	const meanings = [parts.before, parts.after].filter((word) => word !== '').map(currenciesOf);
	if (meanings.some((codes) => codes.length === 0)) return unreadable(text);
	const [first, second] = meanings;
	const currency = first && second ? first.filter((code) => second.includes(code)) : first;
	if (currency?.length === 0) return refuse(`“${text.slice(0, 40)}” names two currencies`);
	if (parts.negative) return negative(text);

	const amount = toMinor(parts.number, context.style === 'comma' ? 'comma' : 'point');
	if (!amount) return unreadable(text);
	if (amount.minor > largest) return tooLarge(text);
	return {
		ok: true,
		value: decimalText(amount.minor),
		...(currency ? { implies: { currency } } : {}),
		...(amount.rounded ? { note: roundedNote } : {})
	};
}

const commaLocales = /^(de|fr|es|it|pt|nl|da|sv|nb|nn|no|fi|pl|cs|sk|sl|hr|sr|hu|ro|bg|el|tr|ru|uk|id|vi)\b/i;

/** The two ways to write decimals. Cells that show their decimal sign decide; the reader's language breaks a tie. */
export const amountStyles: FieldStyles = {
	label: 'Amounts are written',
	options: [
		{ value: 'point', label: '1,234.50' },
		{ value: 'comma', label: '1.234,50' }
	],
	guess(cells, locale) {
		const votes = { point: 0, comma: 0, either: 0, none: 0 };
		for (const cell of cells) {
			if (typeof cell === 'number') continue;
			const parts = anatomy(cleanText(cell.normalize('NFKC')));
			if (parts) votes[ownMark(parts.number)] += 1;
		}
		const swissGerman = /^de-(CH|LI)/i.test(locale);
		const tie: DecimalMark = commaLocales.test(locale) && !swissGerman ? 'comma' : 'point';
		const value = votes.point === votes.comma ? tie : votes.point > votes.comma ? 'point' : 'comma';
		return { value, dependent: votes.either, mixed: votes.point > 0 && votes.comma > 0 };
	}
};
