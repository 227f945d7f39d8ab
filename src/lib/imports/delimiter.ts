/** What may separate the cells of a text file, the most usual first. */
export const delimiters = [',', ';', '\t', '|'] as const;

const sampleLength = 64 * 1024;
const sampleRecords = 200;

/** How many cells each record of the sample has when split by `delimiter`, quotes respected, blank lines left out. */
function widths(sample: string, delimiter: string): number[] {
	const found: number[] = [];
	let cells = 1;
	let quoted = false;
	let empty = true;
	let atCellStart = true;
	for (let at = 0; at < sample.length && found.length < sampleRecords; at += 1) {
		const sign = sample[at];
		if (quoted) {
			if (sign !== '"') continue;
			if (sample[at + 1] === '"') at += 1;
			else quoted = false;
		} else if (sign === '"' && atCellStart) {
			quoted = true;
			empty = false;
			atCellStart = false;
		} else if (sign === delimiter) {
			cells += 1;
			empty = false;
			atCellStart = true;
		} else if (sign === '\n' || sign === '\r') {
			if (!empty) found.push(cells);
			cells = 1;
			empty = true;
			atCellStart = true;
		} else if (sign !== ' ' && sign !== '\t') {
			empty = false;
			atCellStart = false;
		}
	}
	// The last record of a cut sample is incomplete; of a whole file it counts.
	if (!empty && sample.length < sampleLength) found.push(cells);
	return found;
}

/**
 * How much `found` looks like one table: the records of its usual width, below any title, and how few others are among them.
 * Titles above a table agree under no delimiter, so they cost little; strangers inside the table cost more.
 */
function likeness(found: readonly number[]): number {
	let best = 0;
	for (const width of new Set(found)) {
		if (width === 1) continue;
		const body = found.slice(found.indexOf(width));
		const purity = body.filter((other) => other === width).length / body.length;
		best = Math.max(best, purity ** 2 * (body.length / found.length) * Math.log2(width + 1));
	}
	return best;
}

/** The delimiter under which the text looks most like one table; a comma when nothing separates. */
export function sniffDelimiter(text: string): string {
	const sample = text.slice(0, sampleLength);
	let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 };
	for (const delimiter of delimiters) {
		const score = likeness(widths(sample, delimiter));
		if (score > best.score + 1e-9) best = { delimiter, score };
	}
	return best.delimiter;
}

/** Excel writes the delimiter as a first line `sep=;`, which is no row of the table. */
export function takeSeparatorLine(text: string): { delimiter: string | null; text: string } {
	const match = /^sep=([,;|\t])(?:\r\n|\n|\r)/i.exec(text);
	return match ? { delimiter: match[1] ?? null, text: text.slice(match[0].length) } : { delimiter: null, text };
}
