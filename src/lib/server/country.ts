import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { Reader, type CountryResponse } from 'mmdb-lib';

const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

let reader: Reader<CountryResponse> | undefined;

/** The registered country of every network (docs/decisions/020): 8 MB, read once somebody asks. */
function networks(): Reader<CountryResponse> {
	reader ??= new Reader(
		readFileSync(createRequire(import.meta.url).resolve('@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'))
	);
	return reader;
}

/**
 * The country that a network address belongs to: "Germany". It is where the network is registered, so a hint to its owner
 * and no evidence. Null for addresses of no country: private ones, and what is no address.
 */
export function countryOf(address: string): string | null {
	// An IPv4 client of a server that listens on IPv6 (RFC 4291, 2.5.5.2).
	const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
	if (!isIP(plain)) return null;
	const found: unknown = networks().get(plain);
	if (typeof found !== 'object' || found === null || !('country_code' in found) || typeof found.country_code !== 'string') return null;
	return names.of(found.country_code) ?? null;
}

/** An address with its country, as people read it: "Germany, 192.0.2.1", or the address alone. */
export function placeOf(address: string): string {
	const country = countryOf(address);
	return country ? `${country}, ${address}` : address;
}
