import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readBoardKey } from './board-keys';
import { actingOn, boardOf, deal, TestServer } from './test-board';

let server: TestServer;
beforeEach(() => {
	server = new TestServer();
	vi.stubGlobal('fetch', server.fetch);
});
afterEach(() => void vi.unstubAllGlobals());

const three = () => boardOf([deal('1'), deal('2'), deal('3', { stage_id: 'offer' })]);

describe('a card carried by keyboard', () => {
	it('is shown where it is, spoken of, and sent only when it is dropped', async () => {
		const board = three();
		const { carry } = actingOn(board, server);
		expect(carry.lift('1', 'keys')).toBe(true);
		carry.step('down');
		expect(board.cards('lead')).toEqual(['2', '1']);
		carry.step('right');
		expect(board.cards('offer')).toEqual(['3', '1']);
		expect(carry.said).toBe('Offer, position 2 of 2.');
		expect(server.requests).toEqual([]);
		carry.drop();
		await vi.waitUntil(() => !board.rows.pending());
		expect(server.requests).toHaveLength(1);
		expect(board.cards('offer')).toEqual(['3', '1']);
	});

	it('goes back on Escape and sends nothing', () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'keys');
		carry.step('right');
		carry.cancel();
		expect([board.cards('lead'), server.requests, carry.said]).toEqual([['1', '2'], [], 'Deal 1 put back.']);
	});

	it('stays on the board at its edges', () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'keys');
		expect(carry.step('left')).toEqual({ stage: 'lead', index: 0 });
		expect(carry.step('up')).toEqual({ stage: 'lead', index: 0 });
	});

	it('that was not moved sends nothing', () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'keys');
		carry.drop();
		expect([server.requests, board.rows.pending()]).toEqual([[], false]);
	});
});

describe('a card carried by pointer', () => {
	it('stays until it is dropped, and is sent where it fell', async () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'pointer');
		carry.over({ stage: 'offer', index: 0 });
		expect(board.cards('lead')).toEqual(['1', '2']);
		carry.drop();
		expect(board.cards('offer')).toEqual(['1', '3']);
		await vi.waitUntil(() => !board.rows.pending());
	});

	it('dropped beside the board, or where it was, moves nothing', () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'pointer');
		carry.over(null);
		carry.drop();
		carry.lift('1', 'pointer');
		carry.over({ stage: 'lead', index: 0 });
		carry.drop();
		expect([board.cards('lead'), server.requests]).toEqual([['1', '2'], []]);
	});

	it('is not even picked up while the connection is lost', () => {
		const board = three();
		const { carry, live } = actingOn(board, server);
		live.connection.requested(false);
		expect([carry.lift('1', 'pointer'), carry.id]).toEqual([false, null]);
		live.connection.stop();
	});

	it('shares the air with no other', () => {
		const board = three();
		const { carry } = actingOn(board, server);
		carry.lift('1', 'keys');
		expect([carry.lift('2', 'pointer'), carry.id]).toEqual([false, '1']);
	});
});

describe('keys on a card', () => {
	const at = { stage: 'lead', index: 0 };

	it.each([
		['ArrowDown', { do: 'focus', place: { stage: 'lead', index: 1 } }],
		['ArrowUp', null],
		['ArrowRight', { do: 'focus', place: { stage: 'offer', index: 0 } }],
		['End', { do: 'focus', place: { stage: 'lead', index: 1 } }],
		[' ', { do: 'lift' }],
		['Enter', null],
		['m', { do: 'menu' }],
		['Delete', { do: 'delete' }],
		['x', null]
	])('%s without a card in the air', (key, meaning) => expect(readBoardKey(three(), at, key, false)).toEqual(meaning));

	it.each([
		['ArrowDown', { do: 'step', way: 'down' }],
		['Enter', { do: 'drop' }],
		[' ', { do: 'drop' }],
		['Escape', { do: 'cancel' }],
		['Tab', { do: 'cancel' }],
		['m', null]
	])('%s with it in the air', (key, meaning) => expect(readBoardKey(three(), at, key, true)).toEqual(meaning));
});
