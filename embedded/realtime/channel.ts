import { type Authorizer, type Extension, type Rights } from './authorization.ts';
import { readRequested } from './changes/bindings.ts';
import { type Changes } from './changes/changes.ts';
import { Listening } from './changes/listening.ts';
import { type Listener } from './changes/subscriptions.ts';
import { type Identity, identify, Refused, type VerifyToken } from './identity.ts';
import { type JoinConfig, readJoinConfig } from './join-config.ts';
import { CallWindow, type Limits, rateWindow } from './limits.ts';
import { type ReplicationStream } from './replication.ts';
import { type Member, type Room, type Rooms } from './rooms.ts';
import { type Broadcast, broadcastBytes, type ClientMessage, encodeMessage, type Frame, isObject, type Vsn } from './serializer.ts';

/** What channels share. */
export type Services = {
	rooms: Rooms;
	authorizer: Authorizer;
	/** Of broadcasts from the database. */
	stream: ReplicationStream;
	/** Of rows in published tables. */
	changes: Changes;
	verifyToken: VerifyToken;
	limits: Limits;
	log: (message: string, error?: unknown) => void;
};

/** The connection as a channel sees it. */
export type Transport = {
	readonly vsn: Vsn;
	/** Who the API key of the connection stands for. */
	readonly identity: Identity;
	send(frame: Frame): void;
	/** The channel is over and takes no more messages. */
	forget(channel: Channel): void;
};

/** Verified again this often, so that a key taken away ends long-lived tokens too. */
const CONFIRM_MS = 5 * 60_000;
const EVERYTHING: Rights = { broadcast: true, presence: true };

/** One topic joined by one socket. Its methods are called one at a time, except `end`. */
export class Channel implements Member, Listener {
	readonly topic: string;
	readonly joinRef: string | null;
	readonly vsn: Vsn;
	readonly #transport: Transport;
	readonly #services: Services;
	readonly #name: string;
	readonly #messages: CallWindow;
	readonly #presenceCalls: CallWindow;
	#config: JoinConfig;
	#identity: Identity;
	#read: Rights = { broadcast: false, presence: false };
	/** Asked when first needed. */
	#write: Partial<Rights> = {};
	#room: Room | null = null;
	#listening: Listening | null = null;
	#confirmTimer: NodeJS.Timeout | undefined;
	#ended = false;

	constructor(join: ClientMessage, transport: Transport, services: Services) {
		this.topic = join.topic;
		this.joinRef = join.joinRef;
		this.vsn = transport.vsn;
		this.#name = join.topic.slice('realtime:'.length);
		this.#transport = transport;
		this.#services = services;
		this.#config = readJoinConfig(join.payload);
		this.#identity = transport.identity;
		const { maxMessagesPerSecond, maxPresenceCalls, presenceWindowMs } = services.limits;
		this.#messages = rateWindow(maxMessagesPerSecond);
		this.#presenceCalls = new CallWindow(maxPresenceCalls, presenceWindowMs);
	}

	get identity(): Identity {
		return this.#identity;
	}

	get isOver(): boolean {
		return this.#ended;
	}

	get receivesBroadcasts(): boolean {
		return this.#read.broadcast;
	}

	get receivesPresence(): boolean {
		return this.#config.presenceEnabled && this.#read.presence;
	}

	deliver(frame: Frame): void {
		this.#transport.send(frame);
	}

