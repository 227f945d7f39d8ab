import { describe, expect, it } from 'vitest';
import { countryOf, placeOf } from './country';

describe('the country of an address', () => {
	it.each([
		['193.0.6.139', 'Netherlands'],
		['8.8.8.8', 'United States'],
		['::ffff:8.8.8.8', 'United States'],
		['2001:67c:2e8:22::c100:68b', 'Netherlands']
	])('of %s is %s', (address, country) => {
		expect(countryOf(address)).toBe(country);
		expect(placeOf(address)).toBe(`${country}, ${address}`);
	});

	it.each(['127.0.0.1', '::1', '10.1.2.3', '192.168.1.1/24', 'fe80::1%eth0', '', 'nonsense'])('there is none for %s', (address) => {
		expect(countryOf(address)).toBeNull();
		expect(placeOf(address)).toBe(address);
	});
});
