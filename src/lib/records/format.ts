// The interface speaks one language so far, and the server and every browser must draw the same text: so locales are stated, never taken from the machine.

const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string, notation: 'standard' | 'compact'): Intl.NumberFormat {
	const key = currency + notation;
	const known = moneyFormats.get(key);
	if (known) return known;
	const short: Intl.NumberFormatOptions =
		notation === 'compact' ? { notation, maximumFractionDigits: 1 } : { trailingZeroDisplay: 'stripIfInteger' };
	const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, ...short });
	moneyFormats.set(key, format);
	return format;
}

/** Money for the eye: `12500.5` EUR → "€12,500.50", whole amounts without cents; unknown amounts are empty. */
export function formatMoney(amount: number | null, currency: string): string {
	if (amount === null) return '';
	try {
		return moneyFormat(currency, 'standard').format(amount);
	} catch {
		// A code that Intl does not take: better plain than nothing.
		return `${amount} ${currency}`;
	}
}

/** Money where space is short: "€1.2M", "€340K". */
export function formatMoneyShort(amount: number, currency: string): string {
	if (Math.abs(amount) < 100_000) return formatMoney(Math.round(amount), currency);
	try {
		return moneyFormat(currency, 'compact').format(amount);
	} catch {
		return `${amount} ${currency}`;
	}
}

const thisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const otherYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** An ISO day, or the UTC day of an ISO moment, for the eye: "12 Mar", with the year if it is not that of `today`. */
export function formatDay(iso: string | null, today = new Date().toISOString()): string {
	if (!iso) return '';
	const date = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
	if (Number.isNaN(date.getTime())) return iso;
	return (iso.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(date);
}

/** An ISO moment to the minute, for logs: "12 Mar, 14:05 UTC". */
export function formatMoment(iso: string, today = new Date().toISOString()): string {
	const moment = new Date(iso);
	if (Number.isNaN(moment.getTime())) return iso;
	const utc = moment.toISOString();
	return `${formatDay(utc, today)}, ${utc.slice(11, 16)} UTC`;
}

/** "1 deal", "12 deals", "5,000 companies". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
	return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
