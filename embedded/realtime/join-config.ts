import { randomUUID } from 'node:crypto';
import { isObject } from './serializer.ts';

/** What a `phx_join` asks for. */
export type JoinConfig = {
	ack: boolean;
	self: boolean;
	/** Replays stored messages; not offered here. */
	replay: boolean;
	replicationReady: boolean;
	presenceEnabled: boolean;
	presenceKey: string;
	private: boolean;
	/** Asks for row changes; not offered here. */
	postgresChanges: boolean;
};

/** Reads the payload of a join leniently: what is missing or of another type is off, as on the hosted service. */
export function readJoinConfig(payload: Record<string, unknown>): JoinConfig {
	const config = part(payload, 'config');
	const broadcast = part(config, 'broadcast');
	const presence = part(config, 'presence');
	const key = presence.key;
	const changes = config.postgres_changes;
	return {
		ack: isOn(broadcast.ack),
		self: isOn(broadcast.self),
		replay: isObject(broadcast.replay),
		replicationReady: isOn(broadcast.replication_ready),
		presenceEnabled: isOn(presence.enabled),
		presenceKey: typeof key === 'string' && key !== '' ? key : randomUUID(),
		private: isOn(config.private),
		postgresChanges: Array.isArray(changes) && changes.length > 0
	};
}

function part(value: Record<string, unknown>, name: string): Record<string, unknown> {
	const inner = value[name];
	return isObject(inner) ? inner : {};
}

function isOn(value: unknown): boolean {
	return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}
