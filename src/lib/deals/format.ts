const formats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string): Intl.NumberFormat {
	const known = formats.get(currency);
	if (known) return known;
	const format = new Intl.NumberFormat('en-US', { style: 'currency', currency, trailingZeroDisplay: 'stripIfInteger' });
	formats.set(currency, format);
	return format;
}

/** Money for the eye: `12500.5` EUR → "€12,500.50", whole amounts without cents. The server and every browser write the same. */
export function formatMoney(amount: number, currency: string): string {
	try {
		return moneyFormat(currency).format(amount);
	} catch {
		// A code Intl does not take: better plain than nothing.
		return `${amount} ${currency}`;
	}
}

const compact = new Map<string, Intl.NumberFormat>();

/** Money where space is short: "€1.2M", "€340K". */
export function formatMoneyShort(amount: number, currency: string): string {
	if (Math.abs(amount) < 100_000) return formatMoney(Math.round(amount), currency);
	try {
		const format = compact.get(currency) ?? new Intl.NumberFormat('en-US', { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 });
		compact.set(currency, format);
		return format.format(amount);
	} catch {
		return `${amount} ${currency}`;
	}
}

const thisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const otherYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });

/** An ISO day for the eye: "12 Mar", with the year if it is not that of `today`. */
export function formatDay(day: string, today: string): string {
	const date = new Date(`${day}T00:00:00Z`);
	if (Number.isNaN(date.getTime())) return day;
	return (day.slice(0, 4) === today.slice(0, 4) ? thisYear : otherYear).format(date);
}

/** "1 deal", "12 deals", "5,000 deals". */
export function formatCount(count: number, one = 'deal', many = `${one}s`): string {
	return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
