import { type IncomingMessage } from 'node:http';
import { type Duplex } from 'node:stream';
import postgres from 'postgres';
import { WebSocketServer } from 'ws';
import { Authorizer } from './authorization.ts';
import { Changes } from './changes/changes.ts';
import { type Services } from './channel.ts';
import { Connection } from './connection.ts';
import { type DatabaseMessage, streamBroadcasts } from './database-broadcasts.ts';
import { answerHttp } from './http.ts';
import { type Claims, keyIdentity, type VerifyToken } from './identity.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { Rooms } from './rooms.ts';
import { broadcastBytes, type Vsn } from './serializer.ts';
import { whenVisible } from './visibility.ts';

export type RealtimeOptions = {
	/** Logs in as supabase_admin: streams realtime.messages and published tables, keeps partitions, and becomes API roles to ask policies. */
	adminUrl: string;
	verifyToken: VerifyToken;
	/** The role an API key stands for, or null for an unknown key. */
	keyRole: (apiKey: string) => string | null;
	limits?: Partial<Limits>;
	/** Told what went wrong inside; never given tokens or payloads. */
	log?: (message: string, error?: unknown) => void;
};

/** Who calls the HTTP side, as the gateway verified it. */
export type Caller = { role: string; claims: object | null };

export type Realtime = {
	/** Takes over `GET /realtime/v1/websocket`. Every other upgrade is answered 404. */
	upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
	/** Answers `/realtime/v1/api/…`. */
	fetch(request: Request, caller: Caller): Promise<Response>;
	/** True once broadcasts from the database flow, false after `timeoutMs`. */
	ready(timeoutMs?: number): Promise<boolean>;
	stop(): Promise<void>;
};

const SOCKET_PATH = '/realtime/v1/websocket';
const PARTITIONS_EVERY_MS = 3_600_000;

/** Starts a Realtime server; it listens to nothing itself, the gateway hands it upgrades and requests. */
export function createRealtime(options: RealtimeOptions): Realtime {
	const limits = { ...DEFAULT_LIMITS, ...options.limits };
	const log = options.log ?? logToStderr;
	const connections = new Set<Connection>();
	const rooms = new Rooms();
	const authorizer = new Authorizer(options.adminUrl);
	const visibility = postgres(options.adminUrl, {
		max: 1,
		idle_timeout: 60,
		connection: { application_name: 'realtime_replication' },
		onnotice: () => {}
	});
	const stream = streamBroadcasts({
		url: options.adminUrl,
		whenVisible: (xid) => whenVisible(visibility, [xid]),
		onMessage: (message) => deliver(message),
		onLost: () => {
			for (const connection of connections) {
				connection.failChannels('The connection to the database was lost; messages may have been missed');
			}
		},
		log
	});
	const changes = new Changes({ adminUrl: options.adminUrl, lingerMs: limits.changesLingerMs, log });
	const services: Services = { rooms, authorizer, stream, changes, verifyToken: options.verifyToken, limits, log };
	const sockets = new WebSocketServer({
		noServer: true,
		clientTracking: false,
		perMessageDeflate: false,
		maxPayload: limits.maxFrameBytes,
		// Frames are looked at one by one; here a bad one would close the socket.
		skipUTF8Validation: true
	});

	function deliver({ topic, private: isPrivate, broadcast }: DatabaseMessage): void {
		if (broadcastBytes(broadcast) > limits.maxPayloadBytes) return log('a database broadcast was too large and is dropped');
		rooms.find(topic, isPrivate)?.broadcast(broadcast);
	}

	let stopping = false;

	function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
		socket.on('error', () => socket.destroy());
		if (stopping) return refuse(socket, '503 Service Unavailable', 'Realtime is stopping');
		const url = URL.parse(request.url ?? '/', 'http://realtime');
		if (url?.pathname !== SOCKET_PATH) return refuse(socket, '404 Not Found', 'Not found');
		const header = request.headers['x-api-key'] ?? request.headers.apikey;
		const apiKey = url.searchParams.get('apikey') ?? (typeof header === 'string' ? header : null);
		if (!apiKey) return refuse(socket, '401 Unauthorized', 'API key is missing');
		const role = options.keyRole(apiKey);
		if (role === null) return refuse(socket, '401 Unauthorized', 'API key is not valid');
		const vsn = knownVsn(url.searchParams.get('vsn') ?? '1.0.0');
		if (!vsn) return refuse(socket, '400 Bad Request', 'Unknown vsn');
		if (connections.size >= limits.maxConnections) return refuse(socket, '429 Too Many Requests', 'Too many connected users');
		sockets.handleUpgrade(request, socket, head, (websocket) => {
			const connection = new Connection(websocket, vsn, keyIdentity(role), services);
			connections.add(connection);
			websocket.on('close', () => connections.delete(connection));
		});
	}

	stream.start();
	const maintenance = setInterval(() => void maintainPartitions(options.adminUrl, log), PARTITIONS_EVERY_MS);
	const idleCheck = setInterval(() => connections.forEach((connection) => connection.closeIfIdle()), limits.idleCheckMs);
	void maintainPartitions(options.adminUrl, log);

	return {
		upgrade,
		fetch: (request, { role, claims }) =>
			answerHttp(request, { ...keyIdentity(role), claims: claims ? asClaims(claims) : { role } }, services),
		ready: (timeoutMs = limits.joinWaitMs) => stream.whenStreaming(timeoutMs),
		async stop() {
			stopping = true;
			clearInterval(maintenance);
			clearInterval(idleCheck);
			for (const connection of connections) connection.close();
			await Promise.all([stream.stop(), changes.stop(), authorizer.stop()]);
			await visibility.end({ timeout: 1 });
		}
	};
}

function logToStderr(message: string, error?: unknown): void {
	const reason = error instanceof Error ? error.message : error;
	console.error(`realtime: ${message}${reason === undefined ? '' : `: ${reason}`}`);
}

function asClaims(claims: object): Claims {
	return Object.fromEntries(Object.entries(claims));
}

function knownVsn(vsn: string): Vsn | null {
	return vsn === '1.0.0' || vsn === '2.0.0' ? vsn : null;
}

/** An HTTP answer in place of the handshake. */
function refuse(socket: Duplex, status: string, error: string): void {
	const body = JSON.stringify({ error });
	const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
	socket.end(`${head}\r\n\r\n${body}`);
}

/** Makes tomorrow's partitions before they are needed and drops old ones; see schema.sql. */
async function maintainPartitions(adminUrl: string, log: Services['log']): Promise<void> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
	try {
		await sql`select realtime.maintain_messages_partitions()`;
	} catch (error) {
		log('the partitions of realtime.messages could not be maintained', error);
	} finally {
		await sql.end();
	}
}
