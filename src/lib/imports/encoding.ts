import { FileRefused } from './table';

/** Text of a file, and what was guessed or changed to get it. */
export type Decoded = { text: string; encoding: string; notices: string[] };

const sampleBytes = 64 * 1024;

/** UTF-16 without a byte order mark shows by zero bytes at every other place. */
function utf16ByZeros(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | null {
	const sample = bytes.subarray(0, sampleBytes - (sampleBytes % 2));
	let even = 0;
	let odd = 0;
	for (let at = 0; at + 1 < sample.length; at += 2) {
		if (sample[at] === 0) even += 1;
		if (sample[at + 1] === 0) odd += 1;
	}
	const pairs = Math.floor(sample.length / 2);
	if (pairs < 4) return null;
	if (odd > pairs * 0.4 && even < pairs * 0.05) return 'utf-16le';
	if (even > pairs * 0.4 && odd < pairs * 0.05) return 'utf-16be';
	return null;
}

function encodingByMark(bytes: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' | null {
	const [first, second, third, fourth] = bytes;
	if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
	const utf32 =
		(first === 0xff && second === 0xfe && third === 0 && fourth === 0) ||
		(first === 0 && second === 0 && third === 0xfe && fourth === 0xff);
	if (utf32 && bytes.length % 4 === 0)
		throw new FileRefused(
			'wrong_encoding',
			'This file is written in UTF-32, which we cannot read. Save it as “CSV UTF-8” and choose it again.'
		);
	if (first === 0xff && second === 0xfe) return 'utf-16le';
	if (first === 0xfe && second === 0xff) return 'utf-16be';
	return null;
}

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

function isUtf8(bytes: Uint8Array): boolean {
	try {
		new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		return true;
	} catch {
		return false;
	}
}

function withoutMark(bytes: Uint8Array): Decoded {
	const guessed = utf16ByZeros(bytes);
	if (guessed)
		return {
			text: new TextDecoder(guessed).decode(bytes),
			encoding: guessed,
			notices: [`The file does not say how it is encoded; it was read as ${guessed.toUpperCase()}.`]
		};
	if (isUtf8(bytes)) return { text: new TextDecoder('utf-8').decode(bytes), encoding: 'utf-8', notices: [] };
	const text = new TextDecoder('utf-8').decode(bytes);
	const broken = count(text, /\ufffd/g);
	// A few broken characters among many good ones are damage; mostly broken ones mean another encoding.
	const good = count(text, /[^\p{ASCII}\ufffd]/gu);
	if (good > broken * 5) {
		return {
			text,
			encoding: 'utf-8',
			notices: [`${broken} ${broken === 1 ? 'character is' : 'characters are'} damaged in the file and show as “\ufffd”.`]
		};
	}
	return {
		text: new TextDecoder('windows-1252').decode(bytes),
		encoding: 'windows-1252',
		notices: ['The file is not UTF-8; it was read as Windows-1252 (Western European). Check names with accents in the preview.']
	};
}

/** Control characters other than tab, line ends and NUL are what binary files are full of. */
function refuseBinary(text: string): void {
	const sample = text.slice(0, sampleBytes);
	const controls = count(sample, /[\p{Cc}--[\t\n\v\f\r]]/gv);
	if (controls > 8 && controls > sample.length * 0.02) {
		throw new FileRefused(
			'not_a_table',
			'This file is not a table: it holds binary data. Choose a CSV or an Excel workbook (.xlsx, .xls).'
		);
	}
}

/**
 * Decodes a text file: by its byte order mark, else UTF-16 by its zero bytes, else UTF-8, else Windows-1252. NUL characters
 * are removed and said; a file that is mostly NUL or control characters is refused.
 */
export function decodeText(bytes: Uint8Array): Decoded {
	const marked = encodingByMark(bytes);
	const decoded: Decoded = marked ? { text: new TextDecoder(marked).decode(bytes), encoding: marked, notices: [] } : withoutMark(bytes);
	const nuls = decoded.text.split('\u0000').length - 1;
	if (nuls > 0) {
		if (nuls > decoded.text.length * 0.1) {
			throw new FileRefused(
				'not_a_table',
				'This file is not a table: a large part of it is NUL bytes. Export it again as CSV, or choose an Excel workbook.'
			);
		}
		decoded.text = decoded.text.replaceAll('\u0000', '');
		decoded.notices.push(
			`${nuls === 1 ? 'One NUL byte was' : `${nuls.toLocaleString('en')} NUL bytes were`} removed from the file; check the rows around them.`
		);
	}
	refuseBinary(decoded.text);
	return decoded;
}
