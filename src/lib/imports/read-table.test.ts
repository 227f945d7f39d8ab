import { describe, expect, it } from 'vitest';
import { importLimits, tooLarge } from './limits';
import { readTable } from './read-table';

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, littleEndian: boolean, mark: boolean) => {
	const units = mark ? `\ufeff${text}` : text;
	const bytes = new Uint8Array(units.length * 2);
	const view = new DataView(bytes.buffer);
	for (let at = 0; at < units.length; at += 1) view.setUint16(at * 2, units.charCodeAt(at), littleEndian);
	return bytes;
};
const latin = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));
const rowsOf = async (bytes: Uint8Array) => (await readTable(bytes)).rows;
const refusal = async (bytes: Uint8Array) =>
	readTable(bytes).then(
		() => 'taken',
		(error: Error) => error.message
	);

describe('the encoding of a CSV', () => {
	const text = 'name,city\nMüller,Zürich\nΣίσυφος,Ω\n';
	const expected = [
		['name', 'city'],
		['Müller', 'Zürich'],
		['Σίσυφος', 'Ω']
	];

	it.each([
		['UTF-8', utf8(text)],
		['UTF-8 with a mark', utf8(`\ufeff${text}`)],
		['UTF-16LE with a mark', utf16(text, true, true)],
		['UTF-16BE with a mark', utf16(text, false, true)]
	])('%s is read as it is', async (_, bytes) => {
		const table = await readTable(bytes);
		expect(table.rows).toEqual(expected);
		expect(table.notices).toEqual([]);
	});

	it.each([
		['UTF-16LE', true],
		['UTF-16BE', false]
	])('%s without a mark is recognised and said', async (encoding, littleEndian) => {
		const table = await readTable(utf16('name,city\nMüller,Zürich\n', littleEndian, false));
		expect(table.rows[1]).toEqual(['Müller', 'Zürich']);
		expect(table.notices[0]).toContain(encoding);
	});

	it('Windows-1252 is the last resort, with a notice', async () => {
		const table = await readTable(latin('name,price\nM\xfcller,\x80 5\n'));
		expect(table.rows[1]).toEqual(['Müller', '€ 5']);
		expect(table.notices[0]).toContain('Windows-1252');
	});

	it('one damaged character does not turn a UTF-8 file into another encoding', async () => {
		const table = await readTable(new Uint8Array([...utf8(`name\n${'Müller\n'.repeat(20)}`), 0xff, 0x0a]));
		expect(table.rows[1]).toEqual(['Müller']);
		expect(table.notices[0]).toContain('1 character is damaged');
	});

	it('a replacement character that is meant as such is no damage', async () => {
		const table = await readTable(utf8('name\n37\ufffd36\n'));
		expect([table.rows[1], table.notices]).toEqual([['37\ufffd36'], []]);
	});

	it('UTF-32 is refused with the way out', async () => {
		expect(await refusal(new Uint8Array([0xff, 0xfe, 0, 0, 0x61, 0, 0, 0]))).toContain('UTF-32');
	});
});

describe('NUL bytes and binary files', () => {
	it('a stray NUL byte is removed and said', async () => {
		const table = await readTable(utf8('name,city\nAc\u0000me,Berlin\n'));
		expect(table.rows[1]).toEqual(['Acme', 'Berlin']);
		expect(table.notices[0]).toContain('One NUL byte');
	});

	it.each([
		['mostly NUL', new Uint8Array(1000), 'NUL bytes'],
		['control characters', Uint8Array.from({ length: 4000 }, (_, at) => 1 + (at % 7)), 'binary data'],
		['a PDF', utf8('%PDF-1.7 …'), 'a PDF'],
		['a picture', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]), 'a picture'],
		['a broken archive', utf8('PK\u0003\u0004 nothing'), 'damaged'],
		['nothing', new Uint8Array(), 'empty'],
		['only blank lines', utf8('\n \n\n'), 'empty'],
		['only delimiters', utf8(',,,\n,,\n'), 'empty']
	])('%s is refused', async (_, bytes, words) => {
		expect(await refusal(bytes)).toContain(words);
	});
});

