import { describe, expect, it } from 'vitest';
import { dealImport } from './deals';
import { evaluate, others, type Plan } from './evaluate';
import type { Cell } from './field';

const stages = [
	{ id: 'stage-lead', label: 'Lead', names: ['Lead'] },
	{ id: 'stage-won', label: 'Won', names: ['Won'] }
];
const owners = [
	{ id: 'ada', label: 'Ada Example', names: ['ada@demo.test', 'Ada Example'] },
	{ id: 'ada-2', label: 'Ada Example', names: ['ada2@demo.test', 'Ada Example'] },
	{ id: 'bo', label: 'Bo Sample', names: ['bo@demo.test', 'Bo Sample'] }
];
const columns = ['name', 'company', 'stage', 'amount', 'currency', 'owner', 'expected_close', 'created_at'];
const plan = (change: Partial<Plan> = {}): Plan => ({
	mapping: Object.fromEntries(columns.map((key, index) => [key, index])),
	styles: {},
	answers: { owner: { '': { use: 'ada' } }, stage: { '': { use: 'stage-lead' } } },
	defaults: { currency: 'USD' },
	choices: { stage: stages, owner: owners },
	locale: 'en-US',
	today: '2026-05-04',
	...change
});
const run = (rows: Cell[][], change: Partial<Plan> = {}) =>
	evaluate(dealImport, { rows, firstRow: 2, date1904: false, strictWidth: 8 }, plan(change));

describe('a row that is whole', () => {
	it('becomes the row that the database takes', () => {
		const { accepted, refusals } = run([['Big deal', 'Acme', 'lead', '$1,234.50', '', 'Ada <ADA@demo.test>', '12/31/2026', '2026-01-02']]);
		expect(refusals).toEqual([]);
		expect(accepted).toEqual([
			{
				row: 2,
				data: {
					name: 'Big deal',
					company: 'Acme',
					stage_id: 'stage-lead',
					amount: '1234.50',
					currency: 'USD',
					owner_id: 'ada',
					expected_close: '2026-12-31',
					created_at: '2026-01-02T00:00:00.000Z'
				}
			}
		]);
	});

	it('keeps text that looks like a formula as text, and cleans what nobody can see', () => {
		const { accepted } = run([['=HYPERLINK("x")', 'A\u202ecme\u0007\u200b  Inc\n', 'Lead']]);
		expect(accepted[0]?.data).toMatchObject({ name: '=HYPERLINK("x")', company: 'Acme Inc', amount: null, owner_id: 'ada' });
	});

	it('counts characters as the database does, so 200 emoji are a name', () => {
		expect(run([['🦊'.repeat(200), '', 'Lead']]).accepted).toHaveLength(1);
		expect(run([['🦊'.repeat(201), '', 'Lead']]).refusals[0]?.reasons).toEqual(['Name: is 201 characters long; at most 200 are allowed']);
	});
});

describe('a row that is not', () => {
	it('says everything that is wrong with it, under the number a spreadsheet shows', () => {
		const { refusals } = run([[], ['', 'x'.repeat(100_000), 'Lead', '(300)', 'BTC', '', '31/31/2026', '2030-01-01']]);
		expect(refusals).toHaveLength(1);
		expect(refusals[0]?.row).toBe(3);
		expect(refusals[0]?.reasons).toEqual([
			'Name: is missing',
			'Company: is 100,000 characters long; at most 200 are allowed',
			"Amount: “(300)” is negative; a deal's amount cannot be below zero",
			'Currency: “BTC” is not a currency we know; use its three-letter code, such as EUR',
			'Expected close: “31/31/2026” is not a day of the calendar when read as month/day/year',
			'Created: 2030-01-01 is in the future'
		]);
	});

	it('has more cells than the header: an amount with an unquoted comma must not shift into the next column', () => {
		expect(run([['A', 'B', 'Lead', '1', '234', 'EUR', '', '', 'late']]).refusals[0]?.reasons[0]).toContain('1 more cell than the header');
		expect(run([['A', 'B', 'Lead', '1', 'EUR', '', '', '', '', ' ']]).accepted).toHaveLength(1);
	});
});

