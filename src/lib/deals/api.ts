import { Unreachable, type Live } from '$lib/live/live';
import type { Pipeline } from '$lib/pipelines/model';
import type { BoardScope, BoardWindow, Edge, StageTotal } from './board-view';
import type { Deal, DealDetail, DealValues } from './model';

/** Why the server did not do it: a code for programs, a sentence for people, and sentences for single fields. */
export type Refused = { kind: 'refused'; status: number; code: string; message: string; errors: Record<string, string> };

/** How a write ended. `unreachable`: there was no answer, and nobody knows whether it was done. */
export type Saved =
	| { kind: 'saved'; deal: DealDetail; merged: boolean }
	| { kind: 'conflict'; deal: DealDetail; fields: (keyof DealValues)[] }
	| Refused
	| { kind: 'unreachable' };

/** An edit as the endpoint takes it. Amounts may be texts, so that cents are never guessed. */
export type DealPatch = {
	version: number;
	base: Partial<Record<keyof DealValues, unknown>>;
	changes: Partial<Record<keyof DealValues, unknown>>;
	rank?: string;
};

/** Thrown when a read was refused; the feed tries again later. */
class NotAnswered extends Error {
	override name = 'NotAnswered';
}

/** The board's way to the server, for one workspace. */
export class DealsApi {
	#live: Live;
	#org: string;

	constructor(live: Live, org: string) {
		this.#live = live;
		this.#org = org;
	}

	/** @throws {Unreachable | NotAnswered} */
	async window(scope: BoardScope, perStage: number): Promise<BoardWindow & { pipelines: Pipeline[] }> {
		return this.#get('/api/board/window', { ...scopeFields(scope), per_stage: String(perStage) });
	}

	/** @throws {Unreachable | NotAnswered} */
	async column(scope: BoardScope, stage: string, after: Edge): Promise<BoardWindow> {
		return this.#get('/api/board/column', { ...scopeFields(scope), stage, after_rank: after.rank, after_id: after.id });
	}

	/** @throws {Unreachable | NotAnswered} */
	async totals(scope: BoardScope): Promise<StageTotal[]> {
		const { totals }: { totals: StageTotal[] } = await this.#get('/api/board/totals', scopeFields(scope));
		return totals;
	}

	/** @throws {Unreachable | NotAnswered} */
	async deals(ids: string[]): Promise<Deal[]> {
		const { deals }: { deals: Deal[] } = await this.#get('/api/board/deals', { ids: ids.join(',') });
		return deals;
	}

	/** @throws {Unreachable | NotAnswered} */
	async deal(id: string): Promise<DealDetail> {
		const { deal }: { deal: DealDetail } = await this.#get(`/api/deals/${id}`, {});
		return deal;
	}

	create(values: Partial<Record<keyof DealValues, unknown>>): Promise<Saved> {
		return this.#write('/api/deals', 'POST', values);
	}

	save(id: string, patch: DealPatch): Promise<Saved> {
		return this.#write(`/api/deals/${id}`, 'PATCH', patch);
	}

	/** Moves deals to the trash or back; the ids that were moved. */
	async trash(id: string, way: 'trash' | 'restore'): Promise<{ kind: 'done' } | Refused | { kind: 'unreachable' }> {
		try {
			const response = await this.#send(`/api/records/${way}`, 'POST', { resource: 'deals', ids: [id] });
			if (!response.ok) return (await refusal(response)).refused;
			const { ids }: { ids: string[] } = await response.json();
			if (ids.length > 0) return { kind: 'done' };
			return {
				kind: 'refused',
				status: 403,
				code: 'forbidden',
				message: `Your role does not allow you to ${way === 'trash' ? 'delete' : 'restore'} this deal, or it is gone already.`,
				errors: {}
			};
		} catch (error) {
			if (error instanceof Unreachable) return { kind: 'unreachable' };
			throw error;
		}
	}

	async #get<T>(path: string, fields: Record<string, string>): Promise<T> {
		const response = await this.#live.fetch(`${path}?${new URLSearchParams({ org: this.#org, ...fields })}`);
		if (!response.ok) throw new NotAnswered(`${path} answered ${response.status}`);
		return response.json();
	}

	async #write(path: string, method: string, body: object): Promise<Saved> {
		try {
			const response = await this.#send(path, method, { org: this.#org, ...body });
			if (!response.ok) {
				const { refused, conflict } = await refusal(response);
				return conflict ?? refused;
			}
			const { deal, merged = false }: { deal: DealDetail; merged?: boolean } = await response.json();
			return { kind: 'saved', deal, merged };
		} catch (error) {
			if (error instanceof Unreachable) return { kind: 'unreachable' };
			throw error;
		}
	}

	#send(path: string, method: string, body: object): Promise<Response> {
		return this.#live.fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
	}
}

function scopeFields({ pipeline, owner, query }: BoardScope): Record<string, string> {
	return { pipeline, ...(owner ? { owner } : {}), ...(query ? { query } : {}) };
}

type ErrorBody = {
	error?: {
		code?: string;
		message?: string;
		details?: { deal?: DealDetail; fields?: (keyof DealValues)[]; field?: string; errors?: Record<string, string> };
	};
};

async function refusal(response: Response): Promise<{ refused: Refused; conflict: Extract<Saved, { kind: 'conflict' }> | null }> {
	const { error = {} }: ErrorBody = await response.json().catch(() => ({}));
	const { code = 'unexpected', message = 'The server could not do this. Try again.', details = {} } = error;
	const errors = details.errors ?? (details.field ? { [details.field]: message } : {});
	return {
		refused: { kind: 'refused', status: response.status, code, message, errors },
		conflict: details.deal ? { kind: 'conflict', deal: details.deal, fields: details.fields ?? [] } : null
	};
}
