/** What a tab tells the others of itself: ids only, names come from elsewhere. */
export type Here = {
	/** The user's id. */
	user: string;
	/** The page the tab shows, as a path within the workspace. */
	page: string;
	/** The id of the record it looks at or holds. */
	record: string | null;
	act: 'view' | 'drag' | null;
};

/** Another tab, told apart by its own key: one user may have several. */
export type Present = Here & { tab: string };

/** Longer than a glance, short enough to see somebody pick a card up. */
const tellAtMostEveryMs = 200;
const longestTextRead = 200;

const text = (value: unknown): string | null => (typeof value === 'string' && value.length <= longestTextRead ? value : null);

/** Reads one entry that another tab wrote; null for what makes no sense (anybody may write anything here). */
function readPresent(tab: string, entry: object): Present | null {
	const { user, page, record, act }: { user?: unknown; page?: unknown; record?: unknown; act?: unknown } = entry;
	const who = text(user);
	if (!who) return null;
	return { tab, user: who, page: text(page) ?? '', record: text(record), act: act === 'view' || act === 'drag' ? act : null };
}

/** Who else is in this workspace, on which page, with which record. */
export class Presence {
	#others = $state.raw<Present[]>([]);
	#byRecord = $derived(Map.groupBy(this.#others, (each) => each.record));
	#here: Here;
	#tab: string;
	#send: ((here: Here) => void) | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#waiting = false;

	constructor(tab: string, user: string) {
		this.#tab = tab;
		this.#here = { user, page: '', record: null, act: null };
	}

	/** Every other tab; reactive. */
	get others(): readonly Present[] {
		return this.#others;
	}

	/** The tabs of others that look at or hold a record; reactive. Own other tabs are left out. */
	on(record: string): readonly Present[] {
		return (this.#byRecord.get(record) ?? []).filter((each) => each.user !== this.#here.user);
	}

	/** Tells what this tab shows or does now; told at most every 200 ms, the last word always. */
	tell(what: Partial<Omit<Here, 'user'>>): void {
		const next = { ...this.#here, ...what };
		if (next.page === this.#here.page && next.record === this.#here.record && next.act === this.#here.act) return;
		this.#here = next;
		this.#flush();
	}

	/** The channel was joined (`send` publishes) or lost (null): then nobody is known to be here. */
	connected(send: ((here: Here) => void) | null): void {
		this.#send = send;
		if (send) send(this.#here);
		else this.#others = [];
	}

	/** Takes the channel's whole presence state: tab key → its entries, the newest last. */
	heard(state: Record<string, object[]>): void {
		this.#others = Object.entries(state).flatMap(([tab, entries]) => {
			const newest = entries.at(-1);
			const present = newest && tab !== this.#tab ? readPresent(tab, newest) : null;
			return present ? [present] : [];
		});
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#send = null;
	}

	#flush(): void {
		if (this.#timer !== undefined) {
			this.#waiting = true;
			return;
		}
		this.#send?.(this.#here);
		this.#timer = setTimeout(() => {
			this.#timer = undefined;
			if (!this.#waiting) return;
			this.#waiting = false;
			this.#flush();
		}, tellAtMostEveryMs);
	}
}
