import { describe, expect, test } from 'vitest';
import { Totals } from './totals.svelte';

const deal = (stage_id: string) => ({ stage_id, currency: 'USD', amount: 10 });
const told = (lead: number, proposal: number) => [
	{ stage_id: 'lead', currency: 'USD', deals: lead, amount_minor: lead * 1000 },
	{ stage_id: 'proposal', currency: 'USD', deals: proposal, amount_minor: proposal * 1000 }
];

describe('totals', () => {
	test('follow a move at once', () => {
		const totals = new Totals(told(1, 0), 'USD');
		totals.moved(deal('lead'), deal('proposal'));
		expect([totals.of('lead').deals, totals.of('proposal')]).toEqual([0, { deals: 1, sums: [{ currency: 'USD', amount: 10 }] }]);
	});

	test('an answer is sure when nothing moved while it was on its way', async () => {
		const totals = new Totals(told(1, 0), 'USD');
		totals.moved(deal('lead'), deal('proposal'));
		expect(await totals.ask(() => Promise.resolve(told(0, 1)))).toBe(true);
		expect([totals.of('lead').deals, totals.of('proposal').deals]).toEqual([0, 1]);
	});

	test('an answer that a move overtook is not sure, and the next one puts it right', async () => {
		const totals = new Totals(told(1, 0), 'USD');
		const sure = await totals.ask(async () => {
			totals.moved(deal('lead'), deal('proposal'));
			return told(0, 1);
		});
		expect(sure).toBe(false);
		expect(await totals.ask(() => Promise.resolve(told(0, 1)))).toBe(true);
		expect([totals.of('lead').deals, totals.of('proposal').deals]).toEqual([0, 1]);
	});
});
