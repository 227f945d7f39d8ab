import { cleanText, isBlankMark } from './clean';
import type { Cell, FieldStyles, ParseContext, Parsed } from './field';

/** Which part of 03/04/2025 is the month. */
export type DateOrder = 'dmy' | 'mdy';

const firstYear = 1970;
const lastYear = 2100;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const fullMonths = [
	'january',
	'february',
	'march',
	'april',
	'may',
	'june',
	'july',
	'august',
	'september',
	'october',
	'november',
	'december'
];

/** A moment as written: a day, and where given the time and the offset from UTC in minutes. */
type Written = { year: number; month: number; day: number; seconds: number; offset: number };

const time = String.raw`(?:[T,\s]+(?:at )?(?<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?<half>[ap]\.?m\.?)?\s*(?<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?)?$`;
const weekday = String.raw`^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?`;
const yearFirst = new RegExp(String.raw`^(?<year>\d{4})(?<sep>[-/.])(?<month>\d{1,2})\k<sep>(?<day>\d{1,2})` + time, 'i');
const compact = /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})$/;
const numeric = new RegExp(
	String.raw`^(?<first>\d{1,2})\s?(?<sep>[-/.])\s?(?<second>\d{1,2})\s?\k<sep>\s?(?<year>\d{4}|\d{2})` + time,
	'i'
);
const dayMonthName = new RegExp(
	weekday + String.raw`(?<day>\d{1,2})(?:st|nd|rd|th|\.)?[-/\s]*(?<name>[a-z]{3,9})\.?[-/,\s]+(?<year>\d{4}|\d{2})` + time,
	'i'
);
const monthNameDay = new RegExp(
	weekday + String.raw`(?<name>[a-z]{3,9})\.?[-/\s]+(?<day>\d{1,2})(?:st|nd|rd|th)?,?[-/\s]+(?<year>\d{4})` + time,
	'i'
);
const serialText = /^\d{5}(?:\.\d+)?$/;

const fullYear = (text: string) => (text.length === 4 ? Number(text) : Number(text) + (Number(text) < 70 ? 2000 : 1900));

function monthOf(name: string): number | null {
	const word = name.toLowerCase();
	const index = months.indexOf(word.slice(0, 3));
	if (index < 0) return null;
	return word.length === 3 || word === 'sept' || word === fullMonths[index] ? index + 1 : null;
}

function clockOf(groups: Record<string, string | undefined>): { seconds: number; offset: number } | null {
	if (!groups.clock) return { seconds: 0, offset: 0 };
	const [hourText = '', minute = '0', second = '0'] = groups.clock.replace(',', '.').split(':');
	let hour = Number(hourText);
	if (groups.half) {
		if (hour < 1 || hour > 12) return null;
		hour = (hour % 12) + (groups.half.toLowerCase().startsWith('p') ? 12 : 0);
	}
	if (hour > 23 || Number(minute) > 59 || Number(second) >= 60) return null;
	const zone = /([+-])(\d{2}):?(\d{2})/.exec(groups.zone ?? '');
	const offset = zone ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
	return { seconds: hour * 3600 + Number(minute) * 60 + Math.floor(Number(second)), offset };
}

function fromSerial(serial: number, date1904: boolean): Written {
	// 25569 is 1970-01-01 in the 1900 system; the 1904 system starts 1462 days later (ECMA-376 part 1, 18.17.4.1).
	const seconds = Math.round((serial + (date1904 ? 1462 : 0) - 25_569) * 86_400);
	const day = new Date(Math.floor(seconds / 86_400) * 86_400_000);
	return {
		year: day.getUTCFullYear(),
		month: day.getUTCMonth() + 1,
		day: day.getUTCDate(),
		seconds: ((seconds % 86_400) + 86_400) % 86_400,
		offset: 0
	};
}

function read(cell: Cell, order: DateOrder, date1904: boolean): Written | null {
	if (typeof cell === 'number') return Number.isFinite(cell) && Math.abs(cell) < 1e6 ? fromSerial(cell, date1904) : null;
	if (serialText.test(cell)) return fromSerial(Number(cell), date1904);
	const match = yearFirst.exec(cell) ?? compact.exec(cell) ?? numeric.exec(cell) ?? dayMonthName.exec(cell) ?? monthNameDay.exec(cell);
	const groups = match?.groups;
	if (!groups) return null;
	const clock = clockOf(groups);
	const month = groups.name ? monthOf(groups.name) : Number(groups.month ?? (order === 'mdy' ? groups.first : groups.second));
	if (!clock || month === null) return null;
	return {
		year: fullYear(groups.year ?? ''),
		month,
		day: Number(groups.day ?? (order === 'mdy' ? groups.second : groups.first)),
		...clock
	};
}

