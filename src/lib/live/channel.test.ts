import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { Channel, realtimeAddress } from './channel';
import { TestTab } from './test-tab';

type Frame = [joinRef: string | null, ref: string | null, topic: string, event: string, payload: { access_token?: string }];

/** A service that speaks just enough of the protocol (serializer 2.0.0) to be joined, to speak and to fail. */
class Service {
	#server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
	sockets: WebSocket[] = [];
	tokens: (string | undefined)[] = [];
	/** Why joins are refused. */
	refuse: string | null = null;

	async start(): Promise<string> {
		this.#server.on('connection', (socket) => {
			this.sockets.push(socket);
			socket.on('message', (data) => this.#answer(socket, JSON.parse(String(data))));
		});
		await once(this.#server, 'listening');
		const address = this.#server.address();
		return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
	}

	#answer(socket: WebSocket, [joinRef, ref, topic, event, payload]: Frame): void {
		if (event === 'phx_join') this.tokens.push(payload.access_token);
		const status = event === 'phx_join' && this.refuse !== null ? 'error' : 'ok';
		const response = status === 'ok' ? {} : { reason: this.refuse };
		socket.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }]));
	}

	say(topic: string, payload: object): void {
		const message = JSON.stringify([null, null, `realtime:${topic}`, 'broadcast', { type: 'broadcast', event: 'change', payload }]);
		for (const socket of this.sockets) socket.send(message);
	}

	stop(): void {
		for (const socket of this.#server.clients) socket.terminate();
		this.#server.close();
	}
}

const open: { stop(): void }[] = [];
afterEach(() => {
	for (const each of open.splice(0)) each.stop();
});

async function joinable() {
	const service = new Service();
	const tab = new TestTab();
	const heard: unknown[] = [];
	const joins: boolean[] = [];
	const barred: boolean[] = [];
	let minted = 0;
	const channel = new Channel({
		url: await service.start(),
		key: 'publishable',
		topic: 'org:1',
		tab: 'tab-1',
		token: () => Promise.resolve(`token-${++minted}`),
		surroundings: tab,
		onMessage: (payload) => heard.push(payload),
		onPresence: () => {},
		onBarred: () => barred.push(true),
		onJoined: (track) => joins.push(track !== null)
	});
	open.push(channel, service);
	return { service, tab, channel, heard, joins, barred };
}

describe('the channel', () => {
	it('joins with a token and passes changes on', async () => {
		const { service, channel, heard, joins } = await joinable();
		channel.start();
		await vi.waitUntil(() => joins.length === 1);
		expect(service.tokens[0]).toMatch(/^token-/);
		service.say('org:1', { table: 'things', op: 'insert', rows: [] });
		await vi.waitUntil(() => heard.length === 1);
		expect(heard).toEqual([{ table: 'things', op: 'insert', rows: [] }]);
	});

	it('comes back by itself, with a new token, when the socket is cut', async () => {
		const { service, channel, joins } = await joinable();
		channel.start();
		await vi.waitUntil(() => joins.length === 1);
		service.sockets[0]?.terminate();
		await vi.waitUntil(() => joins.length === 3, { timeout: 5_000 });
		expect(joins).toEqual([true, false, true]);
		expect(service.tokens.at(-1)).not.toBe(service.tokens[0]);
	});

	it.each([
		['Unauthorized: You do not have permissions to read from this Channel topic', 1],
		['InvalidJWTToken: Token has expired', 0]
	])('tries again after a refusal, and says when it is the user who may not join: %s', async (reason, times) => {
		const { service, channel, joins, barred } = await joinable();
		service.refuse = reason;
		channel.start();
		await vi.waitUntil(() => service.tokens.length >= 2, { timeout: 5_000 });
		expect(joins).toEqual([]);
		expect(barred.slice(0, 1)).toHaveLength(times);
		service.refuse = null;
		await vi.waitUntil(() => joins.includes(true), { timeout: 5_000 });
	});

	it('lets the socket go when the network does, and joins anew when it is back', async () => {
		const { tab, channel, joins } = await joinable();
		channel.start();
		await vi.waitUntil(() => joins.length === 1);
		tab.set({ networked: false });
		expect(joins).toEqual([true, false]);
		tab.set({ networked: true });
		await vi.waitUntil(() => joins.length === 3);
	});

	it('does not even try without a network, and joins at once when there is one', async () => {
		const { service, tab, channel, joins } = await joinable();
		tab.set({ networked: false });
		channel.start();
		expect(service.sockets).toHaveLength(0);
		tab.set({ networked: true });
		await vi.waitUntil(() => joins.length === 1);
	});
});

describe('the address of the service', () => {
	it.each([
		['http://127.0.0.1:54321', 'ws://127.0.0.1:54321/realtime/v1'],
		['https://x.supabase.co/', 'wss://x.supabase.co/realtime/v1'],
		['wss://x.supabase.co/realtime/v1', 'wss://x.supabase.co/realtime/v1']
	])('%s → %s', (given, address) => expect(realtimeAddress(given)).toBe(address));
});
