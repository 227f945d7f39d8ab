import { describe, expect, it } from 'vitest';
import { dealImport } from './deals';
import type { Cell } from './field';
import { columnLetters, columnsOf, findHeader } from './header';
import { guessMapping } from './mapping';

const header = (rows: Cell[][]) => findHeader(rows, dealImport.fields);
const guess = (rows: Cell[][]) => {
	const at = header(rows);
	const columns = columnsOf(rows, at);
	const mapping = guessMapping(columns, rows.slice((at ?? -1) + 1), dealImport.fields);
	return Object.fromEntries(
		Object.entries(mapping).flatMap(([key, index]) =>
			index === null ? [] : [[key, columns.find((column) => column.index === index)?.name]]
		)
	);
};

describe('the header row', () => {
	it('is found below titles, padding and blank rows', () => {
		expect(
			header([['Deals of the north'], [], ['Exported', '2026-01-01'], ['Deal name', 'Amount', 'Close date'], ['A', '5', '2026-01-01']])
		).toBe(3);
	});

	it('is the first full row of names when none is known', () => {
		expect(header([['Report'], ['Alpha', 'Beta', 'Gamma'], ['x', '1', '2'], ['y', '3', '4']])).toBe(1);
	});

	it('is missing when the first rows are data', () => {
		expect(
			header([
				['1', 'null', '0'],
				['2', '0', '0']
			])
		).toBeNull();
		expect(columnsOf([['1', 'null', '0']], null).map(({ name }) => name)).toEqual(['Column A', 'Column B', 'Column C']);
	});

	it('is not a row of deals that happen to be called like fields', () => {
		expect(
			header([
				['Name', 'Value', 'Owner'],
				['Stage', '5', 'Owner'],
				['Deal', '6', 'x@y.test']
			])
		).toBe(0);
	});
});

describe('the columns', () => {
	it('with one name are told apart, without a name are lettered, without anything are left out', () => {
		expect(
			columnsOf(
				[
					['Name', 'name', '', ''],
					['a', 'b', 'c', '']
				],
				0
			)
		).toEqual([
			{ index: 0, name: 'Name' },
			{ index: 1, name: 'name (2)' },
			{ index: 2, name: 'Column C' }
		]);
	});

	it('are lettered as in a spreadsheet', () => {
		expect([0, 25, 26, 701, 702].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA']);
	});
});

describe('the mapping guessed', () => {
	it('of our own names is complete', () => {
		const names = ['name', 'company', 'stage', 'amount', 'currency', 'owner e-mail', 'expected close', 'created date'];
		expect(guess([names, ['A', 'B', 'Lead', '5', 'EUR', 'a@b.test', '2026-01-01', '2026-01-01']])).toEqual({
			name: 'name',
			company: 'company',
			stage: 'stage',
			amount: 'amount',
			currency: 'currency',
			owner: 'owner e-mail',
			expected_close: 'expected close',
			created_at: 'created date'
		});
	});

	it('of a HubSpot export', () => {
		const names = [
			'Record ID',
			'Deal Name',
			'Deal Stage',
			'Close Date',
			'Deal owner',
			'Amount',
			'Associated Company',
			'Create Date',
			'Pipeline'
		];
		expect(guess([names, ['1', 'A', 'x', '2026-01-01', 'Ada', '5', 'Acme', '2025-01-01', 'Sales']])).toEqual({
			name: 'Deal Name',
			stage: 'Deal Stage',
			expected_close: 'Close Date',
			owner: 'Deal owner',
			amount: 'Amount',
			company: 'Associated Company',
			created_at: 'Create Date'
		});
	});

	it('of a Salesforce report', () => {
		const names = [
			'Opportunity Owner',
			'Account Name',
			'Opportunity Name',
			'Stage',
			'Amount Currency',
			'Amount',
			'Expected Revenue',
			'Close Date',
			'Created Date'
		];
		expect(guess([names, ['Ada', 'Acme', 'A', 'x', 'EUR', '5', '2', '1/2/2026', '1/2/2025']])).toEqual({
			owner: 'Opportunity Owner',
			company: 'Account Name',
			name: 'Opportunity Name',
			stage: 'Stage',
			currency: 'Amount Currency',
			amount: 'Amount',
			expected_close: 'Close Date',
			created_at: 'Created Date'
		});
	});

	it('prefers among columns of a like name the one that can be read', () => {
		expect(
			guess([
				['Deal', 'Value', 'Value'],
				['A', 'high', '500'],
				['B', 'low', '300']
			])
		).toMatchObject({ amount: 'Value (2)' });
	});

	it('leaves alone what it does not know', () => {
		expect(
			guess([
				['Alpha', 'Beta'],
				['x', 'y']
			])
		).toEqual({});
	});
});
