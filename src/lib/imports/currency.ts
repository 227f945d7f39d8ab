import { cleanText, isBlankMark } from './clean';
import type { Cell, Parsed } from './field';

/** ISO 4217 as of 2026, money in use only: the same list as `private.is_currency` in the database. */
const codes = (
	'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK ' +
	'DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW ' +
	'KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR ' +
	'PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS ' +
	'VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ');

const known: ReadonlySet<string> = new Set(codes);

/** Signs and words, and the currencies each may mean, the most traded first. */
const signs: Readonly<Record<string, readonly string[]>> = {
	$: [
		'USD',
		'CAD',
		'AUD',
		'NZD',
		'SGD',
		'HKD',
		'MXN',
		'TWD',
		'ARS',
		'CLP',
		'COP',
		'BSD',
		'BBD',
		'BMD',
		'BZD',
		'BND',
		'FJD',
		'JMD',
		'KYD',
		'LRD',
		'NAD',
		'SBD',
		'TTD',
		'XCD'
	],
	US$: ['USD'],
	C$: ['CAD'],
	CA$: ['CAD'],
	A$: ['AUD'],
	AU$: ['AUD'],
	NZ$: ['NZD'],
	S$: ['SGD'],
	HK$: ['HKD'],
	NT$: ['TWD'],
	MX$: ['MXN'],
	R$: ['BRL'],
	'€': ['EUR'],
	'£': ['GBP', 'EGP', 'GIP', 'FKP', 'SHP', 'LBP', 'SYP', 'SDG', 'SSP'],
	'¥': ['JPY', 'CNY'],
	'₹': ['INR'],
	RS: ['INR', 'PKR', 'LKR', 'NPR', 'MUR', 'SCR'],
	'₩': ['KRW'],
	'₽': ['RUB'],
	'₺': ['TRY'],
	'₴': ['UAH'],
	'₫': ['VND'],
	'₪': ['ILS'],
	'₦': ['NGN'],
	'₱': ['PHP'],
	'฿': ['THB'],
	'₸': ['KZT'],
	'₾': ['GEL'],
	KR: ['SEK', 'NOK', 'DKK', 'ISK'],
	ZŁ: ['PLN'],
	KČ: ['CZK'],
	FT: ['HUF'],
	LEI: ['RON', 'MDL'],
	FR: ['CHF'],
	SFR: ['CHF'],
	'FR.': ['CHF'],
	R: ['ZAR'],
	RM: ['MYR'],
	RP: ['IDR'],
	RMB: ['CNY'],
	EURO: ['EUR'],
	EUROS: ['EUR'],
	DOLLAR: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD'],
	DOLLARS: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD'],
	'US DOLLAR': ['USD'],
	'US DOLLARS': ['USD'],
	POUND: ['GBP'],
	POUNDS: ['GBP'],
	STERLING: ['GBP'],
	YEN: ['JPY'],
	'SWISS FRANC': ['CHF']
};

/** Whether `code` is an ISO 4217 code an import takes. */
export function isCurrencyCode(code: string): boolean {
	return known.has(code);
}

/** The currencies a sign, a code or a name may mean, best first; empty when it means none. */
export function currenciesOf(text: string): readonly string[] {
	const word = text.normalize('NFKC').trim().toUpperCase();
	if (known.has(word)) return [word];
	return signs[word] ?? signs[word.replace(/\.$/, '')] ?? [];
}

/** A cell of a currency column: a code in any case, a sign or a common name. */
export function parseCurrency(cell: Cell): Parsed {
	const text = cleanText(String(cell));
	if (isBlankMark(text)) return { ok: true, value: null };
	const meant = currenciesOf(text);
	const [code] = meant;
	if (code === undefined)
		return { ok: false, reason: `“${text.slice(0, 40)}” is not a currency we know; use its three-letter code, such as EUR` };
	// A sign shared by several currencies is only a hint: the workspace's own currency wins where it fits.
	return meant.length === 1 ? { ok: true, value: code } : { ok: true, value: null, implies: { currency: meant } };
}