	/** Answers `phx_join`: from the `ok` on, nothing committed to the database is missed. */
	async join({ ref, payload }: ClientMessage): Promise<void> {
		try {
			this.#checkOffered();
			this.#identity = await this.#identify(payload.access_token ?? payload.user_token);
			this.#read = await this.#readRights();
			if (!(await this.#services.stream.whenStreaming(this.#services.limits.joinWaitMs))) {
				throw new Refused('UnableToConnectToProject: Realtime was unable to connect to the project database');
			}
			const requested = readRequested(this.#config.postgresChanges);
			if (requested.length > 0) await this.#startListening(requested);
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			this.#reply(ref, 'error', { reason: error.message });
			this.#leaveRoom();
			return;
		}
		if (this.#ended) return;
		this.#room = this.#services.rooms.enter(this.#name, this.#config.private, this);
		this.#confirmLater();
		this.#reply(ref, 'ok', { postgres_changes: this.#listening?.bindings ?? [] });
		if (this.receivesPresence) this.#push('presence_state', this.#room.presenceState());
		if (this.#config.replicationReady) this.#system('ok', 'Replication connection established');
		this.#listen();
	}

	/** Handles whatever the client pushes into a joined channel. */
	async receive(message: ClientMessage): Promise<void> {
		if (this.#ended) return;
		if (message.event === 'phx_leave') return this.#leave(message.ref);
		if (!this.#messages.take()) return this.shutDown('Too many messages per second');
		if (message.event === 'access_token') return this.#renew(message.payload.access_token);
		if (message.event === 'broadcast') return this.#broadcast(message);
		if (message.event === 'presence') return this.#presence(message);
	}

	/** Tells the client why, then closes the channel for good: realtime-js reports CLOSED and does not rejoin. */
	shutDown(reason: string): void {
		if (this.#ended) return;
		this.#system('error', reason);
		this.close();
	}

	/** Closes the channel for good. */
	close(): void {
		this.#end('phx_close');
	}

	/** Breaks the channel off: realtime-js reports CHANNEL_ERROR and joins again, which makes it refetch. */
	fail(reason: string): void {
		if (this.#ended) return;
		this.#system('error', reason);
		this.#end('phx_error');
	}

	/** Changes of rows may have been missed. */
	interrupt(): void {
		this.fail('The connection to the database was lost; messages may have been missed');
	}

	/** The socket is gone. */
	abandon(): void {
		this.#leaveRoom();
	}

	#checkOffered(): void {
		if (this.#name === '') throw new Refused('TopicNameRequired: You must provide a topic name');
		if (this.#config.replay) {
			throw new Refused('UnableToReplayMessages: replay is not offered by this server; refetch after joining');
		}
	}

	#identify(token: unknown): Promise<Identity> {
		return identify(token, this.#transport.identity, this.#services.verifyToken);
	}

	async #readRights(): Promise<Rights> {
		if (!this.#config.private) return EVERYTHING;
		const wanted: Extension[] = this.#config.presenceEnabled ? ['broadcast', 'presence'] : ['broadcast'];
		const rights = await this.#services.authorizer.mayRead(this.#name, this.#identity, wanted);
		if (!rights.broadcast && !rights.presence) {
			throw new Refused(`Unauthorized: You do not have permissions to read from this Channel topic: ${this.#name}`);
		}
		return rights;
	}

	async #mayWrite(extension: Extension): Promise<boolean> {
		if (!this.#config.private) return true;
		const identity = this.#identity;
		const may = this.#write[extension] ?? (await this.#services.authorizer.mayWrite(this.#name, identity, extension));
		this.#write[extension] = may;
		return may;
	}

	/** A new token replaces the old one whole: what it may not read ends the channel. */
	async #renew(token: unknown): Promise<void> {
		if (typeof token !== 'string' || token.startsWith('sb_') || token === this.#identity.token) return;
		const before = this.#read;
		try {
			this.#identity = await this.#identify(token);
			this.#write = {};
			const now = await this.#readRights();
			if ((before.broadcast && !now.broadcast) || (before.presence && !now.presence)) {
				throw new Refused(`You no longer have permission to read from this Channel topic: ${this.#name}`);
			}
			this.#read = now;
		} catch (error) {
			if (!(error instanceof Refused)) throw error;
			return this.shutDown(error.message);
		}
		if (this.#ended) return;
		this.#confirmLater();
		this.#listen();
	}

	/** Prepares to hear of row changes; where the join asked for it, only when they are subscribed. Throws Refused. */
	async #startListening(requested: Record<string, unknown>[]): Promise<void> {
		const { maxChangeBindings } = this.#services.limits;
		if (requested.length > maxChangeBindings)
			throw new Refused(`TooManyBindings: At most ${maxChangeBindings} postgres_changes per channel`);
		this.#listening = new Listening(requested, this, this.#services.changes);
		const waitMs = this.#config.postgresChangesWaitMs;
		if (waitMs === null) return;
		const outcome = await this.#listening.subscribe(this.#identity, waitMs);
		if (outcome?.status === 'error') throw new Refused(`RealtimeDisabledForConfiguration: ${outcome.message}`);
		if (outcome?.status === 'late') throw new Refused(`PostgresChangesSubscribeTimeout: ${outcome.message}`);
	}

	/** Subscribes to row changes with the claims of the moment, and says how that went. Nothing else of the channel waits for it. */
	#listen(): void {
		if (!this.#listening) return;
		this.#listening.subscribe(this.#identity, this.#services.limits.joinWaitMs).then(
			(outcome) => {
				if (this.#ended || !outcome) return;
				if (outcome.status === 'late') this.#listen();
				else this.#system(outcome.status, outcome.message, 'postgres_changes');
			},
			(error: unknown) => {
				this.#services.log(`channel ${this.topic} could not subscribe to changes`, error);
				this.interrupt();
			}
		);
	}

	#confirmLater(): void {
		clearTimeout(this.#confirmTimer);
		const { token, expiresAt } = this.#identity;
		if (token === null) return;
		const left = expiresAt === null ? CONFIRM_MS : expiresAt * 1_000 - Date.now();
		this.#confirmTimer = setTimeout(() => void this.#confirm(token), Math.max(0, Math.min(CONFIRM_MS, left)));
	}

	async #confirm(token: string): Promise<void> {
		try {
			await this.#identify(token);
		} catch (error) {
			if (token === this.#identity.token) this.shutDown(error instanceof Refused ? error.message : 'Token check failed');
			return;
		}
		if (!this.#ended && token === this.#identity.token) this.#confirmLater();
	}

	async #broadcast({ ref, payload, broadcast }: ClientMessage): Promise<void> {
		const message: Broadcast = broadcast ?? { kind: 'plain', payload: JSON.stringify(payload) };
		if (broadcast && payload.persist) return this.#reply(ref, 'error', { error: 'persist is not offered by this server' });
		// A sender without the right learns nothing, not even with `ack`.
		if (!(await this.#mayWrite('broadcast')) || this.#ended) return;
		if (broadcastBytes(message) > this.#services.limits.maxPayloadBytes) {
			if (this.#config.ack) this.#reply(ref, 'error', 'payload_size_exceeded');
			return;
		}
		this.#room?.broadcast(message, this.#config.self ? undefined : this);
		if (this.#config.ack) this.#reply(ref, 'ok', {});
	}

	async #presence({ ref, payload }: ClientMessage): Promise<void> {
		if (payload.event === undefined) return this.#reply(ref, 'ok', {});
		if (!this.#presenceCalls.take()) return this.shutDown('Client presence rate limit exceeded');
		const event = typeof payload.event === 'string' ? payload.event.toLowerCase() : '';
		if (event === 'untrack') this.#room?.untrack(this);
		else if (event !== 'track') return this.#reply(ref, 'error', {});
		else {
			const shown = payload.payload ?? {};
			if (!isObject(shown)) return this.#reply(ref, 'error', { reason: 'Presence track payload must be a map' });
			if (Buffer.byteLength(JSON.stringify(shown)) > this.#services.limits.maxPayloadBytes) {
				return this.shutDown('Track message size exceeded');
			}
			if (!(await this.#mayWrite('presence'))) return this.#reply(ref, 'error', {});
			if (this.#ended) return;
			this.#room?.track(this, this.#config.presenceKey, shown);
		}
		this.#reply(ref, 'ok', {});
	}

	#leave(ref: string | null): void {
		this.#reply(ref, 'ok', {});
		this.close();
	}

	#end(event: 'phx_close' | 'phx_error'): void {
		if (this.#ended) return;
		this.#send(this.joinRef, event, '{}');
		this.#leaveRoom();
	}

	#leaveRoom(): void {
		this.#ended = true;
		clearTimeout(this.#confirmTimer);
		this.#listening?.end();
		if (this.#room) this.#services.rooms.leave(this.#name, this.#config.private, this);
		this.#room = null;
		this.#transport.forget(this);
	}

	#system(status: 'ok' | 'error', message: string, extension: 'system' | 'postgres_changes' = 'system'): void {
		this.#push('system', JSON.stringify({ extension, status, message, channel: this.#name }));
	}

	#reply(ref: string | null, status: 'ok' | 'error', response: Record<string, unknown> | string): void {
		this.#send(ref, 'phx_reply', JSON.stringify({ status, response }));
	}

	#push(event: string, payload: string): void {
		this.#send(null, event, payload);
	}

	#send(ref: string | null, event: string, payload: string): void {
		const frame = encodeMessage(this.vsn, { joinRef: this.joinRef, ref, topic: this.topic, event, payload });
		this.#transport.send(frame);
	}
}
