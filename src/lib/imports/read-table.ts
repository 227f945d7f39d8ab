import { readCsv } from './csv';
import { importLimits, tooLarge } from './limits';
import { FileRefused, tooManyRows, type RawTable } from './table';
import { readWorkbook } from './workbook';

const startsWith = (bytes: Uint8Array, signature: readonly number[]) => signature.every((byte, at) => bytes[at] === byte);
const zip = [0x50, 0x4b];
const compoundFile = [0xd0, 0xcf, 0x11, 0xe0]; // .xls, and encrypted .xlsx
const oldExcel = [
	[0x09, 0x00, 0x04, 0x00],
	[0x09, 0x02, 0x06, 0x00],
	[0x09, 0x04, 0x06, 0x00],
	[0x09, 0x08]
];
const otherKinds: readonly (readonly [readonly number[], string])[] = [
	[[0x25, 0x50, 0x44, 0x46], 'a PDF'],
	[[0x89, 0x50, 0x4e, 0x47], 'a picture'],
	[[0xff, 0xd8, 0xff], 'a picture'],
	[[0x47, 0x49, 0x46, 0x38], 'a picture'],
	[[0x1f, 0x8b], 'a compressed file'],
	[[0x52, 0x61, 0x72, 0x21], 'an archive'],
	[[0x37, 0x7a, 0xbc, 0xaf], 'an archive']
];

function refuseTooMuch(table: RawTable): RawTable {
	const filled = table.rows.reduce((count, row) => count + (row.length > 0 ? 1 : 0), 0);
	if (filled > importLimits.rows + 1) throw tooManyRows();
	const widest = table.rows.reduce((most, row) => Math.max(most, row.length), 0);
	if (widest > importLimits.columns) {
		throw new FileRefused(
			'too_large',
			`This file has ${widest.toLocaleString('en')} columns; at most ${importLimits.columns} can be read. Keep only the columns to import.`
		);
	}
	return table;
}

/**
 * Reads a CSV file or a workbook, told apart by their first bytes and not by their name.
 * Throws FileRefused with a sentence for the person who chose the file.
 */
export async function readTable(bytes: Uint8Array, sheet: string | null = null): Promise<RawTable> {
	const large = tooLarge({ size: bytes.length });
	if (large) throw new FileRefused('too_large', large);
	const other = otherKinds.find(([signature]) => startsWith(bytes, signature));
	if (other) throw new FileRefused('not_a_table', `This is ${other[1]}, not a table. Choose a CSV or an Excel workbook (.xlsx, .xls).`);
	const isWorkbook = [zip, compoundFile, ...oldExcel].some((signature) => startsWith(bytes, signature));
	return refuseTooMuch(isWorkbook ? await readWorkbook(bytes, sheet) : readCsv(bytes));
}
