import { describe, expect, it } from 'vitest';
import { readAmount, writeAmount } from './amount-text';

describe('a typed amount', () => {
	it.each([
		['', null],
		['  ', null],
		['12500', '12500'],
		['12,500', '12500'],
		['12.500', '12500'],
		['12 500,5', '12500.5'],
		['12,500.50', '12500.50'],
		['12.500,50', '12500.50'],
		['1,234,567', '1234567'],
		["1'234.5", '1234.5'],
		['0.99', '0.99'],
		['9999999999999.99', '9999999999999.99'],
		['-5', undefined],
		['12.345,678', undefined],
		['1,23,4', undefined],
		['1e6', undefined],
		['12.345.67', undefined],
		['99999999999999', undefined],
		['five', undefined]
	])('%j is read as %j', (typed, read) => expect(readAmount(typed)).toBe(read));

	it('is written without needless zeros', () => {
		expect([writeAmount(null), writeAmount(12500), writeAmount(12500.5)]).toEqual(['', '12500', '12500.50']);
	});
});
