import { isUtf8 } from 'node:buffer';

/**
 * The two serializers of the Phoenix channel protocol that realtime-js speaks: 1.0.0 sends objects, 2.0.0 sends arrays
 * and, for broadcasts, binary frames. Payloads travel as ready JSON text or bytes, so that a message for many readers
 * is encoded once per version.
 */
export type Vsn = '1.0.0' | '2.0.0';

/** What a socket is given to write. */
export type Frame = { data: Buffer; binary: boolean };

/** A broadcast on its way to the members of a room. */
export type Broadcast =
	{ kind: 'user'; event: string; encoding: 'json' | 'binary'; body: Buffer; meta: string | null } | { kind: 'plain'; payload: string };

export type ClientMessage = {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: Record<string, unknown>;
	/** Set when the payload came as a binary broadcast frame; `payload` is then empty. */
	broadcast: Broadcast | null;
};

/** `payload` is JSON text. */
export type ServerMessage = {
	joinRef: string | null;
	ref: string | null;
	topic: string;
	event: string;
	payload: string;
};

/** A frame that is not of the protocol. */
export class MalformedFrame extends Error {}

const BROADCAST_PUSH = 3;
const BROADCAST = 4;
const HEADER_BYTES = 7;
const MAX_FIELD_BYTES = 255;

/** True for JSON objects: no array, not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one frame of a client. Throws MalformedFrame. */
export function decodeFrame(vsn: Vsn, data: Buffer, binary: boolean): ClientMessage {
	if (binary) {
		if (vsn === '1.0.0') throw new MalformedFrame('binary frames need vsn 2.0.0');
		return decodeBroadcastPush(data);
	}
	const value = parseJson(data);
	if (vsn === '2.0.0') {
		if (!Array.isArray(value) || value.length < 5) throw new MalformedFrame('expected an array of five');
		const [joinRef, ref, topic, event, payload]: unknown[] = value;
		return clientMessage(joinRef, ref, topic, event, payload);
	}
	if (!isObject(value)) throw new MalformedFrame('expected an object');
	return clientMessage(value.join_ref, value.ref, value.topic, value.event, value.payload);
}

function clientMessage(joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: unknown): ClientMessage {
	if (typeof topic !== 'string' || typeof event !== 'string') throw new MalformedFrame('topic and event are strings');
	if (payload !== null && payload !== undefined && !isObject(payload)) throw new MalformedFrame('payload is an object');
	return { joinRef: refText(joinRef), ref: refText(ref), topic, event, payload: payload ?? {}, broadcast: null };
}

function refText(ref: unknown): string | null {
	if (ref === null || ref === undefined) return null;
	if (typeof ref === 'string') return ref;
	if (typeof ref === 'number') return String(ref);
	throw new MalformedFrame('a ref is a string');
}

function parseJson(bytes: Buffer): unknown {
	if (!isUtf8(bytes)) throw new MalformedFrame('not UTF-8');
	try {
		return JSON.parse(bytes.toString('utf8'));
	} catch {
		throw new MalformedFrame('not JSON');
	}
}

/** Kind, five lengths, an encoding byte, then the fields: join_ref, ref, topic, event, metadata, payload. */
function decodeBroadcastPush(data: Buffer): ClientMessage {
	if (data.length < HEADER_BYTES || data[0] !== BROADCAST_PUSH) throw new MalformedFrame('unknown binary frame');
	let offset = HEADER_BYTES;
	const fields: Buffer[] = [];
	for (const length of data.subarray(1, 6)) {
		if (offset + length > data.length) throw new MalformedFrame('binary frame is cut short');
		fields.push(data.subarray(offset, offset + length));
		offset += length;
	}
	if (!fields.every(isUtf8)) throw new MalformedFrame('not UTF-8');
	const [joinRef = '', ref = '', topic = '', event = ''] = fields.map((field) => field.toString('utf8'));
	const metadata = fields[4];
	const encoding = data[6] === 0 ? 'binary' : 'json';
	const body = data.subarray(offset);
	// Receivers parse the body as it comes; one bad sender must not break them.
	if (encoding === 'json') parseJson(body);
	const options = metadata?.length ? parseJson(metadata) : {};
	return {
		joinRef: joinRef || null,
		ref: ref || null,
		topic,
		event: 'broadcast',
		payload: isObject(options) ? options : {},
		broadcast: { kind: 'user', event, encoding, body, meta: null }
	};
}

/** One text frame of either version. */
export function encodeMessage(vsn: Vsn, message: ServerMessage): Frame {
	const { joinRef, ref, topic, event, payload } = message;
	const head = [joinRef, ref, topic, event].map((field) => JSON.stringify(field));
	const text =
		vsn === '2.0.0' ? `[${head.join(',')},${payload}]` : `{"ref":${head[1]},"topic":${head[2]},"event":${head[3]},"payload":${payload}}`;
	return { data: Buffer.from(text), binary: false };
}

/** The frame of a broadcast, or null where the version cannot say it (bytes in 1.0.0). */
export function encodeBroadcast(vsn: Vsn, topic: string, broadcast: Broadcast): Frame | null {
	if (broadcast.kind === 'plain') return textBroadcast(vsn, topic, broadcast.payload);
	const { event, encoding, body, meta } = broadcast;
	if (vsn === '1.0.0') {
		if (encoding === 'binary') return null;
		const extra = meta === null ? '' : `,"meta":${meta}`;
		const payload = `{"type":"broadcast","event":${JSON.stringify(event)},"payload":${body.toString('utf8')}${extra}}`;
		return textBroadcast(vsn, topic, payload);
	}
	const fields = [topic, event, meta ?? ''].map((field) => Buffer.from(field));
	const lengths = fields.map((field) => field.length);
	if (lengths.some((length) => length > MAX_FIELD_BYTES)) return null;
	const header = Buffer.from([BROADCAST, ...lengths, encoding === 'json' ? 1 : 0]);
	return { data: Buffer.concat([header, ...fields, body]), binary: true };
}

function textBroadcast(vsn: Vsn, topic: string, payload: string): Frame {
	return encodeMessage(vsn, { joinRef: null, ref: null, topic, event: 'broadcast', payload });
}

/** Bytes of the part of a broadcast that its sender chose. */
export function broadcastBytes(broadcast: Broadcast): number {
	return broadcast.kind === 'user' ? broadcast.body.length : Buffer.byteLength(broadcast.payload);
}
