import type { Cell } from './field';
import type { Column } from './header';

/** A refused row as the download shows it: where it stood, why it was refused, what it held. */
export type RefusedLine = { row: number; reasons: readonly string[]; cells: readonly Cell[] };

// A spreadsheet runs text that starts with these as a formula (OWASP, CSV Injection); full-width forms are folded by some.
const formulaStart = /^[\s\u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

/** One quoted cell of a CSV that no spreadsheet takes for a formula. */
export function safeCell(cell: Cell): string {
	const text = typeof cell === 'string' && formulaStart.test(cell) ? `'${cell}` : String(cell);
	return `"${text.replaceAll('"', '""')}"`;
}

/** The refused rows as CSV (RFC 4180, with a byte order mark so that Excel reads it as UTF-8), to be mended and imported again. */
export function refusedCsv(columns: readonly Column[], lines: readonly RefusedLine[]): string {
	const head = ['Row in file', 'Why it was not imported', ...columns.map((column) => column.name)];
	const body = lines.map((line) => [line.row, line.reasons.join('; '), ...columns.map((column) => line.cells[column.index] ?? '')]);
	return `\ufeff${[head, ...body].map((row) => row.map(safeCell).join(',')).join('\r\n')}\r\n`;
}
