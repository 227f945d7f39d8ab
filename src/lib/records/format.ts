// The interface speaks one language so far, and the server and every browser must draw the same text; so the locale is stated, never taken from the machine.
const locale = 'en';

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const dayThisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const moneyFormats = new Map<string, Intl.NumberFormat>();

/** An amount in major units with its currency: "€12,500", "€12,500.50". Whole amounts drop their cents. */
export function money(amount: number | null, currency: string): string {
	if (amount === null) return '';
	const whole = Number.isInteger(amount);
	const key = `${currency}${whole}`;
	let format = moneyFormats.get(key);
	if (!format) {
		format = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...(whole ? { maximumFractionDigits: 0 } : {}) });
		moneyFormats.set(key, format);
	}
	return format.format(amount);
}

/** A date or a moment (ISO 8601) as "12 Mar 2026", or "12 Mar" within the year of `now`. Dates without a time have no zone; moments show their UTC day. */
export function shortDate(iso: string | null, now = new Date()): string {
	if (!iso) return '';
	const date = new Date(iso);
	if (Number.isNaN(date.getTime())) return '';
	return (date.getUTCFullYear() === now.getUTCFullYear() ? dayThisYear : day).format(date);
}

/** "1 deal", "2 deals", "1,200 companies". */
export function countOf(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString(locale)} ${count === 1 ? one : many}`;
}
