import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { broadcastsOf, eventually, realtimeClient, subscribe, systemMessagesOf } from './realtime-clients.ts';
import { startLoneRealtime, type LoneRealtime } from './realtime-server.ts';

const maxBufferedBytes = 150_000;
const maxFrameBytes = 300_000;

let server: LoneRealtime;
beforeAll(async () => {
	server = await startLoneRealtime({ maxBufferedBytes, maxFrameBytes, maxPayloadBytes: 100_000, maxChannels: 3, maxConnections: 20 });
});
afterAll(() => server.stop());

const url = (query: string) => `${server.apiUrl.replace('http', 'ws')}/realtime/v1/websocket${query}`;

async function socket(version = '2.0.0'): Promise<WebSocket> {
	const opened = new WebSocket(url(`?apikey=${server.publishableKey}&vsn=${version}`));
	onTestFinished(() => opened.terminate());
	await once(opened, 'open');
	return opened;
}

/** Sends a frame and gives the JSON of the next one that comes. */
async function ask(opened: WebSocket, frame: unknown): Promise<unknown> {
	opened.send(JSON.stringify(frame));
	const [data] = await once(opened, 'message');
	return JSON.parse(String(data));
}

const push = (topic: string, body: string) =>
	Buffer.concat([Buffer.from([3, 0, 0, topic.length, 1, 0, 1]), Buffer.from(topic), Buffer.from('e'), Buffer.from(body)]);

describe('a socket that does not speak the protocol is closed, and nobody else notices', () => {
	const broken: [string, string | Buffer][] = [
		['no JSON', '{'],
		['nothing', ''],
		['null', 'null'],
		['too few fields', '["1", "2", "realtime:x"]'],
		['wrong types', '[1, 2, 3, 4, 5]'],
		['refs that are lists', '[[], null, "realtime:x", "phx_join", {}]'],
		['a payload that is no object', '[null, null, "realtime:x", "phx_join", 3]'],
		['deep nesting', '['.repeat(200_000)],
		['no bytes', Buffer.alloc(0)],
		['an unknown kind', Buffer.from([9, 0, 0, 0, 0, 0, 0])],
		['lengths beyond the end', Buffer.from([3, 255, 255, 255, 255, 255, 1, 65])],
		['a broadcast that is no JSON', push('realtime:x', '{')]
	];

	it.each(broken)('%s', async (_name, frame) => {
		const channel = realtimeClient(server).channel(randomUUID(), { config: { broadcast: { ack: true } } });
		await subscribe(channel);
		const opened = await socket();

		opened.send(frame);

		const [code] = await once(opened, 'close');
		expect(code).toBe(1002);
		expect(await channel.send({ type: 'broadcast', event: 'still', payload: {} })).toBe('ok');
	});

	it('binary in serializer 1.0.0', async () => {
		const opened = await socket('1.0.0');
		opened.send(push('realtime:x', '{}'));
		expect((await once(opened, 'close'))[0]).toBe(1002);
	});

	it('a frame beyond the limit', async () => {
		const opened = await socket();
		opened.send('x'.repeat(maxFrameBytes + 1));
		expect((await once(opened, 'close'))[0]).toBe(1009);
	});
});

describe('the handshake', () => {
	const status = async (query: string) => {
		const refused = new WebSocket(url(query));
		const [, response] = await once(refused, 'unexpected-response');
		return response.statusCode;
	};

	it('needs an API key that is one of the project', async () => {
		expect(await status('')).toBe(401);
		expect(await status('?apikey=sb_publishable_other')).toBe(401);
	});

	it('needs a known serializer', async () => {
		expect(await status(`?apikey=${server.publishableKey}&vsn=3.0.0`)).toBe(400);
	});
});

describe('the protocol', () => {
	it('answers heartbeats, and pushes to topics nobody joined', async () => {
		const opened = await socket();
		expect(await ask(opened, [null, '7', 'phoenix', 'heartbeat', {}])).toEqual([
			null,
			'7',
			'phoenix',
			'phx_reply',
			{ status: 'ok', response: {} }
		]);
		expect(await ask(opened, ['1', '8', 'realtime:nowhere', 'broadcast', {}])).toMatchObject([
			'1',
			'8',
			'realtime:nowhere',
			'phx_reply',
			{ status: 'error' }
		]);
		expect(await ask(await socket('1.0.0'), { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' })).toEqual({
			topic: 'phoenix',
			event: 'phx_reply',
			payload: { status: 'ok', response: {} },
			ref: '1'
		});
	});

	it('lets a second join of a topic take the place of the first', async () => {
		const opened = await socket();
		const frames: unknown[] = [];
		opened.on('message', (data) => frames.push(JSON.parse(String(data))));

		for (const ref of ['1', '2']) opened.send(JSON.stringify([ref, ref, 'realtime:twice', 'phx_join', {}]));
		opened.send(JSON.stringify(['1', '3', 'realtime:twice', 'phx_leave', {}]));
		opened.send(JSON.stringify(['2', '4', 'realtime:twice', 'phx_leave', {}]));

		await eventually(() => frames.length).toBe(4);
		expect(frames).toEqual([
			['1', '1', 'realtime:twice', 'phx_close', {}],
			['2', '2', 'realtime:twice', 'phx_reply', { status: 'ok', response: { postgres_changes: [] } }],
			['2', '4', 'realtime:twice', 'phx_reply', { status: 'ok', response: {} }],
			['2', '2', 'realtime:twice', 'phx_close', {}]
		]);
	});
});

describe('limits', () => {
	it('refuses more channels on a socket than it may have', async () => {
		const client = realtimeClient(server);
		const told: string[][] = [];
		for (const name of ['a', 'b', 'c', 'd']) told.push(await subscribe(client.channel(name)));
		expect(told).toEqual([['SUBSCRIBED'], ['SUBSCRIBED'], ['SUBSCRIBED'], [expect.stringContaining('Too many channels')]]);
	});

	it('does not pass on a payload beyond the limit', async () => {
		const channel = realtimeClient(server).channel(randomUUID(), { config: { broadcast: { ack: true, self: true } } });
		const heard = broadcastsOf(channel);
		await subscribe(channel);

		expect(await channel.send({ type: 'broadcast', event: 'big', payload: { text: 'x'.repeat(150_000) } })).toBe('error');
		expect(await channel.send({ type: 'broadcast', event: 'small', payload: {} })).toBe('ok');

		await eventually(() => heard).toEqual([['small', {}]]);
	});

	it('ends a channel that shows itself more often than five times in half a minute', async () => {
		const channel = realtimeClient(server).channel(randomUUID());
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);

		for (const n of [1, 2, 3, 4, 5]) expect(await channel.track({ n })).toBe('ok');
		void channel.track({ n: 6 });

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual(['Client presence rate limit exceeded']);
	});

	it('drops a reader that does not read, and keeps serving the others', async () => {
		const name = randomUUID();
		const channel = realtimeClient(server).channel(name);
		const heard = broadcastsOf(channel);
		await subscribe(channel);
		const stuck = await socket();
		await ask(stuck, ['1', '1', `realtime:${name}`, 'phx_join', {}]);
		stuck.pause();
		const gone = once(stuck, 'close');

		// The operating system holds some megabytes on both ends before the server sees that nobody reads.
		await server.sql`
			select realtime.send(jsonb_build_object('text', repeat('x', 10000)), 'flood', ${name}, false) from generate_series(1, 2000)`;

		await eventually(() => heard.length).toBe(2_000);
		stuck.resume();
		expect((await gone)[0]).toBe(1006);
	});
});
