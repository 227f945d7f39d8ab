import { type Authorizer } from './authorization.ts';
import { type Identity, Refused } from './identity.ts';
import { type Limits } from './limits.ts';
import { type Rooms } from './rooms.ts';
import { type Broadcast, isObject } from './serializer.ts';

type Parts = { rooms: Rooms; authorizer: Authorizer; limits: Limits };
type Outgoing = { topic: string; private: boolean; broadcast: Broadcast };

/** A batch may hold several messages of the largest size, not any number of them. */
const MAX_BODY_PAYLOADS = 4;

const SINGLE = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/;

/** The HTTP side: `POST /api/broadcast` for a batch, `POST /api/broadcast/:topic/events/:event` for one message. */
export async function answerHttp(request: Request, caller: Identity, parts: Parts): Promise<Response> {
	const url = new URL(request.url);
	const path = url.pathname.replace(/^\/realtime\/v1/, '');
	const single = SINGLE.exec(path);
	if (path !== '/api/broadcast' && !single) return failure(404, 'Not found');
	if (request.method !== 'POST') return failure(405, 'Method not allowed');
	try {
		const body = await readBody(request, parts.limits.maxPayloadBytes * MAX_BODY_PAYLOADS);
		if (!single) return await broadcastBatch(body, caller, parts);
		const [topic, event] = single.slice(1).map(decodeURIComponent);
		const isPrivate = url.searchParams.get('private') === 'true';
		const isBinary = request.headers.get('content-type')?.startsWith('application/octet-stream') ?? false;
		return await broadcastOne(topic ?? '', event ?? '', isPrivate, isBinary, body, caller, parts);
	} catch (error) {
		if (error instanceof Invalid) return failure(422, error.message);
		if (error instanceof URIError) return failure(400, 'The topic or event is not URL-encoded');
		if (error instanceof Refused) return failure(503, error.message);
		throw error;
	}
}

class Invalid extends Error {}

/** What a caller may not send is accepted and dropped, as on the hosted service. */
async function broadcastBatch(body: Buffer, caller: Identity, { rooms, authorizer, limits }: Parts): Promise<Response> {
	const outgoing = readBatch(body, limits.maxPayloadBytes);
	const allowed = new Map<string, boolean>();
	for (const { topic, private: isPrivate, broadcast } of outgoing) {
		if (isPrivate && !allowed.has(topic)) allowed.set(topic, await authorizer.mayWrite(topic, caller, 'broadcast'));
		if (!isPrivate || allowed.get(topic)) rooms.find(topic, isPrivate)?.broadcast(broadcast);
	}
	return new Response(null, { status: 202 });
}

async function broadcastOne(
	topic: string,
	event: string,
	isPrivate: boolean,
	isBinary: boolean,
	body: Buffer,
	caller: Identity,
	{ rooms, authorizer, limits }: Parts
): Promise<Response> {
	if (body.length > limits.maxPayloadBytes) throw new Invalid('Payload size exceeds tenant limit');
	if (!isBinary) parse(body);
	if (isPrivate && !(await authorizer.mayWrite(topic, caller, 'broadcast'))) return failure(403, 'Unauthorized');
	const encoding = isBinary ? 'binary' : 'json';
	rooms.find(topic, isPrivate)?.broadcast({ kind: 'user', event, encoding, body, meta: null });
	return new Response(null, { status: 202 });
}

function readBatch(body: Buffer, maxPayloadBytes: number): Outgoing[] {
	const batch = parse(body);
	const messages: unknown = isObject(batch) ? batch.messages : undefined;
	if (!Array.isArray(messages) || messages.length === 0) throw new Invalid("messages can't be blank");
	return messages.map((message: unknown) => {
		if (!isObject(message)) throw new Invalid('each message is an object');
		const { topic, event, payload } = message;
		if (typeof topic !== 'string' || topic === '') throw new Invalid("topic can't be blank");
		if (typeof event !== 'string' || event === '') throw new Invalid("event can't be blank");
		if (!isObject(payload)) throw new Invalid('payload is an object');
		const text = JSON.stringify({ type: 'broadcast', event, payload });
		if (Buffer.byteLength(text) > maxPayloadBytes) throw new Invalid('Payload size exceeds tenant limit');
		return { topic, private: message.private === true, broadcast: { kind: 'plain', payload: text } };
	});
}

function parse(body: Buffer): unknown {
	try {
		return JSON.parse(body.toString('utf8'));
	} catch {
		throw new Invalid('The body is not JSON');
	}
}

async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of request.body ?? []) {
		bytes += chunk.length;
		if (bytes > maxBytes) throw new Invalid('Payload size exceeds tenant limit');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

function failure(status: number, error: string): Response {
	return Response.json({ error }, { status });
}
