import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { broadcastsOf, eventually, realtimeClient, subscribe, versions } from './realtime-clients.ts';

const platform = inject('platform');

describe.each(versions)('public channels with serializer %s', (version) => {
	const other = versions.find((each) => each !== version);

	it('carries a broadcast to the others, whichever serializer they speak, and acknowledges it', async () => {
		const name = randomUUID();
		const sender = realtimeClient(platform, version).channel(name, { config: { broadcast: { ack: true } } });
		const receivers = [version, other].map((theirs) => realtimeClient(platform, theirs).channel(name));
		const heard = receivers.map(broadcastsOf);
		const echo = broadcastsOf(sender);
		for (const channel of [sender, ...receivers]) expect(await subscribe(channel)).toEqual(['SUBSCRIBED']);

		expect(await sender.send({ type: 'broadcast', event: 'grüße', payload: { text: 'zażółć 🦊', list: [1, null] } })).toBe('ok');

		const sent = [['grüße', { text: 'zażółć 🦊', list: [1, null] }]];
		await eventually(() => heard).toEqual([sent, sent]);
		expect(echo).toEqual([]);
	});

	it('echoes to a sender that asks for it', async () => {
		const channel = realtimeClient(platform, version).channel(randomUUID(), { config: { broadcast: { self: true } } });
		const heard = broadcastsOf(channel);
		await subscribe(channel);

		await channel.send({ type: 'broadcast', event: 'note', payload: { n: 1 } });

		await eventually(() => heard).toEqual([['note', { n: 1 }]]);
	});

	it('keeps a private channel of the same name apart', async () => {
		const name = randomUUID();
		const open = realtimeClient(platform, version).channel(name);
		const heard = broadcastsOf(open);
		expect(await subscribe(open)).toEqual(['SUBSCRIBED']);
		const service = realtimeClient({ ...platform, publishableKey: platform.secretKey }, version);
		const room = service.channel(name, { config: { private: true, broadcast: { self: true } } });
		const heardPrivately = broadcastsOf(room);
		expect(await subscribe(room)).toEqual(['SUBSCRIBED']);

		await room.send({ type: 'broadcast', event: 'secret', payload: {} });

		await eventually(() => heardPrivately).toEqual([['secret', {}]]);
		// What follows would have been overtaken by a secret that leaked.
		await open.httpSend('public', {});
		await eventually(() => heard).toEqual([['public', {}]]);
		expect(heardPrivately).toEqual([['secret', {}]]);
	});

	it('shows who joins, changes and leaves', async () => {
		const name = randomUUID();
		const ada = realtimeClient(platform, version).channel(name, { config: { presence: { key: 'ada' } } });
		const ben = realtimeClient(platform, version).channel(name, { config: { presence: { key: 'ben' } } });
		const log: string[] = [];
		ada.on('presence', { event: 'join' }, ({ key }) => void log.push(`join ${key}`));
		ada.on('presence', { event: 'leave' }, ({ key }) => void log.push(`leave ${key}`));
		ben.on('presence', { event: 'sync' }, () => {});
		const pages = (channel: typeof ada) =>
			Object.entries(channel.presenceState<{ page: string }>()).map(([key, entries]) => [key, entries.map((entry) => entry.page)]);
		await subscribe(ada);
		expect(await ada.track({ page: 'board' })).toBe('ok');
		await subscribe(ben);
		await eventually(() => pages(ben)).toEqual([['ada', ['board']]]);

		expect(await ben.track({ page: 'deal' })).toBe('ok');
		await eventually(() => pages(ada)).toEqual(expect.arrayContaining([['ben', ['deal']]]));
		await ben.track({ page: 'companies' });
		await eventually(() => pages(ada)).toEqual(expect.arrayContaining([['ben', ['companies']]]));
		expect(await ben.untrack()).toBe('ok');

		await eventually(() => pages(ada)).toEqual([['ada', ['board']]]);
		expect(log).toEqual(['join ada', 'join ben', 'join ben', 'leave ben', 'leave ben']);
	});

	it('forgets whoever loses the connection, and shows them again when they are back', async () => {
		const name = randomUUID();
		const watcher = realtimeClient(platform, version).channel(name);
		watcher.on('presence', { event: 'sync' }, () => {});
		const traveller = realtimeClient(platform, version);
		const travelling = traveller.channel(name, { config: { presence: { key: 'traveller' } } });
		await subscribe(watcher);
		travelling.subscribe((status) => {
			if (status === 'SUBSCRIBED') void travelling.track({});
		});
		await eventually(() => Object.keys(watcher.presenceState())).toEqual(['traveller']);

		await traveller.realtime.disconnect();
		await eventually(() => Object.keys(watcher.presenceState())).toEqual([]);
		traveller.realtime.connect();

		await eventually(() => Object.keys(watcher.presenceState())).toEqual(['traveller']);
	});

	it('takes broadcasts over HTTP, one or a batch', async () => {
		const name = randomUUID();
		const client = realtimeClient(platform, version);
		const channel = client.channel(name);
		const heard = broadcastsOf(channel);
		await subscribe(channel);

		expect(await channel.httpSend('one', { n: 1 })).toEqual({ success: true });
		const batch = ['two', 'three'].map((event) => ({ topic: name, event, payload: { event } }));
		const answer = await fetch(`${platform.apiUrl}/realtime/v1/api/broadcast`, {
			method: 'POST',
			headers: { apikey: platform.publishableKey, 'content-type': 'application/json' },
			body: JSON.stringify({ messages: batch })
		});

		expect(answer.status).toBe(202);
		await eventually(() => heard).toEqual([
			['one', { n: 1 }],
			['two', { event: 'two' }],
			['three', { event: 'three' }]
		]);
	});
});

it('carries bytes between clients of serializer 2.0.0', async () => {
	const name = randomUUID();
	const sender = realtimeClient(platform).channel(name);
	const receiver = realtimeClient(platform).channel(name);
	const heard: unknown[] = [];
	receiver.on('broadcast', { event: 'bytes' }, ({ payload }) => void heard.push(payload));
	await subscribe(sender);
	await subscribe(receiver);

	await sender.send({ type: 'broadcast', event: 'bytes', payload: new Uint8Array([0, 255, 1]).buffer });

	await eventually(() => heard.length).toBe(1);
	expect(new Uint8Array(heard[0] instanceof ArrayBuffer ? heard[0] : [])).toEqual(new Uint8Array([0, 255, 1]));
});
