import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import { expect, onTestFinished } from 'vitest';
import { once } from 'node:events';
import WebSocket from 'ws';
import type { Person } from '../support/workspace.ts';

/** Both serializers that realtime-js speaks. */
export const versions = ['1.0.0', '2.0.0'] as const;

export type Version = (typeof versions)[number];

/** Where a Realtime server answers, and the key to knock with. */
export type Door = { apiUrl: string; publishableKey: string };

/** A client for one test, disconnected when it ends. `accessToken` speaks for a user without signing in. */
export function realtimeClient(door: Door, version: Version = '2.0.0', accessToken?: () => Promise<string>): SupabaseClient {
	const client = createClient(door.apiUrl, door.publishableKey, {
		auth: { persistSession: false, autoRefreshToken: false },
		realtime: { vsn: version },
		...(accessToken ? { accessToken } : {})
	});
	onTestFinished(() => void client.realtime.disconnect());
	return client;
}

/** A client of its own for a person, signed in and ready for private channels. */
export async function clientOf(door: Door, person: Person, version: Version = '2.0.0'): Promise<SupabaseClient> {
	const client = realtimeClient(door, version);
	const { error } = await client.auth.signInWithPassword({ email: person.email, password: person.password });
	if (error) throw error;
	await client.realtime.setAuth();
	return client;
}

/** Waits for what arrives by itself; generous, since the machine may be busy with other tests. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 15_000 });

/** What a subscription told, oldest first: `SUBSCRIBED`, or the status and the reason. Resolves with the first word. */
export async function subscribe(channel: RealtimeChannel): Promise<string[]> {
	const told: string[] = [];
	await new Promise<void>((resolve) => {
		channel.subscribe((status, error) => {
			told.push(error ? `${status} ${error.message}` : status);
			resolve();
		});
	});
	return told;
}

/** Every broadcast that arrives on a channel, as `[event, payload]`. */
export function broadcastsOf(channel: RealtimeChannel): [string, Record<string, unknown>][] {
	const heard: [string, Record<string, unknown>][] = [];
	channel.on('broadcast', { event: '*' }, ({ event, payload }) => void heard.push([event, payload]));
	return heard;
}

/** Every `system` message that arrives on a channel. */
export function systemMessagesOf(channel: RealtimeChannel): string[] {
	const heard: string[] = [];
	channel.on('system', { event: '*' }, ({ message }) => void heard.push(message));
	return heard;
}

/** A bare websocket to the server, for frames that realtime-js would not send. */
export async function openSocket(door: Door, version: Version = '2.0.0'): Promise<WebSocket> {
	const opened = new WebSocket(`${door.apiUrl.replace('http', 'ws')}/realtime/v1/websocket?apikey=${door.publishableKey}&vsn=${version}`);
	onTestFinished(() => opened.terminate());
	await once(opened, 'open');
	return opened;
}

/** Sends a frame and gives the JSON of the next one that comes. */
export async function ask(opened: WebSocket, frame: unknown): Promise<unknown> {
	const [[data]] = await Promise.all([once(opened, 'message'), opened.send(JSON.stringify(frame))]);
	return JSON.parse(String(data));
}

/** A client's broadcast as a binary frame of serializer 2.0.0. */
export const pushFrame = (topic: string, body: string | Buffer, event = 'e') =>
	Buffer.concat([Buffer.from([3, 0, 0, topic.length, event.length, 0, 1]), Buffer.from(topic), Buffer.from(event), Buffer.from(body)]);
