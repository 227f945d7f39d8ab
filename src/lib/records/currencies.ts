/** Currencies offered first; any ISO 4217 code the database knows may still come in by import or API. */
export const currencies = [
	'USD',
	'EUR',
	'GBP',
	'CHF',
	'JPY',
	'CNY',
	'INR',
	'CAD',
	'AUD',
	'NZD',
	'SEK',
	'NOK',
	'DKK',
	'PLN',
	'CZK',
	'HUF',
	'RON',
	'BGN',
	'ISK',
	'TRY',
	'UAH',
	'ILS',
	'AED',
	'SAR',
	'QAR',
	'EGP',
	'ZAR',
	'NGN',
	'KES',
	'BRL',
	'MXN',
	'ARS',
	'CLP',
	'COP',
	'PEN',
	'SGD',
	'HKD',
	'TWD',
	'KRW',
	'THB',
	'MYR',
	'IDR',
	'PHP',
	'VND',
	'PKR',
	'BDT'
] as const;

const euro = ['AT', 'BE', 'CY', 'DE', 'EE', 'ES', 'FI', 'FR', 'GR', 'HR', 'IE', 'IT', 'LT', 'LU', 'LV', 'MT', 'NL', 'PT', 'SI', 'SK'];
const special: Record<string, string> = {
	US: 'USD',
	GB: 'GBP',
	CH: 'CHF',
	LI: 'CHF',
	...Object.fromEntries(euro.map((region) => [region, 'EUR']))
};

/** A guess from the browser's languages (`Accept-Language`): the currency of the first region named. Dollars when nothing is named. */
export function currencyOf(acceptLanguage: string | null): string {
	for (const [, region = ''] of (acceptLanguage ?? '').matchAll(/[a-z]{2,3}-([A-Z]{2})\b/gi)) {
		const upper = region.toUpperCase();
		const currency = special[upper] ?? currencies.find((code) => code.startsWith(upper));
		if (currency) return currency;
	}
	return 'USD';
}

/** Options for a select: the codes, which people know of their own currency. */
export function currencyOptions(): { value: string; label: string }[] {
	return currencies.map((code) => ({ value: code, label: code }));
}
