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
	/** Which row changes it wants to hear of, as it came; see changes/bindings.ts. */
	postgresChanges: unknown;
	/** How long the reply waits until those are subscribed, in ms; null for a reply that does not wait. */
	postgresChangesWaitMs: number | null;
};

/** Reads the payload of a join leniently: what is missing or of another type is off, as on the hosted service. */
export function readJoinConfig(payload: Record<string, unknown>): JoinConfig {
	const config = part(payload, 'config');
	const broadcast = part(config, 'broadcast');
	const presence = part(config, 'presence');
	const key = presence.key;
	const changesOptions = part(config, 'postgres_changes_options');
	return {
		ack: isOn(broadcast.ack),
		self: isOn(broadcast.self),
		replay: isObject(broadcast.replay),
		replicationReady: isOn(broadcast.replication_ready),
		presenceEnabled: isOn(presence.enabled),
		presenceKey: typeof key === 'string' && key !== '' ? key : randomUUID(),
		private: isOn(config.private),
		postgresChanges: config.postgres_changes,
		postgresChangesWaitMs: isOn(changesOptions.wait) ? waitMs(changesOptions.timeout) : null
	};
}

/** As realtime-js and the hosted service have it: 15 s, at most 20. */
function waitMs(timeout: unknown): number {
	return typeof timeout === 'number' && timeout > 0 ? Math.min(timeout, 20_000) : 15_000;
}

function part(value: Record<string, unknown>, name: string): Record<string, unknown> {
	const inner = value[name];
	return isObject(inner) ? inner : {};
}

function isOn(value: unknown): boolean {
	return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}
