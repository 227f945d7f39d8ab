/** How one member wants dates and numbers: BCP 47 tag and IANA zone; null is the app's own way. */
export type Formatting = { locale: string | null; timeZone: string | null };

/**
 * Dates, moments, money and numbers for the eye of one member. The interface speaks one language, and the server and every browser must draw the same text: so the
 * locale and the time zone are stated, never taken from the machine. Without a chosen locale days read "12 Mar" and numbers "1,234.50"; without a time zone
 * moments are told in UTC, and say so.
 */
export class Formats {
	readonly timeZone: string;
	#dates: string;
	#numbers: string;
	#saysZone: boolean;
	#number: Intl.NumberFormat;
	#money = new Map<string, Intl.NumberFormat>();
	#day: { thisYear: Intl.DateTimeFormat; otherYear: Intl.DateTimeFormat };
	#time: Intl.DateTimeFormat;
	#isoDay: Intl.DateTimeFormat;

	/** @throws {RangeError} for what is no locale or no time zone; `formattingOf` gives none. */
	constructor({ locale, timeZone }: Formatting) {
		this.#dates = locale ?? 'en-GB';
		this.#numbers = locale ?? 'en-US';
		this.#saysZone = timeZone === null;
		this.timeZone = timeZone ?? 'UTC';
		this.#number = new Intl.NumberFormat(this.#numbers, { maximumFractionDigits: 2 });
		this.#day = dayFormats(this.#dates);
		this.#time = new Intl.DateTimeFormat(this.#dates, { hour: '2-digit', minute: '2-digit', timeZone: this.timeZone });
		this.#isoDay = new Intl.DateTimeFormat('en-CA', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: this.timeZone });
	}

	/** The ISO day it is now. */
	today(): string {
		return this.#isoDay.format(new Date());
	}

	/** The ISO day of an ISO moment; a day is itself. */
	dayOf(iso: string): string {
		if (iso.length <= 10 || this.timeZone === 'UTC') return iso.slice(0, 10);
		const moment = new Date(iso);
		return Number.isNaN(moment.getTime()) ? iso.slice(0, 10) : this.#isoDay.format(moment);
	}

	/** An ISO day, or the day of an ISO moment: "12 Mar", with the year if it is not that of `today`. */
	day(iso: string | null, today = this.today()): string {
		if (!iso) return '';
		const day = this.dayOf(iso);
		const date = new Date(`${day}T00:00:00Z`);
		if (Number.isNaN(date.getTime())) return iso;
		return (day.slice(0, 4) === today.slice(0, 4) ? this.#day.thisYear : this.#day.otherYear).format(date);
	}

	/** An ISO moment to the minute: "12 Mar, 14:05 UTC". */
	moment(iso: string, today = this.today()): string {
		const moment = new Date(iso);
		if (Number.isNaN(moment.getTime())) return iso;
		return `${this.day(iso, today)}, ${this.#time.format(moment)}${this.#saysZone ? ' UTC' : ''}`;
	}

	/** The last second of an ISO day as an ISO moment; null for what is no day. */
	endOfDay(day: string): string | null {
		const end = Date.parse(`${day}T23:59:59Z`);
		if (Number.isNaN(end)) return null;
		// Once more, because the offset may be another one where the first guess lands.
		const guess = end - this.#offsetMs(end);
		return new Date(end - this.#offsetMs(guess)).toISOString();
	}

	/** A number with at most two decimals. */
	number(value: number): string {
		return this.#number.format(value);
	}

	/** A number with every decimal it has. */
	exact(value: number): string {
		return new Intl.NumberFormat(this.#number.resolvedOptions().locale, { maximumFractionDigits: 20 }).format(value);
	}

	/** "1 deal", "12 deals", "5,000 companies". */
	count(count: number, one: string, many = `${one}s`): string {
		return `${this.number(count)} ${count === 1 ? one : many}`;
	}

	/** `12500.5` EUR → "€12,500.50", whole amounts without cents; unknown amounts are empty. */
	money(amount: number | null, currency: string): string {
		return amount === null ? '' : this.#moneyText(amount, currency, 'standard');
	}

	/** Money where space is short: "€1.2M", "€340K". */
	moneyShort(amount: number, currency: string): string {
		if (Math.abs(amount) < 100_000) return this.money(Math.round(amount), currency);
		return this.#moneyText(amount, currency, 'compact');
	}

	#moneyText(amount: number, currency: string, notation: 'standard' | 'compact'): string {
		const key = currency + notation;
		try {
			let format = this.#money.get(key);
			if (!format) {
				const short: Intl.NumberFormatOptions =
					notation === 'compact' ? { notation, maximumFractionDigits: 1 } : { trailingZeroDisplay: 'stripIfInteger' };
				format = new Intl.NumberFormat(this.#numbers, { style: 'currency', currency, ...short });
				this.#money.set(key, format);
			}
			return format.format(amount);
		} catch {
			// A code that Intl does not take: better plain than nothing.
			return `${amount} ${currency}`;
		}
	}

	/** How far the zone's clocks are ahead of UTC at a moment, in milliseconds. */
	#offsetMs(at: number): number {
		const parts = new Intl.DateTimeFormat('en-CA', {
			...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
			hourCycle: 'h23',
			timeZone: this.timeZone
		}).formatToParts(at);
		const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '00';
		const wall = `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}:${part('second')}Z`;
		return Date.parse(wall) - at;
	}
}

/** Days as a locale writes them at medium length, with and without the year; in UTC, because a day has no zone. */
function dayFormats(locale: string): { thisYear: Intl.DateTimeFormat; otherYear: Intl.DateTimeFormat } {
	const otherYear = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
	const month = otherYear.formatToParts(0).find(({ type }) => type === 'month')?.value ?? '';
	const short: Intl.DateTimeFormatOptions = /^\d+$/.test(month) ? { day: '2-digit', month: '2-digit' } : { day: 'numeric', month: 'short' };
	return { thisYear: new Intl.DateTimeFormat(locale, { ...short, timeZone: 'UTC' }), otherYear };
}

const made = new Map<string, Formats>();
/** A server meets many members; making formats is slow, keeping all of them would be large. */
const mostKept = 100;

/** The formats of a locale and a time zone, made once. */
export function formatsOf({ locale, timeZone }: Formatting): Formats {
	const key = `${locale} ${timeZone}`;
	const known = made.get(key);
	if (known) return known;
	if (made.size >= mostKept) made.clear();
	const formats = new Formats({ locale, timeZone });
	made.set(key, formats);
	return formats;
}
