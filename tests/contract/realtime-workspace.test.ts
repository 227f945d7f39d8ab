import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { addMember, createPerson, createWorkspace, must, serviceClient, type Workspace } from '../support/workspace.ts';
import { broadcastsOf, clientOf, eventually, realtimeClient, subscribe, systemMessagesOf, versions } from './realtime-clients.ts';

const platform = inject('platform');
const isPrivate = { config: { private: true } };

let workspace: Workspace;
beforeAll(async () => {
	workspace = await createWorkspace(platform);
});

describe.each(versions)("a workspace's private topic with serializer %s", (version) => {
	it('tells members which rows changed, and nothing of what is in them', async () => {
		const client = await clientOf(platform, workspace.admin, version);
		const channel = client.channel(`org:${workspace.id}`, isPrivate);
		const heard = broadcastsOf(channel);
		expect(await subscribe(channel)).toEqual(['SUBSCRIBED']);
		const requestId = randomUUID();

		const company = must(
			await workspace.admin.client
				.from('companies')
				.insert({ org_id: workspace.id, name: 'Secret Plans Ltd' })
				.select('id, version')
				.setHeader('x-request-id', requestId)
				.single()
		);

		await eventually(() => heard.length).toBe(1);
		expect(heard).toEqual([
			[
				'change',
				{ id: expect.any(String), table: 'companies', op: 'insert', rows: [company], actor: workspace.admin.id, request_id: requestId }
			]
		]);
	});

	it('is closed to members of other workspaces, to strangers and to nobody in particular', async () => {
		const stranger = await clientOf(platform, await createPerson(platform), version);
		const neighbour = await clientOf(platform, (await createWorkspace(platform)).admin, version);
		const anonymous = realtimeClient(platform, version);

		for (const client of [stranger, neighbour, anonymous]) {
			const told = await subscribe(client.channel(`org:${workspace.id}`, isPrivate));
			expect(told).toEqual([expect.stringContaining('CHANNEL_ERROR Unauthorized: You do not have permissions to read')]);
		}
	});

	it('lets members show themselves but not speak', async () => {
		const viewer = await addMember(platform, workspace, 'viewer');
		const speaker = (await clientOf(platform, viewer, version)).channel(`org:${workspace.id}`, isPrivate);
		const listener = (await clientOf(platform, workspace.admin, version)).channel(`org:${workspace.id}`, isPrivate);
		const heard = broadcastsOf(listener);
		listener.on('presence', { event: 'sync' }, () => {});
		await subscribe(listener);
		expect(await subscribe(speaker)).toEqual(['SUBSCRIBED']);

		await speaker.send({ type: 'broadcast', event: 'change', payload: { forged: true } });
		expect(await speaker.httpSend('change', { forged: true }).catch((error: Error) => error.message)).toBe('Unauthorized');
		expect(await speaker.track({ user: viewer.id })).toBe('ok');

		// Presence was sent after the broadcast on the same socket: had that been let through, it would be here.
		const present = () => Object.values(listener.presenceState<{ user: string }>()).flat();
		await eventually(() => present().map((entry) => entry.user)).toEqual([viewer.id]);
		expect(heard).toEqual([]);
	});

	it('is open to nobody publicly', async () => {
		const channel = realtimeClient(platform, version).channel(`org:${workspace.id}`);
		const heard = broadcastsOf(channel);
		const member = (await clientOf(platform, workspace.admin, version)).channel(`org:${workspace.id}`, isPrivate);
		const known = broadcastsOf(member);
		await subscribe(channel);
		await subscribe(member);

		must(await workspace.admin.client.from('companies').insert({ org_id: workspace.id, name: 'Acme' }).select('id').single());

		await eventually(() => known.length).toBe(1);
		await channel.httpSend('after', {});
		await eventually(() => heard).toEqual([['after', {}]]);
	});

	it('cuts a removed member off when their token is renewed', async () => {
		const viewer = await addMember(platform, workspace, 'viewer');
		const client = await clientOf(platform, viewer, version);
		const channel = client.channel(`org:${workspace.id}`, isPrivate);
		const system = systemMessagesOf(channel);
		const told = await subscribe(channel);
		expect(told).toEqual(['SUBSCRIBED']);

		const members = serviceClient(platform).from('members');
		must(await members.delete().eq('org_id', workspace.id).eq('user_id', viewer.id).select('id').single());
		must(await client.auth.refreshSession());

		await eventually(() => told).toEqual(['SUBSCRIBED', 'CLOSED']);
		expect(system).toEqual([expect.stringContaining('permissions to read from this Channel topic')]);
		expect(await subscribe(client.channel(`org:${workspace.id}`, isPrivate))).toEqual([
			expect.stringContaining('CHANNEL_ERROR Unauthorized')
		]);
	});

	it('stays open through a renewal while the member belongs', async () => {
		const viewer = await addMember(platform, workspace, 'viewer');
		const client = await clientOf(platform, viewer, version);
		const channel = client.channel(`org:${workspace.id}`, isPrivate);
		const heard = broadcastsOf(channel);
		const told = await subscribe(channel);

		must(await client.auth.refreshSession());
		// The channel handles what it is told in order: an answer to this means the renewal is through.
		expect(await channel.track({})).toBe('ok');
		must(await workspace.admin.client.from('companies').insert({ org_id: workspace.id, name: 'Still here' }).select('id').single());

		await eventually(() => heard.map(([event]) => event)).toEqual(['change']);
		expect(told).toEqual(['SUBSCRIBED']);
	});
});
