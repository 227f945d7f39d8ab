import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, inject, it } from 'vitest';
import WebSocket from 'ws';
import { ask, eventually, openSocket, pushFrame, realtimeClient, subscribe, versions } from './realtime-clients.ts';

const platform = inject('platform');

const heartbeat = [null, 'beat', 'phoenix', 'heartbeat', {}];
const beaten = [null, 'beat', 'phoenix', 'phx_reply', { status: 'ok', response: {} }];
const join = (config: unknown, topic = `realtime:${randomUUID()}`) => ['1', '1', topic, 'phx_join', { config }];

describe('a frame that is not of the protocol is passed over', () => {
	const frames: [string, string | Buffer][] = [
		['no JSON', '{'],
		['nothing', ''],
		['null', 'null'],
		['too few fields', '["1", "2", "realtime:x"]'],
		['wrong types', '[1, 2, 3, 4, 5]'],
		['refs that are lists', '[[], null, "realtime:x", "phx_leave", {}]'],
		['a payload that is no object', '[null, null, "realtime:x", "broadcast", 3]'],
		['deep nesting that does not end', '['.repeat(100_000)],
		['no bytes', Buffer.alloc(0)],
		['an unknown kind', Buffer.from([9, 0, 0, 0, 0, 0, 0])],
		['half a header', Buffer.from([3, 1])],
		['lengths beyond the end', Buffer.from([3, 255, 255, 255, 255, 255, 1, 65])],
		['options that are no JSON', Buffer.from([3, 0, 0, 0, 0, 1, 1, 0x7b])],
		['random bytes', randomBytes(2_000)]
	];

	it.each(frames)('%s', async (_name, frame) => {
		const opened = await openSocket(platform);

		opened.send(frame);

		expect(await ask(opened, heartbeat)).toEqual(beaten);
	});

	it('text that is no UTF-8', async () => {
		const opened = await openSocket(platform);

		opened.send(Buffer.from('5b6e756c6c2c2231222c22ff22', 'hex'), { binary: false });

		expect(await ask(opened, heartbeat)).toEqual(beaten);
	});

	it('bytes, of a socket that speaks serializer 1.0.0', async () => {
		const opened = await openSocket(platform, '1.0.0');

		opened.send(pushFrame('realtime:x', '{}'));

		expect(await ask(opened, { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' })).toEqual({
			topic: 'phoenix',
			event: 'phx_reply',
			payload: { status: 'ok', response: {} },
			ref: '1'
		});
	});
});

describe('a join that asks for nonsense is answered', () => {
	const configs: [string, unknown][] = [
		['no config', null],
		['a config that is a list', []],
		['switches that are words and lists', { private: 'no', broadcast: { ack: 'x', self: [] }, presence: { enabled: {}, key: { a: 1 } } }],
		['parts that are numbers', { broadcast: 1, presence: 2, private: 3 }],
		['keys of every object', JSON.parse('{"__proto__": {"private": true}, "constructor": 1, "toString": {}, "hasOwnProperty": null}')],
		['row changes that are none', { postgres_changes: {} }],
		['row changes that are null', { postgres_changes: [null, null] }]
	];

	it.each(configs)('%s', async (_name, config) => {
		const opened = await openSocket(platform);

		expect(await ask(opened, join(config))).toMatchObject(['1', '1', expect.any(String), 'phx_reply', { status: 'ok' }]);
		expect(Object.prototype).not.toHaveProperty('private');
	});

	it('row changes that are words', async () => {
		const opened = await openSocket(platform);

		expect(await ask(opened, join({ postgres_changes: ['x'] }))).toMatchObject([
			'1',
			'1',
			expect.any(String),
			'phx_reply',
			{ status: 'error', response: { reason: expect.stringContaining('expected a map') } }
		]);
	});

	it('a ref as long as a letter', async () => {
		const opened = await openSocket(platform);
		const ref = 'r'.repeat(100_000);

		expect(await ask(opened, [null, ref, 'phoenix', 'heartbeat', {}])).toEqual([null, ref, ...beaten.slice(2)]);
	});
});

describe('what one socket does, the others do not feel', () => {
	const others = async () => {
		const channel = realtimeClient(platform).channel(randomUUID(), { config: { broadcast: { ack: true } } });
		await subscribe(channel);
		return async () => expect(await channel.send({ type: 'broadcast', event: 'still', payload: {} })).toBe('ok');
	};

	it('ten megabytes in a frame, which closes it', async () => {
		const unharmed = await others();
		const opened = await openSocket(platform);

		opened.send('x'.repeat(10_000_000));

		expect((await once(opened, 'close'))[0]).toBe(1009);
		await unharmed();
	});

	it('ten megabytes in pieces of a frame, which closes it', async () => {
		const unharmed = await others();
		const opened = await openSocket(platform);

		for (let piece = 0; piece < 10; piece++) opened.send('x'.repeat(1_000_000), { fin: piece === 9 });

		expect((await once(opened, 'close'))[0]).toBe(1009);
		await unharmed();
	});

	it('bytes that are no frames', async () => {
		const unharmed = await others();
		const opened = await openSocket(platform);
		const wire: unknown = Reflect.get(opened, '_socket');
		if (!(wire && typeof wire === 'object' && 'write' in wire && typeof wire.write === 'function')) throw new Error('no wire');

		wire.write(Buffer.alloc(1_000, 0xff));

		await once(opened, 'close');
		await unharmed();
	});

	it('a message so deep that it cannot be passed on', async () => {
		const unharmed = await others();
		const opened = await openSocket(platform);
		const topic = `realtime:${randomUUID()}`;
		await ask(opened, join({}, topic));

		opened.send(`["1","2","${topic}","broadcast",{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}]`);

		await unharmed();
		opened.send(JSON.stringify(heartbeat));
		const heard: unknown[] = [];
		opened.on('message', (data) => heard.push(JSON.parse(String(data))));
		await eventually(() => heard).toContainEqual(beaten);
	});
});

describe('the handshake', () => {
	const status = async (query: string) => {
		const refused = new WebSocket(`${platform.apiUrl.replace('http', 'ws')}/realtime/v1/websocket${query}`);
		const [, response] = await once(refused, 'unexpected-response');
		return response.statusCode;
	};

	it('needs an API key that is one of the project', async () => {
		expect(await status('')).toBe(401);
		expect(await status('?apikey=sb_publishable_other')).toBe(401);
	});
});

describe('the protocol', () => {
	it.each(versions)('answers heartbeats, and pushes to topics nobody joined (serializer %s)', async (version) => {
		const opened = await openSocket(platform, version);
		const frame = (ref: string, topic: string, event: string) =>
			version === '2.0.0' ? ['1', ref, topic, event, {}] : { join_ref: '1', ref, topic, event, payload: {} };

		expect(JSON.stringify(await ask(opened, frame('7', 'phoenix', 'heartbeat')))).toContain('"status":"ok"');
		expect(JSON.stringify(await ask(opened, frame('8', 'realtime:nowhere', 'broadcast')))).toContain('"status":"error"');
	});

	it('lets a second join of a topic take the place of the first', async () => {
		const opened = await openSocket(platform);
		const topic = `realtime:${randomUUID()}`;
		const frames: unknown[] = [];
		opened.on('message', (data) => frames.push(JSON.parse(String(data))));
		const joined = (ref: string) => [ref, ref, topic, 'phx_reply', { status: 'ok', response: { postgres_changes: [] } }];

		for (const ref of ['1', '2']) opened.send(JSON.stringify([ref, ref, topic, 'phx_join', { config: {} }]));
		opened.send(JSON.stringify(['1', '3', topic, 'phx_leave', {}]));
		opened.send(JSON.stringify(['2', '4', topic, 'phx_leave', {}]));

		// The first may have been answered before it was replaced.
		const later = () => frames.filter((frame) => JSON.stringify(frame) !== JSON.stringify(joined('1')));
		await eventually(later).toEqual([
			['1', '1', topic, 'phx_close', {}],
			joined('2'),
			['2', '4', topic, 'phx_reply', { status: 'ok', response: {} }],
			['2', '2', topic, 'phx_close', {}]
		]);
	});
});