describe('the shape of a CSV', () => {
	it.each([',', ';', '\t', '|'])('%j separates', async (sign) => {
		const text = [
			['name', 'amount', 'note'],
			['Acme', '"1,5;2|3"', 'a b'],
			['Globex', '7', '']
		]
			.map((row) => row.join(sign))
			.join('\n');
		expect(await rowsOf(utf8(text))).toEqual([
			['name', 'amount', 'note'],
			['Acme', '1,5;2|3', 'a b'],
			['Globex', '7', '']
		]);
	});

	it('a semicolon wins over decimal commas, also under a title', async () => {
		expect((await rowsOf(utf8('Deals, as of today\n\nname;amount\nA;1,50\nB;2,75\nC;3,00\n')))[3]).toEqual(['A', '1,50']);
	});

	it('Excel may name the delimiter in a first line', async () => {
		expect(await rowsOf(utf8('sep=|\r\na|b\r\n1|2\r\n'))).toEqual([
			['a', 'b'],
			['1', '2']
		]);
	});

	it('quotes keep delimiters, line ends and doubled quotes', async () => {
		expect(await rowsOf(utf8('a,b\r\n"one\r\ntwo","say ""hi"", ok"\r\n'))).toEqual([
			['a', 'b'],
			['one\r\ntwo', 'say "hi", ok']
		]);
	});

	it('a quote may follow the space after a delimiter', async () => {
		expect(await rowsOf(utf8('a, b\nx, "6,000"\n'))).toEqual([
			['a', 'b'],
			['x', '6,000']
		]);
		expect(await rowsOf(utf8('a\tb\tc\n\t\tx\n'))).toEqual([
			['a', 'b', 'c'],
			['', '', 'x']
		]);
	});

	it('a quote in the middle of a cell is text', async () => {
		expect(await rowsOf(utf8('a,b\n5" pipe,x\n'))).toEqual([
			['a', 'b'],
			['5" pipe', 'x']
		]);
	});

	it('ragged rows and blank lines keep their places', async () => {
		expect(await rowsOf(utf8('a,b,c\n\n1\n1,2,3,4\n , \n'))).toEqual([['a', 'b', 'c'], [], ['1'], ['1', '2', '3', '4'], []]);
	});

	it('all three line ends may be mixed', async () => {
		expect(await rowsOf(utf8('a,b\r1,2\n3,4\r\n5,6'))).toEqual([
			['a', 'b'],
			['1', '2'],
			['3', '4'],
			['5', '6']
		]);
	});

	it('a quotation mark that never closes is refused with its line', async () => {
		expect(await refusal(utf8('a,b\n1,2\n"3,4\n5,6\n'))).toMatch(/never closed \(near line \d+\)/);
	});
});

describe('the caps', { timeout: 30_000 }, () => {
	it('a 200 MB file is refused by its size alone', () => {
		expect(tooLarge({ size: 200 * 1024 * 1024 })).toBe(
			'This file is 200 MB; at most 25 MB can be imported at once. Split it into smaller files and import them one after the other.'
		);
		expect(tooLarge({ size: importLimits.fileBytes })).toBeNull();
	});

	it('50,000 rows are taken and one more is refused', async () => {
		expect(await rowsOf(utf8(`name\n${'x\n'.repeat(importLimits.rows)}`))).toHaveLength(importLimits.rows + 1);
		expect(await refusal(utf8(`name\n${'x\n'.repeat(importLimits.rows + 1)}`))).toContain('more than 50,000 rows');
	});

	it('rows that lie below what is read count as too many, never as nothing', async () => {
		expect(await refusal(utf8(`name\n${'\n'.repeat(importLimits.rows * 2)}late\n`))).toContain('more than 50,000 rows');
	});

	it('a row of millions of characters is refused', async () => {
		expect(await refusal(utf8(`name,city\n"${'x'.repeat(importLimits.recordCharacters + 1)}\n`))).toContain(
			'longer than a million characters'
		);
		expect(await refusal(utf8('x,'.repeat(importLimits.recordCharacters * 2)))).toContain('longer than a million characters');
	});

	it('201 columns are refused', async () => {
		expect(await refusal(utf8(`${'x,'.repeat(200)}x\n`))).toContain('201 columns');
	});
});
