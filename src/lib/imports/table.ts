import type { Cell } from './field';
import { importLimits } from './limits';

/** What a reader makes of a file: the rows as they stand, padding included, and what it changed or guessed on the way. */
export type RawTable = {
	/** Row `n` of the file, as a spreadsheet counts, is `rows[n - 1]`. Blank rows are empty arrays. */
	rows: Cell[][];
	date1904: boolean;
	/** Cells of text files shift when a delimiter is not quoted; those of workbooks cannot. */
	kind: 'text' | 'workbook';
	/** Sentences for the person who imports: encoding guessed, characters removed. */
	notices: string[];
	/** Names of a workbook's visible sheets, and which of them this is; empty for a text file. */
	sheets: string[];
	sheet: string | null;
};

/** Why a file as a whole cannot be read. The message says what happened and what to do. */
export class FileRefused extends Error {
	/** `too_large`, `too_many_rows`, `encrypted`, `not_a_table`, `empty`, `broken`, `wrong_encoding`. */
	readonly code: string;

	constructor(code: string, message: string) {
		super(message);
		this.name = 'FileRefused';
		this.code = code;
	}
}

/** Whether a row holds anything but spaces. */
export function isBlankRow(row: readonly Cell[]): boolean {
	return row.every((cell) => typeof cell === 'string' && cell.trim() === '');
}

/** A file with more rows than one import takes. */
export function tooManyRows(): FileRefused {
	return new FileRefused(
		'too_many_rows',
		`This file has more than ${importLimits.rows.toLocaleString('en')} rows, the most one import can take. Split it into smaller files and import them one after the other.`
	);
}
