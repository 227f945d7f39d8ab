import { Live } from '$lib/live/live';
import { TestTab } from '$lib/live/test-tab';
import type { Stage } from '$lib/pipelines/model';
import { DealsApi } from './api';
import { Board } from './board.svelte';
import { BoardActions } from './board-actions.svelte';
import { Carry } from './carry.svelte';
import type { Deal, DealDetail } from './model';

/** Four stages: two open, one won, one lost. */
export const stages: Stage[] = [
	{ id: 'lead', name: 'Lead', kind: 'open', probability: 10, position: 1 },
	{ id: 'offer', name: 'Offer', kind: 'open', probability: 50, position: 2 },
	{ id: 'won', name: 'Won', kind: 'won', probability: 100, position: 3 },
	{ id: 'lost', name: 'Lost', kind: 'lost', probability: 0, position: 4 }
];

/** A deal for tests; `rank` orders it. */
export function deal(id: string, more: Partial<DealDetail> = {}): DealDetail {
	return {
		id,
		version: 1,
		name: `Deal ${id}`,
		amount: 100,
		currency: 'EUR',
		pipeline_id: 'sales',
		stage_id: 'lead',
		company_id: null,
		contact_id: null,
		owner_id: 'me',
		rank: `a${id}`,
		expected_close: null,
		stage_entered_at: '2026-01-01T00:00:00Z',
		closed_on: null,
		close_reason: null,
		company: null,
		contact: null,
		description: null,
		created_at: '2026-01-01T00:00:00Z',
		updated_at: '2026-01-01T00:00:00Z',
		...more
	};
}

/** A board over the deals; `edges` as the server gives them. */
export function boardOf(deals: Deal[], edges: Record<string, { rank: string; id: string }> = {}): Board {
	const totals = [...Map.groupBy(deals, (each) => each.stage_id)].map(([stage_id, inStage]) => ({
		stage_id,
		currency: 'EUR',
		deals: inStage.length,
		amount_minor: inStage.reduce((sum, each) => sum + (each.amount ?? 0) * 100, 0)
	}));
	return new Board(
		{
			scope: { org: 'org', pipeline: 'sales' },
			pipeline: { id: 'sales', name: 'Sales', position: 0, is_default: true, stages },
			window: { deals, edges },
			totals
		},
		'EUR'
	);
}

/** What the browser sent, and how the server in its place answers: by default a move is done. */
export class TestServer {
	requests: { method: string; path: string; body: Record<string, unknown> }[] = [];
	deals = new Map<string, DealDetail>();
	/** Answers in place of doing what was asked. */
	refusal: { status: number; error: { code: string; message: string; details?: unknown } } | null = null;
	unreachable = false;
	#held: (() => void)[] | null = null;

	/** Lets answers wait until `release`. */
	hold(): void {
		this.#held = [];
	}

	release(): void {
		for (const go of this.#held ?? []) go();
		this.#held = null;
	}

	fetch = async (path: string, init: RequestInit = {}): Promise<Response> => {
		const body = typeof init.body === 'string' ? JSON.parse(init.body) : {};
		this.requests.push({ method: init.method ?? 'GET', path, body });
		if (this.#held) await new Promise<void>((go) => this.#held?.push(go));
		if (this.unreachable) throw new TypeError('Failed to fetch');
		if (this.refusal) return Response.json({ error: this.refusal.error }, { status: this.refusal.status });
		if (path.startsWith('/api/records/')) return Response.json({ ids: body.ids });
		if (path.startsWith('/api/board/deals')) return Response.json({ deals: [...this.deals.values()] });
		return Response.json({ deal: this.#save(path, body) });
	};

	#save(path: string, { changes, rank }: { changes: object; rank?: string }): DealDetail {
		const id = path.split('/').at(-1) ?? '';
		const before = this.deals.get(id) ?? deal(id);
		const after = { ...before, ...changes, ...(rank ? { rank } : {}), version: before.version + 1 };
		this.deals.set(id, after);
		return after;
	}
}

/** Everything that acts on a board, over a server of the test's. */
export function actingOn(board: Board, server: TestServer) {
	for (const each of board.rows.values()) server.deals.set(each.id, deal(each.id, each));
	const live = new Live({ realtime: { url: 'http://localhost', key: 'key' }, topic: 'org:org', user: 'me', surroundings: new TestTab() });
	const api = new DealsApi(live, 'org');
	const lost = { stages: 0 };
	const actions = new BoardActions(board, api, live.connection, () => lost.stages++);
	return { live, api, actions, carry: new Carry(board, actions), lost };
}