describe('currencies', () => {
	it('come from the amount, else from the workspace, and may not contradict each other', () => {
		const { accepted, refusals, notes } = run([
			['A', '', 'Lead', '€5'],
			['B', '', 'Lead', '5'],
			['C', '', 'Lead', '$5', 'cad'],
			['D', '', 'Lead', '€5', 'USD'],
			['E', '', 'Lead', 'kr 5', '$']
		]);
		expect(accepted.map(({ data }) => data.currency)).toEqual(['EUR', 'USD', 'CAD']);
		expect(refusals.map(({ reasons }) => reasons)).toEqual([
			['Currency: “USD” contradicts EUR in another cell'],
			['Currency: two cells contradict each other']
		]);
		expect(notes).toEqual(['No currency is given, so USD is used (1 row).']);
	});

	it('of a sign shared by several is the workspace’s own where it fits', () => {
		const own = (currency: string) =>
			run(
				[
					['A', '', 'Lead', '$5'],
					['B', '', 'Lead', '5', 'kr']
				],
				{ defaults: { currency } }
			).accepted.map(({ data }) => data.currency);
		expect(own('CAD')).toEqual(['CAD', 'SEK']);
		expect(own('NOK')).toEqual(['USD', 'NOK']);
	});
});

describe('stages and owners that do not exist', () => {
	const rows: Cell[][] = [
		['A', '', 'Discovery', '1', '', 'ghost@demo.test'],
		['B', '', 'discovery ', '1', '', 'Bo Sample'],
		['C', '', 'Won', '1', '', 'Ada Example'],
		['D', '', 'Lead', '1', '', 'n/a']
	];

	it('are asked about, never invented; a name that two people share is asked about too', () => {
		const { questions, waiting, accepted } = run(rows);
		expect(questions).toEqual([
			{ field: 'stage', key: 'discovery', value: 'Discovery', rows: 2, answer: null },
			{ field: 'owner', key: 'ghost@demo.test', value: 'ghost@demo.test', rows: 1, answer: null },
			{ field: 'owner', key: 'ada example', value: 'Ada Example', rows: 1, answer: null },
			{ field: 'owner', key: '', value: '', rows: 1, answer: { use: 'ada' } }
		]);
		expect([waiting, accepted.map(({ row }) => row)]).toEqual([3, [5]]);
	});

	it('are what the answer says: an existing one, nobody, or left out', () => {
		const { accepted, refusals, waiting } = run(rows, {
			answers: {
				stage: { discovery: { use: 'stage-lead' } },
				owner: { 'ghost@demo.test': 'skip', 'ada example': { use: 'ada-2' }, '': { use: null } }
			}
		});
		expect(accepted.map(({ data }) => [data.name, data.stage_id, data.owner_id])).toEqual([
			['B', 'stage-lead', 'bo'],
			['C', 'stage-won', 'ada-2'],
			['D', 'stage-lead', null]
		]);
		expect([refusals.map(({ row, reasons }) => [row, reasons]), waiting]).toEqual([
			[[2, ['Owner: “ghost@demo.test”, left out as you chose']]],
			0
		]);
	});

	it('may be answered all at once, but rows that name none are their own question', () => {
		const { waiting, accepted } = run([...rows, ['E', '', '']], {
			answers: { stage: { [others]: { use: 'stage-won' } }, owner: { [others]: { use: null }, '': { use: null } } }
		});
		expect([waiting, accepted.length]).toEqual([1, 4]);
	});

	it('cannot be nothing where the field needs something', () => {
		expect(
			run([['A', '', 'Discovery']], { answers: { stage: { discovery: { use: null } }, owner: { '': { use: null } } } }).refusals[0]?.reasons
		).toEqual(['Stage: is missing']);
	});
});

describe('the style of a column', () => {
	it('is guessed from all its rows and can be switched', () => {
		const rows: Cell[][] = [
			['A', '', 'Lead', '1.234', '', '', '03/04/2026'],
			['B', '', 'Lead', '1,50', '', '', '']
		];
		const guessed = run(rows);
		expect(guessed.styles).toMatchObject({
			amount: { value: 'comma', dependent: 1, chosen: false },
			expected_close: { value: 'mdy', dependent: 1 }
		});
		expect(guessed.accepted[0]?.data).toMatchObject({ amount: '1234.00', expected_close: '2026-03-04' });
		const switched = run(rows, { styles: { amount: 'point', expected_close: 'dmy' } });
		expect(switched.accepted[0]?.data).toMatchObject({ amount: '1.23', expected_close: '2026-04-03' });
		expect(switched.notes[0]).toBe('Amount rounded to two decimals (1 row).');
	});
});
