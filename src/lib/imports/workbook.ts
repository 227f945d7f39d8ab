import type { CellObject, ParsingOptions, WorkBook } from 'xlsx';
import { archiveContents } from './archive';
import type { Cell } from './field';
import { importLimits } from './limits';
import { FileRefused, isBlankRow, type RawTable } from './table';

type Xlsx = typeof import('xlsx');

const readRows = importLimits.rows * 2 + 1;
const lean = {
	dense: true,
	cellFormula: false,
	cellHTML: false,
	cellText: false,
	cellNF: true,
	sheetRows: readRows
} satisfies ParsingOptions;

function refuseOversized(bytes: Uint8Array): void {
	if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return;
	const contents = archiveContents(bytes);
	if (!contents)
		throw new FileRefused(
			'broken',
			'This workbook is damaged or was not saved completely. Open it in a spreadsheet, save it again and choose the new file.'
		);
	if (contents.unpackedBytes > importLimits.unpackedBytes) {
		throw new FileRefused(
			'too_large',
			`This workbook unpacks to ${Math.round(contents.unpackedBytes / 1024 / 1024).toLocaleString('en')} MB; at most ${importLimits.unpackedBytes / 1024 / 1024} MB can be read. Keep only the sheet with the deals, or save it as CSV.`
		);
	}
	const isWorkbook = contents.names.some(
		(name) => /(^|\/)(workbook\.(xml|bin)|content\.xml|index\.xml)$/i.test(name) || name.startsWith('Index/')
	);
	if (!isWorkbook)
		throw new FileRefused('not_a_table', 'This is an archive, not a workbook. Unpack it and choose the CSV or Excel file inside.');
}

function open(xlsx: Xlsx, bytes: Uint8Array, options: ParsingOptions): WorkBook {
	try {
		return xlsx.read(bytes, { type: 'array', ...options });
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		if (/password|encrypt/i.test(message)) {
			throw new FileRefused(
				'encrypted',
				'This workbook is protected by a password, so it cannot be read. Remove the password (File → Info → Protect Workbook) and choose it again.'
			);
		}
		throw new FileRefused(
			'broken',
			'This workbook could not be read. Open it in a spreadsheet, save it as .xlsx or CSV, and choose the new file.'
		);
	}
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** A serial day number as ISO text, with the time where it has one. */
function serialText(serial: number, date1904: boolean): Cell {
	const milliseconds = Math.round((serial + (date1904 ? 1462 : 0) - 25_569) * 86_400) * 1000;
	const at = new Date(milliseconds);
	if (serial < 0 || Number.isNaN(at.getTime()) || at.getUTCFullYear() > 9999) return serial;
	const day = at.toISOString().slice(0, 10);
	if (milliseconds % 86_400_000 === 0) return day;
	return `${day} ${twoDigits(at.getUTCHours())}:${twoDigits(at.getUTCMinutes())}:${twoDigits(at.getUTCSeconds())}`;
}

function cellOf(cell: CellObject | undefined, date1904: boolean, isDate: (format: string) => boolean): Cell {
	if (cell?.v === undefined || cell.t === 'z') return '';
	if (cell.t === 'e') return '#N/A';
	if (cell.v instanceof Date) return cell.v.toISOString();
	if (typeof cell.v === 'boolean') return cell.v ? 'TRUE' : 'FALSE';
	if (typeof cell.v === 'number' && typeof cell.z === 'string' && isDate(cell.z)) return serialText(cell.v, date1904);
	return cell.v;
}

/** The rows of a dense sheet, read cell by cell: a declared range may be a million rows of nothing. */
function rowsOf(data: CellObject[][], date1904: boolean, isDate: (format: string) => boolean): Cell[][] {
	let cells = 0;
	return Array.from(data, (sparse: CellObject[] | undefined) => {
		if (!sparse) return [];
		cells += sparse.length;
		if (cells > importLimits.cells)
			throw new FileRefused(
				'too_large',
				`This sheet has more than ${importLimits.cells.toLocaleString('en')} cells. Keep only the columns to import, or save it as CSV.`
			);
		const row = Array.from(sparse, (cell: CellObject | undefined) => cellOf(cell, date1904, isDate));
		return isBlankRow(row) ? [] : row;
	});
}

/** Reads one sheet of a workbook (.xlsx, .xlsb, .xls, .ods): values only, never formulas. `wanted` names a sheet, else the first with rows. */
export async function readWorkbook(bytes: Uint8Array, wanted: string | null): Promise<RawTable> {
	refuseOversized(bytes);
	const xlsx = await import('xlsx');
	const overview = open(xlsx, bytes, { bookSheets: true });
	const names = overview.SheetNames;
	if (names.length > importLimits.sheets)
		throw new FileRefused(
			'too_large',
			`This workbook has ${names.length} sheets; at most ${importLimits.sheets} can be read. Move the deals to a workbook of their own.`
		);
	const ssf: { is_date(format: string): boolean } = xlsx.SSF;
	const candidates = wanted !== null && names.includes(wanted) ? [wanted] : names;
	for (const name of candidates) {
		const book = open(xlsx, bytes, { ...lean, sheets: name });
		const date1904 = book.Workbook?.WBProps?.date1904 ?? false;
		const sheet = book.Sheets[name];
		const data: CellObject[][] | undefined = sheet?.['!data'];
		const rows = rowsOf(data ?? [], date1904, (format) => ssf.is_date(format));
		if (rows.some((row) => row.length > 0) || (wanted !== null && name === wanted && names.length > 1)) {
			const unread = (xlsx.utils.decode_range(sheet?.['!fullref'] ?? 'A1').e.r ?? 0) >= readRows;
			const notices = unread ? [`Rows below row ${readRows.toLocaleString('en')} of the sheet were not read.`] : [];
			return { rows, date1904, kind: 'workbook', notices, sheets: names, sheet: name };
		}
	}
	throw new FileRefused('empty', 'This workbook is empty. Choose one with a header row and at least one row below it.');
}
