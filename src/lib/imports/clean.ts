const lineBreaksAndTabs = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
// Controls show nothing; overrides and isolates reverse what a reader sees (CVE-2021-42574); the last two are invisible.
const invisible = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\ufeff]/gu;
const spaces = /[\s\u00a0]+/g;

/**
 * One line of plain text as a person meant it: NFC, no control characters, no bidi overrides, no lone surrogates, inner
 * whitespace collapsed. Text that looks like a formula stays what it is: text.
 */
export function cleanText(text: string): string {
	return text.replace(lineBreaksAndTabs, ' ').replace(invisible, '').toWellFormed().normalize('NFC').replace(spaces, ' ').trim();
}

/** The form in which names, headers and e-mail addresses are compared: clean, lower case, without accents or punctuation. */
export function comparisonKey(text: string): string {
	return cleanText(text)
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[^\p{L}\p{N}@$€£¥%+]+/gu, ' ')
		.trim();
}

const blankMarks = new Set(['', '-', '–', '—', 'n/a', 'na', 'null', 'none', 'nil', '#n/a', '#value!', '#ref!', '#name?']);

/** Whether a cell of a number, a date or a choice says "nothing" (exports write `-`, `N/A`, `null`, `#N/A`). */
export function isBlankMark(text: string): boolean {
	return blankMarks.has(text.trim().toLowerCase());
}
