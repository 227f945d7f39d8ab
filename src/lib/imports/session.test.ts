import { beforeEach, describe, expect, it } from 'vitest';
import { dealImport } from './deals';
import type { Plan } from './evaluate';
import { importLimits } from './limits';
import { safeCell } from './refused-csv';
import { ImportSession, type Overview } from './session';

const utf8 = (text: string) => new TextEncoder().encode(text);
const planFor = (overview: Overview): Plan => ({
	mapping: overview.mapping,
	styles: {},
	answers: { stage: { '': { use: 'lead' } }, owner: { '': { use: null } } },
	defaults: { currency: 'EUR' },
	choices: { stage: [{ id: 'lead', label: 'Lead', names: ['Lead'] }], owner: [] },
	locale: 'en-GB',
	today: '2026-05-04'
});

let session: ImportSession;
beforeEach(() => {
	session = new ImportSession(dealImport);
});

/** The chunks of everything accepted, taken as the page takes them. */
function chunks(): { firstRow: number; size: number; bytes: number }[] {
	const taken = [];
	for (let next = session.chunk(0); next.rows.length > 0; next = session.chunk(next.firstRow + next.rows.length)) {
		taken.push({ firstRow: next.firstRow, size: next.rows.length, bytes: utf8(JSON.stringify(next.rows)).length });
	}
	return taken;
}

describe('a file on its way in', () => {
	it('is shown with what was guessed', async () => {
		const overview = await session.open(utf8('Deals\n\nDeal name;Amount;Note\nA;1,5;x\nB;2,5;\n\n'));
		expect(overview).toMatchObject({ headerRow: 2, rows: 2, sheets: [], mapping: { name: 0, amount: 1, stage: null } });
		expect(overview.columns).toEqual([
			{ index: 0, name: 'Deal name', examples: ['A', 'B'] },
			{ index: 1, name: 'Amount', examples: ['1,5', '2,5'] },
			{ index: 2, name: 'Note', examples: ['x'] }
		]);
	});

	it('can take another row as its header, or none', async () => {
		await session.open(utf8('Name,Amount\nTitle,Value\nA,5\n'));
		expect(session.useHeader(1)).toMatchObject({ rows: 1, columns: [{ name: 'Title' }, { name: 'Value' }] });
		expect(session.useHeader(null)).toMatchObject({ rows: 3, columns: [{ name: 'Column A' }, { name: 'Column B' }] });
	});

	it('is staged in chunks that hold every accepted row once', async () => {
		const overview = await session.open(
			utf8(`Name,Amount\n${Array.from({ length: 2500 }, (_, at) => `Deal ${at},${at % 500 === 0 ? '-1' : at}`).join('\n')}`)
		);
		expect(session.evaluate(planFor(overview))).toMatchObject({ total: 2500, accepted: 2495, refused: 5, waiting: 0 });
		expect(chunks().map(({ firstRow, size }) => [firstRow, size])).toEqual([
			[0, 1000],
			[1000, 1000],
			[2000, 495]
		]);
		expect(session.fileRow(0)).toBe(3);
	});

	it('keeps a chunk of long rows below the size one request may have', async () => {
		const row = `${'Ж'.repeat(200)},${'Щ'.repeat(200)}`;
		const overview = await session.open(utf8(`Name,Company\n${`${row}\n`.repeat(1500)}`));
		session.evaluate(planFor(overview));
		const sent = chunks();
		expect(sent.reduce((sum, { size }) => sum + size, 0)).toBe(1500);
		expect(Math.max(...sent.map(({ bytes }) => bytes))).toBeLessThan(importLimits.chunkBytes + 2000);
	});

	it('gives back what was refused, here and by the database, in the order of the file', async () => {
		const overview = await session.open(utf8('Name,Amount,Extra\nA,-1,=cmd()\nB,2,x\nC,3,"+1 ""q"""\n'));
		session.evaluate(planFor(overview));
		expect(session.refusedCsv([{ acceptedRow: 1, reason: 'The stage no longer exists' }])).toBe(
			'\ufeff"Row in file","Why it was not imported","Name","Amount","Extra"\r\n' +
				'"2","Amount: “-1” is negative; a deal\'s amount cannot be below zero","A","\'-1","\'=cmd()"\r\n' +
				'"4","The stage no longer exists","C","3","\'+1 ""q"""\r\n'
		);
	});

	it('that was refused, mended and chosen again is read without the marks of the download', async () => {
		const overview = await session.open(utf8('Name,Amount\n=SUM(1),-1\n'));
		session.evaluate(planFor(overview));
		const again = new ImportSession(dealImport);
		const second = await again.open(utf8(session.refusedCsv([]).replace("'-1", '1')));
		again.evaluate(planFor(second));
		expect(again.chunk(0).rows[0]).toMatchObject({ name: '=SUM(1)', amount: '1.00' });
	});

	it('asks about no more values at once than a person can answer, and says how many there are', async () => {
		const overview = await session.open(utf8(`Name,Stage\n${Array.from({ length: 300 }, (_, at) => `A,Stage ${at}`).join('\n')}`));
		const summary = session.evaluate(planFor(overview));
		expect([summary.questions.length, summary.asked.stage, summary.waiting]).toEqual([41, 300, 300]);
	});

	it('may have 50,000 rows', { timeout: 30_000 }, async () => {
		const rows = Array.from(
			{ length: importLimits.rows },
			(_, at) => `Deal ${at},Acme ${at % 900},"1,${String(at % 1000).padStart(3, '0')}.50",EUR,31/12/2026`
		);
		const overview = await session.open(utf8(`Name,Company,Amount,Currency,Close date\n${rows.join('\n')}`));
		expect(session.evaluate(planFor(overview))).toMatchObject({ accepted: importLimits.rows, refused: 0 });
		expect(session.chunk(importLimits.rows - 1).rows).toMatchObject([{ name: `Deal ${importLimits.rows - 1}`, amount: '1999.50' }]);
	});
});

describe('a cell of the download', () => {
	it.each(['=1+1', '+1', '-1', '@SUM', '\t=1', '\r=1', ' =1', '＝1', '\n=1'])('%j is no formula', (text) => {
		expect(safeCell(text).slice(0, 2)).toBe(`"'`);
	});

	it.each([
		['plain', '"plain"'],
		[-5, '"-5"'],
		['a"b', '"a""b"'],
		['a=b', '"a=b"']
	])('%j stays itself', (cell, written) => {
		expect(safeCell(cell)).toBe(written);
	});
});
