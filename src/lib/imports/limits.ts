/** What one import may hold. Everything above is refused with a sentence before time or memory is spent on it. */
export const importLimits = {
	/** Checked before the file is read. */
	fileBytes: 25 * 1024 * 1024,
	/** Rows below the header that hold something. */
	rows: 50_000,
	columns: 200,
	/** Characters of one row of a text file: more is an unclosed quotation mark, or no table. */
	recordCharacters: 1_000_000,
	sheets: 100,
	/** Cells of one sheet, padding included. */
	cells: 2_000_000,
	/** Declared size of a workbook's unpacked parts; a small archive can unpack to gigabytes. */
	unpackedBytes: 200 * 1024 * 1024,
	/** The reader is stopped when it has not answered by then. */
	readMs: 30_000,
	/** Rows of one staging request, and the JSON text they may make (the server's body limit is 512 KB). */
	chunkRows: 1000,
	chunkBytes: 400 * 1024,
	/** Refused rows shown on the page; the download holds all of them. */
	shownRefusals: 200
} as const;

/** The longest text a deal's import takes, as the constraints `deals_name_length` and `companies_name_length` say. */
export const textLimits = { name: 200, company: 200 } as const;

/** A sentence when a file is too large to be opened at all, else null. Asked before a byte is read. */
export function tooLarge(file: { size: number }): string | null {
	if (file.size <= importLimits.fileBytes) return null;
	const megabytes = (file.size / 1024 / 1024).toLocaleString('en', { maximumFractionDigits: 0 });
	return `This file is ${megabytes} MB; at most ${importLimits.fileBytes / 1024 / 1024} MB can be imported at once. Split it into smaller files and import them one after the other.`;
}
