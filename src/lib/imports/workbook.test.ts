import { describe, expect, it } from 'vitest';
import { CFB, utils, write, type BookType, type WorkBook } from 'xlsx';
import { readTable } from './read-table';

type Sheets = Record<string, unknown[][]>;

function workbook(sheets: Sheets, change: (book: WorkBook) => void = () => {}): WorkBook {
	const book = utils.book_new();
	for (const [name, rows] of Object.entries(sheets)) utils.book_append_sheet(book, utils.aoa_to_sheet(rows), name);
	change(book);
	return book;
}

const bytesOf = (book: WorkBook, bookType: BookType = 'xlsx') => new Uint8Array(write(book, { type: 'array', bookType }));
const refusal = async (bytes: Uint8Array) =>
	readTable(bytes).then(
		() => 'taken',
		(error: Error) => error.message
	);

const deals = [
	['Deal', 'Amount', 'Close'],
	['Acme', 1234.5, { t: 'n', v: 46085, z: 'yyyy/mm/dd' }]
];

describe('a workbook', { timeout: 30_000 }, () => {
	it.each(['xlsx', 'xlsb', 'biff8', 'ods'] as const)(
		'of the kind %s is read: text, numbers as numbers, dates as ISO text',
		async (kind) => {
			const table = await readTable(bytesOf(workbook({ Deals: deals }), kind));
			expect(table.rows).toEqual([
				['Deal', 'Amount', 'Close'],
				['Acme', 1234.5, '2026-03-04']
			]);
		}
	);

	it('counts days from 1904 where it says so', async () => {
		const book = workbook({ Deals: [['Close'], [{ t: 'n', v: 46085 - 1462, z: 'm/d/yy' }]] }, (made) => {
			made.Workbook = { WBProps: { date1904: true } };
		});
		const table = await readTable(bytesOf(book));
		expect([table.rows[1], table.date1904]).toEqual([['2026-03-04'], true]);
	});

	it('keeps the time of a date that has one', async () => {
		const table = await readTable(bytesOf(workbook({ Deals: [['At'], [{ t: 'n', v: 46085.75, z: 'yyyy-mm-dd hh:mm' }]] })));
		expect(table.rows[1]).toEqual(['2026-03-04 18:00:00']);
	});

	it('gives the values of formulas, never the formulas, and nothing for their errors', async () => {
		const table = await readTable(
			bytesOf(
				workbook({
					Deals: [
						['Amount', 'Name'],
						[
							{ t: 'n', v: 3, f: '1+2' },
							{ t: 'e', v: 0x17, w: '#REF!' }
						],
						['=1+2', 'text']
					]
				})
			)
		);
		expect(table.rows).toEqual([
			['Amount', 'Name'],
			[3, '#N/A'],
			['=1+2', 'text']
		]);
	});

	it('opens its first sheet that holds something, and any other by name', async () => {
		const bytes = bytesOf(workbook({ Empty: [], Deals: deals, Notes: [['note'], ['hello']] }));
		const table = await readTable(bytes);
		expect([table.sheets, table.sheet]).toEqual([['Empty', 'Deals', 'Notes'], 'Deals']);
		expect((await readTable(bytes, 'Notes')).rows).toEqual([['note'], ['hello']]);
	});

	it('keeps blank rows in their places', async () => {
		expect((await readTable(bytesOf(workbook({ Deals: [['a'], [], ['b']] })))).rows).toEqual([['a'], [], ['b']]);
	});

	it('finds the rows of a sheet with a wide gap in it', async () => {
		const book = workbook({ Deals: deals }, (made) => {
			const sheet = made.Sheets.Deals;
			if (sheet) utils.sheet_add_aoa(sheet, [['Late', 5]], { origin: 'A60001' });
		});
		const { rows } = await readTable(bytesOf(book));
		expect([rows.filter((row) => row.length > 0).length, rows[60_000]]).toEqual([3, ['Late', 5]]);
	});
});

describe('a workbook that cannot be read', { timeout: 30_000 }, () => {
	it('with no cell at all is empty', async () => {
		expect(await refusal(bytesOf(workbook({ Deals: [] })))).toContain('empty');
	});

	it('with a password says so', async () => {
		// An encrypted .xlsx is a compound file around the encrypted package (MS-OFFCRYPTO 2.3.4).
		const container = CFB.utils.cfb_new();
		CFB.utils.cfb_add(container, 'EncryptionInfo', new Uint8Array(64));
		CFB.utils.cfb_add(container, 'EncryptedPackage', new Uint8Array(64));
		expect(await refusal(new Uint8Array(CFB.write(container, { type: 'array' })))).toContain('protected by a password');
	});

	it('tells of rows that were not read', async () => {
		const book = workbook({ Deals: deals }, (made) => {
			const sheet = made.Sheets.Deals;
			if (sheet) utils.sheet_add_aoa(sheet, [['far below']], { origin: 'A200000' });
		});
		expect((await readTable(bytesOf(book))).notices).toEqual(['Rows below row 100,001 of the sheet were not read.']);
	});

	it('that unpacks to gigabytes is refused before it is unpacked', async () => {
		const bytes = bytesOf(workbook({ Deals: deals }));
		const view = new DataView(bytes.buffer);
		let entry = bytes.length - 22;
		entry = view.getUint32(entry + 16, true);
		view.setUint32(entry + 24, 0x7fffffff, true);
		expect(await refusal(bytes)).toContain('unpacks to 2,04');
	});

	it('cut in the middle is damaged', async () => {
		const bytes = bytesOf(workbook({ Deals: deals }));
		expect(await refusal(bytes.subarray(0, bytes.length >> 1))).toContain('damaged');
	});

	it('that is some other archive is said to be one', async () => {
		const bytes = bytesOf(workbook({ Deals: deals }));
		const renamed = new TextDecoder('latin1').decode(bytes).replaceAll('workbook', 'worktalk');
		expect(await refusal(Uint8Array.from(renamed, (sign) => sign.charCodeAt(0) & 0xff))).toContain('an archive, not a workbook');
	});
});
