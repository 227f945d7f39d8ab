type Meta = Record<string, unknown> & { phx_ref: string };
type Tracked = { key: string; payload: string; meta: Meta };

let lastRef = 0;

/** Who is in a room: at most one entry per member, grouped under the key each member chose. */
export class Presence {
	readonly #tracked = new Map<object, Tracked>();
	#joins: Tracked[] = [];
	#leaves: Tracked[] = [];
	#state: string | null = null;

	/** Shows `payload` under `key` for this member, in place of what it showed before. False when nothing changed. */
	track(member: object, key: string, payload: Record<string, unknown>): boolean {
		const previous = this.#tracked.get(member);
		const text = JSON.stringify(payload);
		if (previous?.payload === text) return false;
		if (previous) this.#leaves.push(previous);
		const refs = { phx_ref: nextRef(), ...(previous ? { phx_ref_prev: previous.meta.phx_ref } : {}) };
		const entry = { key, payload: text, meta: { ...payload, ...refs } };
		this.#tracked.set(member, entry);
		this.#joins.push(entry);
		this.#state = null;
		return true;
	}

	/** Forgets the member. False when it showed nothing. */
	untrack(member: object): boolean {
		const previous = this.#tracked.get(member);
		if (!previous) return false;
		this.#tracked.delete(member);
		this.#leaves.push(previous);
		this.#state = null;
		return true;
	}

	/** Everyone, as the JSON payload of `presence_state`. */
	state(): string {
		this.#state ??= JSON.stringify(byKey([...this.#tracked.values()]));
		return this.#state;
	}

	/** What changed since the last call, as the JSON payload of `presence_diff`. Clients apply joins before leaves. */
	takeDiff(): string {
		const diff = JSON.stringify({ joins: byKey(this.#joins), leaves: byKey(this.#leaves) });
		this.#joins = [];
		this.#leaves = [];
		return diff;
	}
}

/** Keys are the clients' own words, `__proto__` included, so the object has no prototype. */
function byKey(entries: Tracked[]): Record<string, { metas: Meta[] }> {
	const grouped: Record<string, { metas: Meta[] }> = Object.create(null);
	for (const { key, meta } of entries) (grouped[key] ??= { metas: [] }).metas.push(meta);
	return grouped;
}

function nextRef(): string {
	lastRef += 1;
	return `${Date.now().toString(36)}${lastRef.toString(36)}`;
}
