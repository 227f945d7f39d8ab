import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import WebSocket from 'ws';
import { embeddedTest } from './local.ts';
import { ask, broadcastsOf, eventually, openSocket, pushFrame, realtimeClient, subscribe, systemMessagesOf } from './realtime-clients.ts';
import { startLoneRealtime, type LoneRealtime } from './realtime-server.ts';

const platform = inject('platform');

/** More than any plan lets through, less than the largest frame. */
const tooLarge = 'x'.repeat(4_000_000);

const join = (topic: string, ref = '1', config: unknown = {}) => [ref, ref, topic, 'phx_join', { config }];

describe('a channel', () => {
	it('that shows itself more often than five times in half a minute is closed', async () => {
		const channel = realtimeClient(platform).channel(randomUUID());
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);

		for (const n of [1, 2, 3, 4, 5]) expect(await channel.track({ n })).toBe('ok');
		void channel.track({ n: 6 });

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual(['Client presence rate limit exceeded']);
	});

	it('that shows too much of itself is closed', async () => {
		const channel = realtimeClient(platform).channel(randomUUID());
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);

		void channel.track({ text: tooLarge });

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual(['Track message size exceeded']);
	});

	it('passes on no broadcast beyond the limit, and tells those who asked to know', async () => {
		const channel = realtimeClient(platform).channel(randomUUID(), { config: { broadcast: { ack: true, self: true } } });
		const heard = broadcastsOf(channel);
		await subscribe(channel);

		expect(await channel.send({ type: 'broadcast', event: 'big', payload: { text: tooLarge } })).toBe('error');
		expect(await channel.send({ type: 'broadcast', event: 'small', payload: {} })).toBe('ok');

		await eventually(() => heard).toEqual([['small', {}]]);
		const opened = await openSocket(platform);
		const topic = `realtime:${randomUUID()}`;
		await ask(opened, join(topic, '1', { broadcast: { ack: true } }));
		const reply = once(opened, 'message');
		opened.send(pushFrame(topic, JSON.stringify({ text: tooLarge })));
		expect(JSON.parse(String((await reply)[0]))).toEqual([
			'1',
			null,
			topic,
			'phx_reply',
			{ status: 'error', response: 'payload_size_exceeded' }
		]);
	});

	it('is told what it may not show', async () => {
		const opened = await openSocket(platform);
		const topic = `realtime:${randomUUID()}`;
		await ask(opened, join(topic));
		const show = (payload: unknown) => ask(opened, ['1', '2', topic, 'presence', payload]);
		const reply = (status: string, response: unknown) => ['1', '2', topic, 'phx_reply', { status, response }];

		expect(await show({ type: 'presence', event: 'track', payload: [1] })).toEqual(
			reply('error', { reason: 'Presence track payload must be a map' })
		);
		expect(await show({ type: 'presence', event: 'dance' })).toEqual(reply('error', {}));
		expect(await show({})).toEqual(reply('ok', {}));
	});
});

describe('over HTTP', () => {
	it('no broadcast beyond the limit is taken', async () => {
		const answer = await fetch(`${platform.apiUrl}/realtime/v1/api/broadcast`, {
			method: 'POST',
			headers: { apikey: platform.publishableKey, 'content-type': 'application/json' },
			body: JSON.stringify({ messages: [{ topic: 'x', event: 'big', payload: { text: tooLarge } }] })
		});

		expect(answer.status).toBe(422);
		expect(await answer.text()).toContain('Payload size exceeds tenant limit');
	});
});

describe('a socket', () => {
	it('may have a hundred channels', async () => {
		const opened = await openSocket(platform);
		for (let n = 1; n <= 100; n++) {
			expect(await ask(opened, join(`realtime:limit-${n}`, String(n)))).toMatchObject({ 4: { status: 'ok' } });
		}

		expect(await ask(opened, join('realtime:limit-101', '101'))).toMatchObject({
			4: { status: 'error', response: { reason: 'ChannelRateLimitReached: Too many channels' } }
		});
		const frames: string[] = [];
		opened.on('message', (data) => frames.push(String(data)));
		opened.send(JSON.stringify(['1', '102', 'realtime:limit-1', 'phx_leave', {}]));
		await eventually(() => frames).toContainEqual(expect.stringContaining('phx_close'));
		expect(await ask(opened, join('realtime:limit-101', '103'))).toMatchObject({ 4: { status: 'ok' } });
	});
});

describe('with limits of its own, a server', () => {
	let server: LoneRealtime;
	beforeAll(async () => {
		server = await startLoneRealtime({
			maxConnections: 4,
			maxJoinsPerSecond: 2,
			maxMessagesPerSecond: 2
		});
	});
	afterAll(() => server.stop());

	embeddedTest('closes a channel that pushes too many messages a second', async () => {
		const channel = realtimeClient(server).channel(randomUUID(), { config: { broadcast: { self: true } } });
		const heard = broadcastsOf(channel);
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);

		for (let n = 1; n <= 11; n++) void channel.send({ type: 'broadcast', event: 'many', payload: {} });

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(heard).toHaveLength(10);
		expect(system).toEqual(['Too many messages per second']);
	});

	embeddedTest('closes a socket that joins too often in a second', async () => {
		const opened = await openSocket(server);
		const closed = once(opened, 'close');
		for (let n = 1; n <= 10; n++) await ask(opened, join(`realtime:${n}`, String(n)));

		expect(await ask(opened, join('realtime:11', '11'))).toMatchObject({
			4: { status: 'error', response: { reason: 'ClientJoinRateLimitReached: Too many joins per second' } }
		});
		expect((await closed)[0]).toBe(1008);
	});

	embeddedTest('turns away whoever comes when it is full, with the reason', async () => {
		const open = await Promise.all([1, 2, 3, 4].map(() => openSocket(server)));
		const refused = new WebSocket(`${server.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${server.publishableKey}`);
		const [, response] = await once(refused, 'unexpected-response');

		expect(response.statusCode).toBe(429);
		const chunks: Buffer[] = [];
		for await (const chunk of response) chunks.push(chunk);
		expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ error: 'Too many connected users' });

		// Whoever leaves makes room.
		const left = open.map((each) => once(each, 'close'));
		for (const each of open) each.close();
		await Promise.all(left);
		await openSocket(server);
	});

	embeddedTest('needs to know the serializer', async () => {
		const refused = new WebSocket(`${server.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${server.publishableKey}&vsn=3.0.0`);

		expect((await once(refused, 'unexpected-response'))[1].statusCode).toBe(400);
	});
});

embeddedTest('a reader that does not read is dropped, and the others are served', async () => {
	const server = await startLoneRealtime({ maxBufferedBytes: 150_000 });
	const name = randomUUID();
	const channel = realtimeClient(server).channel(name);
	const heard = broadcastsOf(channel);
	await subscribe(channel);
	const stuck = await openSocket(server);
	await ask(stuck, join(`realtime:${name}`));
	stuck.pause();
	const gone = once(stuck, 'close');

	// The operating system holds some megabytes on both ends before the server sees that nobody reads.
	await server.sql`
		select realtime.send(jsonb_build_object('text', repeat('x', 10000)), 'flood', ${name}, false) from generate_series(1, 2000)`;

	await eventually(() => heard.length).toBe(2_000);
	stuck.resume();
	expect((await gone)[0]).toBe(1006);
	await server.stop();
});

embeddedTest('a socket that was not heard from for long is closed', async () => {
	const server = await startLoneRealtime({ idleMs: 200, idleCheckMs: 50 });
	const opened = await openSocket(server);

	expect((await once(opened, 'close'))[0]).toBe(1006);
	await server.stop();
});
