import { readChange, type Change } from './change';
import { Channel } from './channel';
import { Connection } from './connection.svelte';
import { randomId } from './random-id';
import { Presence } from './presence.svelte';
import { thisTab, type Surroundings } from './surroundings';

export type LiveOptions = {
	/** Where the realtime service is, and the publishable key. */
	realtime: { url: string; key: string };
	/** The private topic that tells this user what changed. */
	topic: string;
	/** The signed-in user's id. */
	user: string;
	/** Same-origin address that mints a realtime token: POST → `{token}`. */
	tokenUrl?: string;
	/** Same-origin address that answers quickly when the server is there. */
	probeUrl?: string;
	surroundings?: Surroundings;
	/** Called when this user may not listen: the session is over, or the rights are not what the page was loaded with. */
	barred?: (by: 'session' | 'rights') => void;
};

/** Enough for the echoes of every request a tab can have under way, with room to spare. */
const ownRequestsKept = 200;

/** A request that got no answer: nothing is known about whether the server did it. */
export class Unreachable extends Error {
	override name = 'Unreachable';
	constructor() {
		super('The server could not be reached.');
	}
}

/**
 * One tab's live link to its workspace: the channel, who else is here, what the connection is worth, and requests that know of both.
 * Make one per workspace in the layout, `start()` it when mounted, and share it by `setLive`.
 */
export class Live {
	readonly connection: Connection;
	readonly presence: Presence;
	readonly surroundings: Surroundings;
	#channel: Channel;
	#tokenUrl: string;
	#own = new Set<string>();
	#user: string;
	#listeners = new Set<(change: Change) => void>();
	#resyncs = new Set<() => void>();
	#audience = 0;
	#barred: (by: 'session' | 'rights') => void;

	constructor({
		realtime,
		topic,
		user,
		tokenUrl = '/auth/realtime-token',
		probeUrl = '/favicon.svg',
		surroundings = thisTab,
		barred = () => undefined
	}: LiveOptions) {
		const tab = randomId();
		this.surroundings = surroundings;
		this.#tokenUrl = tokenUrl;
		this.#user = user;
		this.#barred = barred;
		this.presence = new Presence(tab, user);
		this.connection = new Connection(
			() => this.#answers(probeUrl),
			surroundings,
			() => this.#channel.retryNow()
		);
		this.#channel = new Channel({
			...realtime,
			topic,
			tab,
			surroundings,
			token: () => this.#token(),
			onMessage: (payload) => this.#message(payload),
			onBarred: () => barred('rights'),
			onPresence: (state) => this.presence.heard(state),
			onJoined: (track) => {
				this.presence.connected(track);
				this.connection.subscribed(track !== null);
				// Messages are hints: what was said while nobody listened is fetched.
				if (track) for (const resync of this.#resyncs) resync();
			}
		});
	}

	/** Connects; returns the function that disconnects. */
	start(): () => void {
		this.connection.start();
		this.#channel.start();
		return () => {
			this.#channel.stop();
			this.connection.stop();
			this.presence.stop();
		};
	}

	/** How many other tabs are in the workspace, as far as presence tells; after a gap, as it told before. */
	audience(): number {
		this.#audience = this.presence.others.length || this.#audience;
		return this.#audience;
	}

	/** Calls back for every message but the echo of this tab's own requests; returns the function that stops it. */
	onChange(listener: (change: Change) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Tells the page that its member's rights changed, where no message can say so: at the end of a share. */
	accessChanged(): void {
		this.#tell({ table: 'access', op: 'update', rows: [], count: 1, actor: null, requestId: null });
	}

	/** Calls back whenever messages may have been missed, the first joining included; returns the function that stops it. */
	onResync(resync: () => void): () => void {
		this.#resyncs.add(resync);
		return () => this.#resyncs.delete(resync);
	}

	/**
	 * `fetch` that names its request, so that its echo is known, and tells the connection whether the server answered.
	 * @throws {Unreachable} when it did not.
	 */
	async fetch(url: string, init: RequestInit = {}): Promise<Response> {
		const headers = new Headers(init.headers);
		headers.set('accept', 'application/json');
		if (init.method && init.method !== 'GET') headers.set('x-request-id', this.#ownRequest());
		try {
			const response = await fetch(url, { ...init, headers });
			this.connection.requested(true);
			return response;
		} catch (error) {
			if (error instanceof DOMException && error.name === 'AbortError') throw error;
			this.connection.requested(false);
			throw new Unreachable();
		}
	}

	#ownRequest(): string {
		const id = randomId();
		this.#own.add(id);
		if (this.#own.size > ownRequestsKept)
			for (const [oldest] of this.#own.entries()) {
				this.#own.delete(oldest);
				break;
			}
		return id;
	}

	#message(payload: unknown): void {
		const change = readChange(payload);
		// Request ids are seen by everybody: only together with the actor do they mark an echo.
		if (!change || (change.actor === this.#user && change.requestId && this.#own.has(change.requestId))) return;
		this.#tell(change);
	}

	#tell(change: Change): void {
		for (const listener of this.#listeners) listener(change);
	}

	async #token(): Promise<string | null> {
		const response = await fetch(this.#tokenUrl, { method: 'POST', headers: { accept: 'application/json' } });
		if (response.status === 401) this.#barred('session');
		if (!response.ok) return null;
		const body: unknown = await response.json();
		return typeof body === 'object' && body !== null && 'token' in body && typeof body.token === 'string' ? body.token : null;
	}

	async #answers(url: string): Promise<boolean> {
		try {
			await fetch(url, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(5_000) });
			return true;
		} catch {
			return false;
		}
	}
}
