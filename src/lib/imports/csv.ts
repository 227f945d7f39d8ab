import { CsvError, parse } from 'csv-parse/browser/esm/sync';
import { sniffDelimiter, takeSeparatorLine } from './delimiter';
import { decodeText } from './encoding';
import { importLimits } from './limits';
import { FileRefused, isBlankRow, tooManyRows, type RawTable } from './table';

const recordsRead = importLimits.rows * 2 + 1;

function records(text: string, delimiter: string): string[][] {
	try {
		return parse(text, {
			delimiter,
			record_delimiter: ['\r\n', '\n', '\r'],
			relax_column_count: true,
			relax_quotes: true,
			// A quote may follow the space after a comma: `Acme, "6,000"`.
			ltrim: delimiter !== '\t',
			skip_empty_lines: false,
			max_record_size: importLimits.recordCharacters,
			// Twice the rows we take: padding is not counted, and a file far above the cap need not be read to its end.
			to: recordsRead
		});
	} catch (error) {
		if (error instanceof CsvError && error.code === 'CSV_MAX_RECORD_SIZE') {
			throw new FileRefused(
				'broken',
				'A row of this file is longer than a million characters. A quotation mark (") may be opened and never closed; mend it, then choose the file again.'
			);
		}
		if (error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED') {
			const line = typeof error.lines === 'number' ? ` (near line ${error.lines})` : '';
			throw new FileRefused(
				'broken',
				`A quotation mark (") is opened and never closed${line}, so the rows after it run together. Close it or remove it, then choose the file again.`
			);
		}
		throw new FileRefused('broken', `The file could not be read as CSV: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** An apostrophe before a formula sign says "this is text" (spreadsheets write it so, and so does our list of refused rows). */
const withoutTextMark = (cell: string) => (/^'[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);

const nothingInside = () => new FileRefused('empty', 'This file is empty. Choose a file with a header row and at least one row below it.');

/** Reads a delimited text file of any usual encoding and delimiter. Rows may be ragged and cells may span lines. */
export function readCsv(bytes: Uint8Array): RawTable {
	const decoded = decodeText(bytes);
	const separated = takeSeparatorLine(decoded.text);
	if (separated.text.trim() === '')
		throw new FileRefused('empty', 'This file is empty. Choose a file with a header row and at least one row below it.');
	const rows = records(separated.text, separated.delimiter ?? sniffDelimiter(separated.text));
	// What lies below was not read, so it must not seem to be nothing.
	if (rows.length === recordsRead) throw tooManyRows();
	const cleaned = rows.map((row) => (isBlankRow(row) ? [] : row.map(withoutTextMark)));
	if (cleaned.every((row) => row.length === 0)) throw nothingInside();
	return {
		rows: cleaned,
		date1904: false,
		kind: 'text',
		notices: decoded.notices,
		sheets: [],
		sheet: null
	};
}
