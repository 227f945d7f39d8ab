import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { embeddedTest as it } from './local.ts';
import { broadcastsOf, eventually, realtimeClient, subscribe, systemMessagesOf } from './realtime-clients.ts';
import { startLoneRealtime, type LoneRealtime } from './realtime-server.ts';

let server: LoneRealtime;
beforeAll(async () => {
	server = await startLoneRealtime();
});
afterAll(() => server.stop());

const isPrivate = { config: { private: true } };

async function joinWith(token: string, topic: string) {
	const client = realtimeClient(server);
	await client.realtime.setAuth(token);
	const channel = client.channel(topic, isPrivate);
	const system = systemMessagesOf(channel);
	const heard = broadcastsOf(channel);
	return { client, channel, system, heard, told: await subscribe(channel) };
}

describe('a token', () => {
	it('opens the topics its policies name', async () => {
		const { told } = await joinWith(await server.sign({ topics: ['deals'] }), 'deals');
		expect(told).toEqual(['SUBSCRIBED']);
	});

	it('signed by somebody else is refused', async () => {
		const { privateKey } = await generateKeyPair('ES256');
		const forged = new SignJWT({ role: 'service_role', topics: ['deals'] }).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h');
		const { told } = await joinWith(await forged.sign(privateKey), 'deals');
		expect(told).toEqual([expect.stringContaining('CHANNEL_ERROR InvalidJWTToken')]);
	});

	it('without a signature is refused', async () => {
		const unsigned = new UnsecuredJWT({ role: 'service_role', topics: ['deals'] }).setExpirationTime('1h').encode();
		const { told } = await joinWith(unsigned, 'deals');
		expect(told).toEqual([expect.stringContaining('CHANNEL_ERROR InvalidJWTToken')]);
	});

	it('signed with a shared secret is refused', async () => {
		const secret = new TextEncoder().encode('super-secret-jwt-token-with-at-least-32-characters-long');
		const shared = new SignJWT({ role: 'service_role' }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h');
		const { told } = await joinWith(await shared.sign(secret), 'deals');
		expect(told).toEqual([expect.stringContaining('CHANNEL_ERROR InvalidJWTToken')]);
	});

	it('whose time is over is refused', async () => {
		const { told } = await joinWith(await server.sign({ topics: ['deals'] }, -5), 'deals');
		expect(told).toEqual([expect.stringContaining('InvalidJWTToken: Token has expired')]);
	});

	it('for a role the API may not take opens nothing', async () => {
		for (const role of ['supabase_admin', 'postgres', 'no_such_role']) {
			const { told } = await joinWith(await server.sign({ role, topics: ['deals'] }), 'deals');
			expect(told).toEqual([expect.stringContaining('CHANNEL_ERROR Unauthorized')]);
		}
	});

	it('closes its channel when it expires', async () => {
		const { told, system } = await joinWith(await server.sign({ topics: ['deals'] }, 3), 'deals');
		expect(told).toEqual(['SUBSCRIBED']);

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual([expect.stringContaining('Token has expired')]);
	});

	it('replaced in time keeps the channel open', async () => {
		const { client, told, channel } = await joinWith(await server.sign({ topics: ['deals'] }, 3), 'deals');
		const short = await joinWith(await server.sign({ topics: ['deals'] }, 3), 'deals');

		await client.realtime.setAuth(await server.sign({ topics: ['deals'] }));

		await eventually(() => short.told).toContain('CLOSED');
		expect(await channel.track({})).toBe('ok');
		expect(told).toEqual(['SUBSCRIBED']);
	});

	it('replaced by one that may not read ends the channel', async () => {
		const topic = randomUUID();
		const { client, told, system, heard } = await joinWith(await server.sign({ topics: [topic] }), topic);

		await client.realtime.setAuth(await server.sign({ topics: [] }));

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toHaveLength(1);
		await server.sql`select realtime.send('{}', 'secret', ${topic}, true)`;
		const { told: again } = await joinWith(await server.sign({ topics: [topic] }), topic);
		expect(again).toEqual(['SUBSCRIBED']);
		expect(heard).toEqual([]);
	});

	it('replaced by one that may read less ends the channel', async () => {
		const client = realtimeClient(server);
		await client.realtime.setAuth(await server.sign({ topics: ['deals'] }));
		const channel = client.channel('deals', { config: { private: true, presence: { enabled: true } } });
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);

		await client.realtime.setAuth(await server.sign({ watch: ['deals'] }));

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual(['You no longer have permission to read from this Channel topic: deals']);
	});

	it('replaced by a forged one ends the channel', async () => {
		const { client, told } = await joinWith(await server.sign({ topics: ['deals'] }), 'deals');

		await client.realtime.setAuth(new UnsecuredJWT({ role: 'authenticated', topics: ['deals'] }).setExpirationTime('1h').encode());

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
	});
});
