import { cleanText, comparisonKey } from './clean';
import type { Cell, ImportField } from './field';

/** A column of the file under the name people see; names are unique. */
export type Column = { index: number; name: string };

const searchedRows = 40;

/** `A`, `B` … `Z`, `AA`: the letters a spreadsheet puts above its columns. */
export function columnLetters(index: number): string {
	const before = Math.floor(index / 26);
	return (before > 0 ? columnLetters(before - 1) : '') + String.fromCharCode(65 + (index % 26));
}

const filled = (row: readonly Cell[]) => row.filter((cell) => String(cell).trim() !== '');
const looksLikeName = (cell: Cell) => typeof cell === 'string' && /\p{L}/u.test(cell) && !cell.includes('@') && cell.length <= 80;

/** The width that most filled rows of the sample have. */
function usualWidth(rows: readonly (readonly Cell[])[]): number {
	const byWidth = new Map<number, number>();
	for (const row of rows) {
		const width = filled(row).length;
		if (width > 0) byWidth.set(width, (byWidth.get(width) ?? 0) + 1);
	}
	return [...byWidth].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0] ?? 0;
}

/**
 * The index of the row that names the columns, below titles and padding; null when the file has no such row.
 * A row whose cells are headers we know wins; else the first row about as wide as the table that holds only names.
 */
export function findHeader(rows: readonly (readonly Cell[])[], fields: readonly ImportField[]): number | null {
	const known = new Set(fields.flatMap((field) => [field.label, ...field.synonyms].map(comparisonKey)));
	const sample = rows.slice(0, searchedRows);
	const width = usualWidth(rows.slice(0, searchedRows * 5));
	let best: { index: number; hits: number } | null = null;
	for (const [index, row] of sample.entries()) {
		const hits = new Set(row.map((cell) => comparisonKey(String(cell))).filter((key) => known.has(key))).size;
		if (hits > (best?.hits ?? 0) && filled(row).every(looksLikeName)) best = { index, hits };
	}
	if (best && (best.hits > 1 || width <= 2)) return best.index;
	const plausible = sample.findIndex((row) => {
		const cells = filled(row);
		return cells.length > 0 && cells.length >= width * 0.6 && cells.every(looksLikeName);
	});
	return plausible >= 0 ? plausible : (best?.index ?? null);
}

/** The columns of a table: named by its header row, told apart where names repeat, lettered where they are missing. */
export function columnsOf(rows: readonly (readonly Cell[])[], headerRow: number | null): Column[] {
	const header = headerRow === null ? [] : (rows[headerRow] ?? []);
	const body = headerRow === null ? rows : rows.slice(headerRow + 1);
	const width = body.reduce((most, row) => Math.max(most, row.length), header.length);
	const taken = new Map<string, number>();
	const columns: Column[] = [];
	for (let index = 0; index < width; index += 1) {
		const written = cleanText(String(header[index] ?? '')).slice(0, 80);
		// A column without name and content is the padding of a spreadsheet.
		if (written === '' && !body.some((row) => String(row[index] ?? '').trim() !== '')) continue;
		const name = written || `Column ${columnLetters(index)}`;
		const times = (taken.get(name.toLowerCase()) ?? 0) + 1;
		taken.set(name.toLowerCase(), times);
		columns.push({ index, name: times === 1 ? name : `${name} (${times})` });
	}
	return columns;
}
