import { describe, expect, it } from 'vitest';
import { boardOf, deal } from './test-board';

describe('a board', () => {
	it('shows each stage’s cards in order of rank', () => {
		const board = boardOf([deal('2'), deal('1'), deal('9', { stage_id: 'offer' })]);
		expect([board.cards('lead'), board.cards('offer'), board.cards('won')]).toEqual([['1', '2'], ['9'], []]);
	});

	it('does not show a card below the last loaded one as if nothing lay between', () => {
		const board = boardOf([deal('1'), deal('2')], { lead: { rank: 'a3', id: '3' } });
		board.rows.merge([deal('7')]);
		expect(board.cards('lead')).toEqual(['1', '2']);
		expect(board.hasMore('lead')).toBe(true);
	});

	it('puts a card dropped at the end of what is loaded before the first that is not', () => {
		const board = boardOf([deal('1'), deal('2')], { lead: { rank: 'a3', id: '3' } });
		const rank = board.rankAt('x', { stage: 'lead', index: 2 });
		expect('a2' < rank && rank < 'a3').toBe(true);
	});

	it('loads the next cards once, and knows when there are no more', async () => {
		const board = boardOf([deal('1'), deal('2')], { lead: { rank: 'a3', id: '3' } });
		let asked = 0;
		const read = async () => (asked++, { deals: [deal('3'), deal('4')], edges: {} });
		await Promise.all([board.loadMore('lead', read), board.loadMore('lead', read)]);
		await board.loadMore('lead', read);
		expect(asked).toBe(1);
		expect([board.cards('lead'), board.hasMore('lead')]).toEqual([['1', '2', '3', '4'], false]);
	});

	it('takes a card away when it leaves the pipeline or its owner the filter', () => {
		const board = boardOf([deal('1'), deal('2')]);
		board.accept(deal('1', { version: 2, pipeline_id: 'other' }));
		expect(board.cards('lead')).toEqual(['2']);
	});

	it('begins anew after a gap: new cards come, old ones go, and the pipeline’s end is told', async () => {
		const board = boardOf([deal('1'), deal('2')]);
		const gone: string[] = [];
		const pipelines = [board.pipeline];
		await board.reload(
			async () => ({ pipelines, deals: [deal('2', { version: 2, name: 'renamed' }), deal('3')], edges: {} }),
			() => gone.push('gone')
		);
		expect([board.cards('lead'), board.rows.get('2')?.name, gone]).toEqual([['2', '3'], 'renamed', []]);
		await board.reload(
			async () => ({ pipelines: [], deals: [], edges: {} }),
			() => gone.push('gone')
		);
		expect([board.cards('lead').length, gone]).toEqual([2, ['gone']]);
	});
});

it('takes a card away that the window on its way has no more, also when the page is loaded again meanwhile', async () => {
	const board = boardOf([deal('1'), deal('2')]);
	const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
	const reloaded = board.reload(
		async () => {
			await answered;
			return { pipelines: [board.pipeline], deals: [deal('1')], edges: {} };
		},
		() => {}
	);
	board.show({ scope: { ...board.scope }, pipeline: board.pipeline, window: { deals: [deal('1')], edges: {} }, totals: [] });
	answer();
	await reloaded;
	expect(board.cards('lead')).toEqual(['1']);
});

describe('the totals', () => {
	it('follow a card that moves, is refused, and changes its amount', () => {
		const board = boardOf([deal('1'), deal('2', { stage_id: 'offer' })]);
		const edit = board.rows.edit('1', { stage_id: 'offer' });
		expect([board.totals.of('lead').deals, board.totals.of('offer')]).toEqual([0, { deals: 2, sums: [{ currency: 'EUR', amount: 200 }] }]);
		edit.refuse();
		board.rows.merge([deal('1', { version: 2, amount: 150.5 })]);
		expect(board.totals.of('lead')).toEqual({ deals: 1, sums: [{ currency: 'EUR', amount: 150.5 }] });
	});

	it('do not count a card that was only loaded', () => {
		const board = boardOf([deal('1')]);
		board.rows.merge([deal('2')]);
		expect(board.totals.of('lead').deals).toBe(1);
	});

	it('name the workspace’s currency first', () => {
		const board = boardOf([deal('1')]);
		board.totals.counted(deal('2', { currency: 'USD', amount: 9_000 }), 1);
		expect(board.totals.of('lead').sums.map((sum) => sum.currency)).toEqual(['EUR', 'USD']);
	});

	it('keep what moved while the server was being asked', async () => {
		const board = boardOf([deal('1')]);
		await board.totals.ask(async () => {
			board.totals.counted(deal('2'), 1);
			return [{ stage_id: 'lead', currency: 'EUR', deals: 10, amount_minor: 0 }];
		});
		expect(board.totals.of('lead').deals).toBe(11);
	});
});
