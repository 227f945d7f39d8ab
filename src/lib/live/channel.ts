import type { RealtimeClient } from '@supabase/realtime-js';
import type { Here } from './presence.svelte';
import type { Surroundings } from './surroundings';

export type ChannelOptions = {
	/** Base address of the realtime service, http(s) or ws(s). */
	url: string;
	key: string;
	/** The private topic to join. */
	topic: string;
	/** This tab's presence key. */
	tab: string;
	/** A fresh short-lived token; asked for on every connect and heartbeat. Null when the session is over. */
	token: () => Promise<string | null>;
	surroundings: Surroundings;
	/** A broadcast of the event `change`. */
	onMessage: (payload: unknown) => void;
	onPresence: (state: Record<string, object[]>) => void;
	/** The service says that this user may not join; it is tried again all the same. */
	onBarred?: () => void;
	/** Joined, with the way to publish this tab's presence; or lost, with null. */
	onJoined: (track: ((here: Here) => void) | null) => void;
};

/**
 * Well below half of the token's life of 60 s, because a heartbeat renews the token. Each tab has its own beat: tabs that were opened or
 * reconnected together must not ask for their tokens together ever after.
 */
const heartbeatMs = () => 15_000 + Math.random() * 10_000;
/** Much shorter than the pause between heartbeats, so that each of those brings a new one. */
const tokenFreshMs = 5_000;
const backoffMs = [500, 1_000, 2_000, 5_000, 10_000];

/** The service's websocket address, given the project's or the service's own. */
export function realtimeAddress(url: string): string {
	const address = new URL(url);
	address.protocol = address.protocol.replace('http', 'ws');
	if (!/\/realtime\/v1\/?$/.test(address.pathname)) address.pathname = `${address.pathname.replace(/\/$/, '')}/realtime/v1`;
	return address.href.replace(/\/$/, '');
}

/**
 * Keeps one private channel joined. Whatever fails (socket, join, an expired token), everything is closed and opened again with a
 * fresh token after a pause: one way back for every failure.
 */
export class Channel {
	#options: ChannelOptions;
	#client: RealtimeClient | null = null;
	#joined = false;
	#failures = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#unwatch: (() => void) | undefined;
	/** Counts attempts, so that callbacks of a closed attempt are ignored. */
	#attempt = 0;
	#running = false;
	#minted: { token: string; at: number } | null = null;

	constructor(options: ChannelOptions) {
		this.#options = options;
	}

	/** The library asks for a token several times per connect; one that was just minted serves them all. */
	async #token(): Promise<string | null> {
		if (this.#minted && performance.now() - this.#minted.at < tokenFreshMs) return this.#minted.token;
		const token = await this.#options.token();
		this.#minted = token ? { token, at: performance.now() } : null;
		return token;
	}

	start(): void {
		this.#running = true;
		this.#unwatch = this.#options.surroundings.watch(() => {
			// What was said while there was no network is lost, even if the socket outlives the gap: it is opened anew.
			if (!this.#options.surroundings.networked()) return this.#lost();
			// A tab that comes back, or a network that does, should not sit out a long pause.
			if (!this.#joined && this.#timer !== undefined) this.retryNow();
		});
		void this.#open();
	}

	stop(): void {
		this.#running = false;
		this.#unwatch?.();
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#close();
	}

	/** Opens again at once if it is not joined. */
	retryNow(): void {
		if (this.#joined || !this.#running) return;
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#close();
		void this.#open();
	}

	async #open(): Promise<void> {
		const { url, key, topic, tab, surroundings, onMessage, onPresence, onBarred, onJoined } = this.#options;
		const attempt = ++this.#attempt;
		const current = () => this.#running && attempt === this.#attempt;
		if (!surroundings.networked()) return this.#retryLater();
		try {
			// Loaded here and not with the page: nobody waits for it to see the board.
			const [{ RealtimeClient }, first] = await Promise.all([import('@supabase/realtime-js'), this.#token()]);
			if (!current()) return;
			if (!first) return this.#retryLater();
			const client = new RealtimeClient(realtimeAddress(url), {
				params: { apikey: key },
				heartbeatIntervalMs: heartbeatMs(),
				accessToken: () => this.#token(),
				// Reconnecting is done here, with everything else that can fail.
				reconnectAfterMs: () => 2 ** 30
			});
			this.#client = client;
			await client.setAuth(first);
			if (!current()) return this.#close();
			const channel = client.channel(topic, {
				config: { private: true, presence: { key: tab, enabled: true }, broadcast: { self: false } }
			});
			channel.on('broadcast', { event: 'change' }, (message) => current() && onMessage(message['payload']));
			channel.on('presence', { event: 'sync' }, () => current() && onPresence(channel.presenceState()));
			channel.subscribe((status, problem) => {
				if (!current()) return;
				if (status === 'SUBSCRIBED') {
					this.#joined = true;
					this.#failures = 0;
					onJoined((here) => void channel.track(here));
					return;
				}
				this.#lost();
				// As the service words it; whatever else fails says nothing about rights.
				if (problem?.message.includes('Unauthorized')) onBarred?.();
			});
		} catch {
			if (current()) this.#lost();
		}
	}

	#lost(): void {
		this.#close();
		this.#retryLater();
	}

	#close(): void {
		this.#attempt++;
		this.#minted = null;
		const client = this.#client;
		this.#client = null;
		if (this.#joined) {
			this.#joined = false;
			this.#options.onJoined(null);
		}
		void client?.removeAllChannels().catch(() => undefined);
	}

	#retryLater(): void {
		if (!this.#running || this.#timer !== undefined) return;
		const pause = backoffMs[Math.min(this.#failures++, backoffMs.length - 1)] ?? 0;
		// Half of it random: two hundred tabs must not return in one instant.
		this.#timer = setTimeout(
			() => {
				this.#timer = undefined;
				void this.#open();
			},
			pause * (0.5 + Math.random() * 0.5)
		);
	}
}
