import { createClient, type RealtimeChannel } from '@supabase/supabase-js';
import { randomUUID } from 'node:crypto';
import { expect, inject, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { embeddedTest } from './local.ts';
import { ask, eventually, openSocket, realtimeClient, subscribe, versions, type Door, type Version } from './realtime-clients.ts';
import { startLoneRealtime } from './realtime-server.ts';

const platform = inject('platform');

/** How many entries each key has, as a channel sees it. */
const present = (channel: RealtimeChannel) =>
	Object.fromEntries(Object.entries(channel.presenceState()).map(([key, entries]) => [key, entries.length]));

/** Somebody who watches a topic, and what happened there: `join key`, `leave key`. */
async function watch(door: Door, topic: string, version: Version = '2.0.0') {
	const channel = realtimeClient(door, version).channel(topic);
	const log: string[] = [];
	channel.on('presence', { event: 'join' }, ({ key }) => void log.push(`join ${key}`));
	channel.on('presence', { event: 'leave' }, ({ key }) => void log.push(`leave ${key}`));
	expect(await subscribe(channel)).toEqual(['SUBSCRIBED']);
	return { channel, log };
}

/** A client that shows itself whenever it has joined, and whose sockets can be broken as a lost network breaks them. */
async function traveller(door: Door, topic: string, key: string, version: Version = '2.0.0') {
	const sockets: WebSocket[] = [];
	class Breakable extends WebSocket {
		constructor(address: string | URL, protocols?: string | string[]) {
			super(address, protocols);
			sockets.push(this);
		}
	}
	// The events of ws are typed apart from those of the browser, which they are like.
	const name: string = 'Breakable';
	const transport = Reflect.get({ Breakable }, name);
	const client = createClient(door.apiUrl, door.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false },
		realtime: { vsn: version, transport, reconnectAfterMs: () => 50 }
	});
	onTestFinished(() => void client.realtime.disconnect());
	const channel = client.channel(topic, { config: { presence: { key } } });
	const told: string[] = [];
	channel.subscribe((status) => {
		told.push(status);
		if (status === 'SUBSCRIBED') void channel.track({ key });
	});
	await eventually(() => told).toContain('SUBSCRIBED');
	return { told, breakOff: () => sockets.at(-1)?.terminate() };
}

it.each(versions)('whoever loses the socket leaves once, and comes back once (serializer %s)', async (version) => {
	const topic = randomUUID();
	const { channel, log } = await watch(platform, topic, version);
	const { told, breakOff } = await traveller(platform, topic, 'ada', version);
	await eventually(() => present(channel)).toEqual({ ada: 1 });

	breakOff();

	await eventually(() => told.filter((status) => status === 'SUBSCRIBED').length).toBe(2);
	await eventually(() => log).toEqual(['join ada', 'leave ada', 'join ada']);
	expect(present(channel)).toEqual({ ada: 1 });
});

it('two tabs of one key are two entries, and one that closes leaves the other', async () => {
	const topic = randomUUID();
	const { channel } = await watch(platform, topic);
	const first = await traveller(platform, topic, 'ada');
	await traveller(platform, topic, 'ada');
	await eventually(() => present(channel)).toEqual({ ada: 2 });
	const late = await watch(platform, topic);
	await eventually(() => present(late.channel)).toEqual({ ada: 2 });

	first.breakOff();

	// It comes back by itself: two again, and never a ghost of the first.
	await eventually(() => first.told.filter((status) => status === 'SUBSCRIBED').length).toBe(2);
	await eventually(() => [present(channel), present(late.channel)]).toEqual([{ ada: 2 }, { ada: 2 }]);
});

it('many who lose their sockets at once are all there again, once each', async () => {
	const topic = randomUUID();
	const { channel, log } = await watch(platform, topic);
	const keys = Array.from({ length: 30 }, (_, index) => `person-${index}`);
	const people = await Promise.all(keys.map((key) => traveller(platform, topic, key)));
	const everybody = Object.fromEntries(keys.map((key) => [key, 1]));
	await eventually(() => present(channel)).toEqual(everybody);

	for (const person of people) person.breakOff();

	await eventually(() => log.filter((line) => line.startsWith('leave')).length).toBe(keys.length);
	await eventually(() => present(channel)).toEqual(everybody);
	expect(log).toHaveLength(3 * keys.length);
	const { channel: late } = await watch(platform, topic);
	await eventually(() => present(late)).toEqual(everybody);
});

embeddedTest('a bare socket that comes back under its key before the old one is missed is shown once in the end', async () => {
	const server = await startLoneRealtime({ idleMs: 1_500, idleCheckMs: 100 });
	const name = randomUUID();
	const { channel } = await watch(server, name);
	const show = async () => {
		const opened = await openSocket(server);
		await ask(opened, ['1', '1', `realtime:${name}`, 'phx_join', { config: { presence: { key: 'ada' } } }]);
		await ask(opened, ['1', '2', `realtime:${name}`, 'presence', { event: 'track', payload: {} }]);
		return opened;
	};
	const alive = setInterval(() => void channel.send({ type: 'broadcast', event: 'alive', payload: {} }), 300);
	onTestFinished(() => clearInterval(alive));

	// Says nothing more and does not close, as where a cable is pulled.
	await show();
	await eventually(() => present(channel)).toEqual({ ada: 1 });
	const back = await show();
	const beats = setInterval(() => back.send(JSON.stringify([null, '3', 'phoenix', 'heartbeat', {}])), 300);
	onTestFinished(() => clearInterval(beats));

	await eventually(() => present(channel)).toEqual({ ada: 2 });
	await eventually(() => present(channel)).toEqual({ ada: 1 });
	back.terminate();
	await eventually(() => present(channel)).toEqual({});
	await server.stop();
});

embeddedTest('a lost connection to the database shows nobody twice', async () => {
	const server = await startLoneRealtime();
	const topic = randomUUID();
	const { told } = await traveller(server, topic, 'ada');
	const other = await traveller(server, topic, 'ben');
	const { channel } = await watch(server, topic);
	await eventually(() => present(channel)).toEqual({ ada: 1, ben: 1 });

	await server.sql`select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'walsender'`;

	await eventually(() => told.concat(other.told).filter((status) => status === 'SUBSCRIBED').length).toBe(4);
	await eventually(() => present(channel)).toEqual({ ada: 1, ben: 1 });
	const late = await watch(server, topic);
	await eventually(() => present(late.channel)).toEqual({ ada: 1, ben: 1 });
	await server.stop();
});
