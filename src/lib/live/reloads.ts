type Dependency = `${string}:${string}`;

/** What Kit offers: loading again, and the way to another page that somebody is on. */
export type Kit = {
	invalidate: (dependency: Dependency) => Promise<void>;
	invalidateAll: () => Promise<void>;
	navigating: { readonly complete: Promise<void> | null };
};

/**
 * The one way in which a page's data is loaded again. Kit drops a load that another one overtakes, with its data, and a navigation that a load
 * overtakes, with somebody's click. So one load runs at a time, those asked for meanwhile become one after it, and none begins while somebody is on the
 * way to another page.
 */
export class Reloads {
	#kit: Kit;
	#wanted = new Set<Dependency | 'all'>();
	/** The load that has not begun yet, which whoever asks now gets. */
	#next: Promise<void> | null = null;
	#latest: Promise<void> = Promise.resolve();
	#isUnderWay = false;
	/** A way to another page that Kit dropped: it is shown until somebody sets out again. */
	#dropped: Promise<void> | null = null;

	constructor(kit: Kit) {
		this.#kit = kit;
	}

	/** Whether a page's data is asked for because of a reload, and not because somebody goes there. */
	get isUnderWay(): boolean {
		return this.#isUnderWay && this.#way() === null;
	}

	/** Loads again what depends on `dependency`, or everything. Resolves when the page has what the server says after this call. */
	load(dependency: Dependency | 'all' = 'all'): Promise<void> {
		this.#wanted.add(dependency);
		this.#next ??= this.#latest = this.#begin(this.#latest);
		return this.#next;
	}

	/** Resolves when nobody is on the way to another page. */
	async arrived(): Promise<void> {
		for (let way = this.#way(); way; way = this.#way()) await way.catch(() => {});
	}

	async #begin(before: Promise<void>): Promise<void> {
		await before.catch(() => {});
		await this.arrived();
		const wanted = this.#wanted;
		this.#wanted = new Set();
		this.#next = null;
		this.#isUnderWay = true;
		try {
			if (wanted.has('all')) await this.#kit.invalidateAll();
			else await Promise.all([...wanted].map((each) => each !== 'all' && this.#kit.invalidate(each)));
		} finally {
			this.#isUnderWay = false;
		}
	}

	#way(): Promise<void> | null {
		const { complete } = this.#kit.navigating;
		if (complete === null || complete === this.#dropped) return null;
		complete.catch(() => void (this.#dropped = complete));
		return complete;
	}
}
