import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cell } from './field';
import { columnsOf, findHeader } from './header';
import { dealImport } from './deals';
import { readTable } from './read-table';

// Public collections of awkward files, read where they lie beside the checkout; the rules they teach have tests of their own elsewhere.
const folder = join(import.meta.dirname, '../../../../shared/data/import');
const filesOf = (path: string, ending: string) =>
	existsSync(join(folder, path)) ? readdirSync(join(folder, path)).filter((name) => name.endsWith(ending)) : [];
const read = async (path: string) => readTable(new Uint8Array(readFileSync(join(folder, path))));

// The collection's CRLF files were stored with LF, what they must parse to was not.
const oneLineEnd = (value: unknown) => String(value).replaceAll('\r\n', '\n');

/** Rows as objects under their header, the way csv-spectrum states what its files must parse to. */
function objects(rows: readonly (readonly Cell[])[]): Record<string, string>[] {
	const [header = [], ...body] = rows;
	return body
		.filter((row) => row.length > 0)
		.map((row) => Object.fromEntries(header.map((name, at) => [String(name), oneLineEnd(row[at] ?? '')])));
}

// One telephone number was made anonymous in the expectation only.
const withoutPhone = (row: Record<string, string>) => ({ ...row, 'Contact Phone Number': '' });

const asText = (expected: Record<string, unknown> | Record<string, unknown>[]) =>
	[expected].flat().map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, oneLineEnd(value)])));

describe('files of other collections', () => {
	it('are read where present', () => {
		expect([0, 12]).toContain(filesOf('csv-spectrum/csvs', '.csv').length);
	});

	for (const name of filesOf('csv-spectrum/csvs', '.csv')) {
		it(`csv-spectrum ${name}`, async () => {
			const expected = JSON.parse(readFileSync(join(folder, 'csv-spectrum/json', name.replace('.csv', '.json')), 'utf8'));
			const found = objects((await read(`csv-spectrum/csvs/${name}`)).rows);
			expect(found.map(withoutPhone)).toEqual(asText(expected).map(withoutPhone));
		});
	}

	const messy: Record<string, (rows: Cell[][], header: number | null, notices: string[]) => void> = {
		'utf-16le_encoded.csv': (rows) => expect(rows[0]?.slice(0, 2)).toEqual(['Organisation_code', 'Organisation_name']),
		'utf8bom.csv': (rows) => expect(rows[0]).toEqual(['kitten', 'win']),
		'excel_pasting.csv': (rows) => expect(rows.slice(2, 4).map((row) => row.slice(0, 3))).toEqual([[], ['Year', '2000', '2001']]),
		'mixedGLB.csv': (rows) => expect(rows.some((row) => row[0] === 'Year' && row[1] === 'Jan')).toBe(true),
		'null.csv': (_, header) => expect(header).toBeNull(),
		'skip_initials.csv': (rows, header) => expect([header, rows.length]).toEqual([0, 3]),
		'complex.csv': (rows) => expect(rows[3]).toEqual(['2011-01-03', '', '6,000,000', 'Galway']),
		'weird_head_padding.csv': (rows, header) => expect(columnsOf(rows, header).length).toBeGreaterThan(3),
		'simple.xlsx': (rows) => expect(rows[1]).toEqual(['2011-01-01', 1, 'Galway']),
		'excel_properties.xls': (rows) => expect(rows[0]).toEqual(['bold'])
	};
	for (const name of [...filesOf('messy', '.csv'), ...filesOf('messy', '.xls'), ...filesOf('messy', '.xlsx')]) {
		const check = messy[name];
		if (!check) continue;
		it(`messy ${name}`, async () => {
			const { rows, notices } = await read(`messy/${name}`);
			check(rows, findHeader(rows, dealImport.fields), notices);
		});
	}

	for (const [name, words] of [
		['encrypted_no_password.xls', 'protected by a password'],
		['libreoffice.xlsx', 'empty']
	] as const) {
		if (filesOf('messy', name).length === 0) continue;
		it(`messy ${name} is refused with a reason`, async () => {
			await expect(read(`messy/${name}`)).rejects.toThrow(words);
		});
	}

	for (const name of filesOf('crm', 'contacts.csv')) {
		it(`crm ${name}`, async () => {
			const { rows } = await read(`crm/${name}`);
			expect([rows.length, rows[0]?.[0], rows[1]?.[1]]).toEqual([501, 'id', 'Shelley']);
		});
	}
});
