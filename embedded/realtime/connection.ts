import { type WebSocket } from 'ws';
import { Channel, type Services, type Transport } from './channel.ts';
import { type Identity } from './identity.ts';
import { type CallWindow, rateWindow } from './limits.ts';
import { type ClientMessage, decodeFrame, encodeMessage, type Frame, MalformedFrame, type Vsn } from './serializer.ts';

/** Frames are written as they are: compressing one per reader would cost more than it saves. */
const TEXT = { binary: false, compress: false };
const BINARY = { binary: true, compress: false };

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;
const MAX_TOPIC_BYTES = 255;

/** One websocket and the channels joined over it. */
export class Connection implements Transport {
	readonly vsn: Vsn;
	readonly identity: Identity;
	readonly #socket: WebSocket;
	readonly #services: Services;
	readonly #channels = new Map<string, Channel>();
	/** The work of each channel runs in the order it came, whatever waits for the database. */
	readonly #queues = new WeakMap<Channel, Promise<void>>();
	readonly #joins: CallWindow;
	#pending = 0;
	#pendingBytes = 0;
	#lastHeard = performance.now();

	constructor(socket: WebSocket, vsn: Vsn, identity: Identity, services: Services) {
		this.#socket = socket;
		this.vsn = vsn;
		this.identity = identity;
		this.#services = services;
		this.#joins = rateWindow(services.limits.maxJoinsPerSecond);
		socket.on('message', (data: Buffer, binary: boolean) => this.#receive(data, binary));
		// ws closes the socket itself after a frame it cannot read; unheard, the event would end the process.
		socket.on('error', () => {});
		socket.on('close', () => {
			for (const channel of this.#channels.values()) channel.abandon();
		});
	}

	/** Hands a frame to the socket, or drops a reader too slow to keep up. */
	send(frame: Frame): void {
		if (this.#socket.readyState !== this.#socket.OPEN) return;
		if (this.#socket.bufferedAmount > this.#services.limits.maxBufferedBytes) {
			this.#socket.terminate();
			return;
		}
		this.#socket.send(frame.data, frame.binary ? BINARY : TEXT);
	}

	forget(channel: Channel): void {
		if (this.#channels.get(channel.topic) === channel) this.#channels.delete(channel.topic);
	}

	/** Breaks every channel off; the client joins them again. */
	failChannels(reason: string): void {
		for (const channel of this.#channels.values()) channel.fail(reason);
	}

	/** Closes the socket when nothing was heard from it for too long. */
	closeIfIdle(): void {
		if (performance.now() - this.#lastHeard > this.#services.limits.idleMs) this.#socket.terminate();
	}

	/** The server stops; clients reconnect to its successor. */
	close(): void {
		this.#socket.close(GOING_AWAY);
		this.#socket.terminate();
	}

	/** A frame that cannot be read is passed over, as on the hosted service: a client of a later version may say more than we know. */
	#receive(data: Buffer, binary: boolean): void {
		this.#lastHeard = performance.now();
		try {
			this.#dispatch(decodeFrame(this.vsn, data, binary), data.length);
		} catch (error) {
			if (!(error instanceof MalformedFrame)) this.#services.log('a frame could not be handled', error);
		}
	}

	#dispatch(message: ClientMessage, bytes: number): void {
		if (message.topic === 'phoenix') {
			if (message.event === 'heartbeat') this.#reply(message, 'ok', {});
			return;
		}
		if (message.event === 'phx_join') return this.#join(message, bytes);
		const channel = this.#channels.get(message.topic);
		if (!channel) {
			if (message.event === 'phx_leave') return this.#reply(message, 'ok', {});
			return this.#reply(message, 'error', { reason: 'unmatched topic' });
		}
		// What was meant for an earlier join of the topic came too late.
		if (message.joinRef !== null && message.joinRef !== channel.joinRef) return;
		this.#enqueue(channel, bytes, () => channel.receive(message));
	}

	#join(message: ClientMessage, bytes: number): void {
		if (!message.topic.startsWith('realtime:') || Buffer.byteLength(message.topic) > MAX_TOPIC_BYTES) {
			return this.#reply(message, 'error', { reason: 'unmatched topic' });
		}
		if (!this.#joins.take()) {
			this.#reply(message, 'error', { reason: 'ClientJoinRateLimitReached: Too many joins per second' });
			return this.#socket.close(POLICY_VIOLATION, 'too many joins per second');
		}
		this.#channels.get(message.topic)?.close();
		if (this.#channels.size >= this.#services.limits.maxChannels) {
			return this.#reply(message, 'error', { reason: 'ChannelRateLimitReached: Too many channels' });
		}
		const channel = new Channel(message, this, this.#services);
		this.#channels.set(message.topic, channel);
		this.#enqueue(channel, bytes, () => channel.join(message));
	}

	/** Nothing more is read while much waits: a client that does not wait for answers must not fill the memory. */
	#enqueue(channel: Channel, bytes: number, work: () => Promise<void> | void): void {
		this.#pending += 1;
		this.#pendingBytes += bytes;
		if (this.#isBusy && !this.#socket.isPaused) this.#socket.pause();
		const before = this.#queues.get(channel) ?? Promise.resolve();
		const after = before
			.then(work)
			.catch((error: unknown) => {
				this.#services.log(`channel ${channel.topic} failed`, error);
				channel.fail('Unknown Error on Channel');
			})
			.then(() => {
				this.#pending -= 1;
				this.#pendingBytes -= bytes;
				if (this.#socket.isPaused && !this.#isBusy) this.#socket.resume();
			});
		this.#queues.set(channel, after);
	}

	get #isBusy(): boolean {
		const { maxPending, maxPendingBytes } = this.#services.limits;
		return this.#pending >= maxPending || this.#pendingBytes >= maxPendingBytes;
	}

	#reply({ joinRef, ref, topic }: ClientMessage, status: 'ok' | 'error', response: Record<string, unknown>): void {
		const payload = JSON.stringify({ status, response });
		this.send(encodeMessage(this.vsn, { joinRef, ref, topic, event: 'phx_reply', payload }));
	}
}
