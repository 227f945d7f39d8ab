import { Budget } from './budget';

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

/** Another tab, told apart by its own key: one user may have several. `ref` changes with everything it tells. */
export type Present = Here & { tab: string; ref: string };

/** After something is over the tab waits this long before it says so: often the next thing begins, and one word says both. */
const lingerMs = 1_500;
const longestTextRead = 200;

const text = (value: unknown): string | null => (typeof value === 'string' && value.length <= longestTextRead ? value : null);

/** Reads one entry that another tab wrote; null for what makes no sense (anybody may write anything here). */
function readPresent(tab: string, entry: object): Present | null {
	const read: { user?: unknown; page?: unknown; record?: unknown; act?: unknown; presence_ref?: unknown } = entry;
	const user = text(read.user);
	if (!user) return null;
	const act = read.act === 'view' || read.act === 'drag' ? read.act : null;
	return { tab, user, page: text(read.page) ?? '', record: text(read.record), act, ref: text(read.presence_ref) ?? '' };
}

/** Who else is in this workspace, on which page, with which record. */
export class Presence {
	#others = $state.raw<Present[]>([]);
	/** References of drags that are known to be over although their tab has not said so yet. */
	#over = $state.raw<string[]>([]);
	#byRecord = $derived(
		Map.groupBy(
			this.#others.filter((each) => !this.#over.includes(each.ref)),
			(each) => each.record
		)
	);
	#here: Here;
	#told: Here | null = null;
	#tab: string;
	#send: ((here: Here) => void) | null = null;
	#budget = new Budget();
	#timer: ReturnType<typeof setTimeout> | undefined;

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

	/** Tells what this tab shows or does now; as soon as the service's rate limit allows, and the last word always. */
	tell(what: Partial<Omit<Here, 'user'>>): void {
		this.#here = { ...this.#here, ...what };
		this.#plan();
	}

	/** A change of the record by that user was seen: whatever they held, they have put it down. */
	putDown(user: string | null, record: string): void {
		const held = this.#others.filter((each) => each.act === 'drag' && each.record === record && each.user === user);
		if (held.length) this.#over = [...this.#over.slice(-50), ...held.map((each) => each.ref)];
	}

	/** The channel was joined (`send` publishes) or lost (null): then nobody is known to be here. */
	connected(send: ((here: Here) => void) | null): void {
		this.#send = send;
		this.#told = null;
		// The service counts per joining.
		this.#budget = new Budget();
		if (send) this.#plan();
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

	#plan(lingered = false): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		const { record, act, page } = this.#here;
		const told = this.#told;
		if (!this.#send || (told && told.record === record && told.act === act && told.page === page)) return;
		const over = act === null && told?.act != null;
		const wait = Math.max(this.#budget.waitMs(over ? 'close' : 'open'), over && !lingered ? lingerMs : 0);
		if (wait > 0) this.#timer = setTimeout(() => this.#plan(true), wait);
		else {
			this.#budget.spend();
			this.#told = this.#here;
			this.#send(this.#here);
		}
	}
}
