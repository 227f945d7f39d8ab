import { comparisonKey } from './clean';
import type { Cell, ImportField } from './field';
import type { Column } from './header';

/** Which column fills which field, by field key; null where none does. */
export type Mapping = Readonly<Record<string, number | null>>;

const sampleSize = 200;

/** How surely a header names a field: 100 its label or best synonym, less for later ones, least for a part of it. */
function nameScore(header: string, field: ImportField): number {
	const key = comparisonKey(header.replace(/ \(\d+\)$/, ''));
	if (key === '') return 0;
	const names = [field.label, ...field.synonyms].map(comparisonKey);
	const exact = names.indexOf(key);
	if (exact >= 0) return 100 - exact * 0.5;
	const spaced = ` ${key} `;
	const part = names.findIndex((name) => name.length > 3 && spaced.includes(` ${name} `));
	return part >= 0 ? 40 - part * 0.5 : 0;
}

/** The share of a column's filled cells that the field can read; 1 when it has none. */
function readableShare(cells: readonly Cell[], field: ImportField): number {
	if (cells.length === 0) return 1;
	const style = field.styles?.guess(cells, 'en').value ?? '';
	const read = cells.filter((cell) => field.parse(cell, { style, date1904: false, today: '9999-12-31' }).ok);
	return read.length / cells.length;
}

/**
 * Guesses which column fills which field, by the header's name and then by whether the cells can be read as such.
 * Every column fills at most one field; columns whose name says nothing are left alone rather than guessed.
 */
export function guessMapping(columns: readonly Column[], body: readonly (readonly Cell[])[], fields: readonly ImportField[]): Mapping {
	const candidates: { field: ImportField; column: Column; score: number }[] = [];
	for (const column of columns) {
		const cells = body.slice(0, sampleSize).flatMap((row) => {
			const cell = row[column.index] ?? '';
			return String(cell).trim() === '' ? [] : [cell];
		});
		for (const field of fields) {
			const byName = nameScore(column.name, field);
			if (byName > 0) candidates.push({ field, column, score: byName * (0.25 + 0.75 * readableShare(cells, field)) });
		}
	}
	candidates.sort((a, b) => b.score - a.score || a.column.index - b.column.index);
	const mapping: Record<string, number | null> = Object.fromEntries(fields.map((field) => [field.key, null]));
	const used = new Set<number>();
	for (const { field, column } of candidates) {
		if (mapping[field.key] !== null || used.has(column.index)) continue;
		mapping[field.key] = column.index;
		used.add(column.index);
	}
	return mapping;
}