const pad = (value: number, width = 2) => String(value).padStart(width, '0');
const isoDay = (at: Written) => `${pad(at.year, 4)}-${pad(at.month)}-${pad(at.day)}`;
const orderWords = { dmy: 'day/month/year', mdy: 'month/day/year' };

function readable(cell: Cell, context: ParseContext): { at: Written } | { blank: true } | { reason: string } {
	const text = typeof cell === 'number' ? cell : cleanText(cell.normalize('NFKC'));
	if (typeof text === 'string' && isBlankMark(text)) return { blank: true };
	const order: DateOrder = context.style === 'mdy' ? 'mdy' : 'dmy';
	const at = read(text, order, context.date1904);
	const shown = `“${String(text).slice(0, 40)}”`;
	if (!at) return { reason: `${shown} is not a date` };
	if (at.year < firstYear || at.year > lastYear) return { reason: `${shown} is outside the years ${firstYear} to ${lastYear}` };
	const midnight = new Date(Date.UTC(at.year, at.month - 1, at.day));
	if (midnight.getUTCMonth() !== at.month - 1 || midnight.getUTCDate() !== at.day) {
		return {
			reason: `${shown} is not a day of the calendar${typeof text === 'string' && numeric.test(text) ? ` when read as ${orderWords[order]}` : ''}`
		};
	}
	return { at };
}

/** A cell of a date column as `YYYY-MM-DD`; a time of day is dropped, the day stays as written. */
export function parseDate(cell: Cell, context: ParseContext): Parsed {
	const found = readable(cell, context);
	if ('reason' in found) return { ok: false, reason: found.reason };
	return { ok: true, value: 'blank' in found ? null : isoDay(found.at) };
}

/** A cell that says when something happened, as an ISO instant; without a zone it is read as UTC. Days to come are refused. */
export function parsePastInstant(cell: Cell, context: ParseContext): Parsed {
	const found = readable(cell, context);
	if ('reason' in found) return { ok: false, reason: found.reason };
	if ('blank' in found) return { ok: true, value: null };
	const { at } = found;
	// One day of grace: "today" may already be tomorrow where the file was written.
	if (Date.parse(isoDay(at)) > Date.parse(context.today) + 86_400_000) return { ok: false, reason: `${isoDay(at)} is in the future` };
	const instant = Date.UTC(at.year, at.month - 1, at.day) + at.seconds * 1000 - at.offset * 60_000;
	return { ok: true, value: new Date(instant).toISOString() };
}

/** The two orders of numeric dates. A part above 12 decides; only American English puts the month first by default. */
export const dateStyles: FieldStyles = {
	label: 'Dates are written',
	options: [
		{ value: 'dmy', label: 'day/month/year (31/12/2026)' },
		{ value: 'mdy', label: 'month/day/year (12/31/2026)' }
	],
	guess(cells, locale) {
		const votes = { dmy: 0, mdy: 0, either: 0 };
		let dotted = false;
		for (const cell of cells) {
			const groups = typeof cell === 'string' ? numeric.exec(cleanText(cell.normalize('NFKC')))?.groups : undefined;
			if (!groups) continue;
			const [first, second] = [Number(groups.first), Number(groups.second)];
			if (first > 12 && second <= 12) votes.dmy += 1;
			else if (second > 12 && first <= 12) votes.mdy += 1;
			else if (first !== second) votes.either += 1;
			dotted ||= groups.sep === '.';
		}
		// Nobody who puts the month first separates it by a dot.
		const tie: DateOrder = /^en(-US|-PH)?$/i.test(locale) && !dotted ? 'mdy' : 'dmy';
		const value = votes.dmy === votes.mdy ? tie : votes.dmy > votes.mdy ? 'dmy' : 'mdy';
		return { value, dependent: votes.either, mixed: votes.dmy > 0 && votes.mdy > 0 };
	}
};
