import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { actingOn, boardOf, deal, TestServer } from './test-board';

let server: TestServer;
beforeEach(() => {
	server = new TestServer();
	vi.stubGlobal('fetch', server.fetch);
});
afterEach(() => void vi.unstubAllGlobals());

const moveRequests = () => server.requests.filter((request) => request.method === 'PATCH');

describe('a move', () => {
	it('is shown at once and sent once, with what its author saw', async () => {
		const board = boardOf([deal('1'), deal('2', { stage_id: 'offer' })]);
		const { actions } = actingOn(board, server);
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'offer', index: 1 }, seen);
		expect(board.cards('offer')).toEqual(['2', '1']);
		await vi.waitUntil(() => board.rows.confirmed('1')?.version === 2);
		expect(moveRequests()).toHaveLength(1);
		expect(moveRequests()[0]?.body).toMatchObject({ org: 'org', version: 1, base: { stage_id: 'lead' }, changes: { stage_id: 'offer' } });
		expect(board.rows.pending()).toBe(false);
	});

	it('within a column sends a rank and nothing that could conflict', async () => {
		const board = boardOf([deal('1'), deal('2'), deal('3')]);
		const { actions } = actingOn(board, server);
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'lead', index: 2 }, seen);
		expect(board.cards('lead')).toEqual(['2', '3', '1']);
		await vi.waitUntil(() => !board.rows.pending());
		expect(moveRequests()[0]?.body).toMatchObject({ base: {}, changes: {}, rank: expect.stringMatching(/^a/) });
	});

	it('goes back when it is refused, and what others changed meanwhile stays', async () => {
		const board = boardOf([deal('1')]);
		const { actions } = actingOn(board, server);
		server.refusal = { status: 403, error: { code: 'forbidden', message: 'No.' } };
		server.hold();
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'offer', index: 0 }, seen);
		await vi.waitUntil(() => moveRequests().length === 1);
		board.rows.merge([deal('1', { version: 2, name: 'by Ada' })]);
		server.release();
		await vi.waitUntil(() => !board.rows.pending());
		expect(board.rows.get('1')).toMatchObject({ stage_id: 'lead', name: 'by Ada' });
	});

	it('goes back when there is no answer, and nothing more is accepted until there is one', async () => {
		const board = boardOf([deal('1')]);
		const { actions, live } = actingOn(board, server);
		server.unreachable = true;
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'offer', index: 0 }, seen);
		await vi.waitUntil(() => !board.rows.pending());
		expect([board.cards('lead'), actions.allowed()]).toEqual([['1'], false]);
		live.connection.stop();
	});

	it('to a stage that was deleted goes back and asks for the stages', async () => {
		const board = boardOf([deal('1')]);
		const { actions, lost } = actingOn(board, server);
		server.refusal = { status: 409, error: { code: 'reference_missing', message: 'Gone.' } };
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'offer', index: 0 }, seen);
		await vi.waitUntil(() => lost.stages === 1);
		expect(board.cards('lead')).toEqual(['1']);
	});

	it('of a card that somebody else moved leaves the choice to its author', async () => {
		const board = boardOf([deal('1')]);
		const { actions } = actingOn(board, server);
		const theirs = deal('1', { version: 2, stage_id: 'won' });
		server.refusal = { status: 409, error: { code: 'conflict', message: 'Meanwhile.', details: { deal: theirs, fields: ['stage_id'] } } };
		const seen = actions.seen('1');
		if (seen) actions.move('1', { stage: 'offer', index: 0 }, seen);
		await vi.waitUntil(() => actions.clash !== null);
		expect([board.cards('won'), board.cards('offer')]).toEqual([['1'], []]);
		server.refusal = null;
		server.deals.set('1', theirs);
		actions.clash?.again();
		await vi.waitUntil(() => !board.rows.pending());
		expect(moveRequests().at(-1)?.body).toMatchObject({ version: 2, base: { stage_id: 'won' }, changes: { stage_id: 'offer' } });
		expect(board.cards('offer')).toEqual(['1']);
	});

	it('to won asks why before anything is sent; without an answer the card goes back', async () => {
		const board = boardOf([deal('1')]);
		const { actions } = actingOn(board, server);
		const move = () => {
			const seen = actions.seen('1');
			if (seen) actions.move('1', { stage: 'won', index: 0 }, seen);
		};
		move();
		expect([board.cards('won'), server.requests.length]).toEqual([['1'], 0]);
		actions.closing?.cancel();
		expect([board.cards('lead'), actions.closing]).toEqual([['1'], null]);
		move();
		actions.closing?.confirm({ close_reason: 'Best fit', closed_on: '2026-02-01' });
		await vi.waitUntil(() => !board.rows.pending());
		expect(moveRequests()[0]?.body['changes']).toEqual({ stage_id: 'won', close_reason: 'Best fit', closed_on: '2026-02-01' });
	});

	it('waits for the move before it of the same card', async () => {
		const board = boardOf([deal('1')]);
		const { actions } = actingOn(board, server);
		server.hold();
		for (const stage of ['offer', 'lead']) {
			const seen = actions.seen('1');
			if (seen) actions.move('1', { stage, index: 0 }, seen);
		}
		await vi.waitUntil(() => moveRequests().length === 1);
		server.release();
		await vi.waitUntil(() => !board.rows.pending());
		expect(moveRequests().map((request) => request.body['changes'])).toEqual([{ stage_id: 'offer' }, { stage_id: 'lead' }]);
		expect(board.cards('lead')).toEqual(['1']);
	});
});

describe('a deletion', () => {
	it('takes the card and its sum away at once, and gives both back when refused', async () => {
		const board = boardOf([deal('1'), deal('2')]);
		const { actions } = actingOn(board, server);
		server.refusal = { status: 403, error: { code: 'forbidden', message: 'No.' } };
		const removed = actions.remove('1');
		expect([board.cards('lead'), board.totals.of('lead').deals]).toEqual([['2'], 1]);
		expect(await removed).toBe(false);
		expect([board.cards('lead'), board.totals.of('lead').deals]).toEqual([['1', '2'], 2]);
	});

	it('stays done although an answer still brings the card', async () => {
		const board = boardOf([deal('1')]);
		const { actions } = actingOn(board, server);
		const asked = board.rows.mark();
		await actions.remove('1');
		board.rows.merge([deal('1')], { since: asked });
		expect(board.cards('lead')).toEqual([]);
	});
});
