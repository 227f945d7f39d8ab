import type { Live } from '$lib/live/live';
import type { Findable } from '$lib/records/search';
import type { RecordAccess } from './model';

type Refusal = { error?: { message?: string } };

/** Who sees one record, as the dialog works with it: loaded when opened, loaded again after each change. */
export class RecordAccessView {
	#access = $state.raw<RecordAccess | null>(null);
	#problem = $state<string | null>(null);
	#busy = $state(false);
	readonly #live: Live;
	readonly #resource: Findable;
	readonly #id: string;

	constructor(live: Live, resource: Findable, id: string) {
		this.#live = live;
		this.#resource = resource;
		this.#id = id;
	}

	/** What is known, null before the first answer. */
	get access(): RecordAccess | null {
		return this.#access;
	}

	/** What was refused or failed last, in a sentence. */
	get problem(): string | null {
		return this.#problem;
	}

	get busy(): boolean {
		return this.#busy;
	}

	async load(): Promise<void> {
		const answer = await this.#ask<RecordAccess>(`/api/records/access?${this.#query()}`);
		if (answer) this.#access = answer;
	}

	/** Shares with a member or a team; true when it was done. */
	async share(input: { member?: string; team?: string; access: 'read' | 'edit'; expires_at: string | null }): Promise<boolean> {
		const answer = await this.#ask<RecordAccess>('/api/records/shares', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ resource: this.#resource, id: this.#id, ...input })
		});
		if (answer) this.#access = answer;
		return answer !== null;
	}

	async unshare(share: string): Promise<void> {
		if (await this.#ask(`/api/records/shares/${share}`, { method: 'DELETE' })) await this.load();
	}

	/** Why a member does not see the record; null when the question was refused. */
	whyNot(member: string): Promise<{ reason: string | null; role: string | null; scope: string | null } | null> {
		return this.#ask(`/api/records/why-not?${this.#query()}&member=${member}`);
	}

	#query(): string {
		return `resource=${this.#resource}&id=${encodeURIComponent(this.#id)}`;
	}

	async #ask<T>(url: string, init?: RequestInit): Promise<T | null> {
		this.#busy = true;
		this.#problem = null;
		try {
			const response = await this.#live.fetch(url, init);
			const body: T & Refusal = await response.json();
			if (response.ok) return body;
			this.#problem = body.error?.message ?? 'The server did not answer well. Try again.';
		} catch {
			this.#problem = 'The server did not answer. Try again when you are connected.';
		} finally {
			this.#busy = false;
		}
		return null;
	}
}
