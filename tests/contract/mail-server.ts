import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { ServerClient } from 'postmark';
import { startMail, type MailService } from '../../embedded/mail/index.ts';
import { startPostgres } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/*
 * The tests of the mail service are control of a local stand-in for Postmark and a mailbox: they bounce, complain and lose answers
 * at will. They run against the embedded service only, whatever Supabase the other contract tests are pointed at.
 */

export const serverToken = 'test-server-token';

/** The mail service alone, over a database server of its own. */
export type LoneMail = {
	service: MailService;
	/** The unmodified client of Postmark. */
	postmark: ServerClient;
	adminUrl: (database?: string) => string;
	/** Calls the mailbox API; a body is sent as JSON. */
	mailbox(method: string, path: string, body?: object): Promise<Response>;
	/** Calls Postmark's API without the client; a text body is sent as it is. */
	call(method: string, path: string, body?: object | string, headers?: Record<string, string>): Promise<Response>;
	/** Stops the service and starts another on the same database. */
	restart(): Promise<void>;
	stop(): Promise<void>;
};

const jsonType = { 'content-type': 'application/json' };

export function postmarkClient(port: number, token = serverToken): ServerClient {
	return new ServerClient(token, { requestHost: `localhost:${port}`, useHttps: false });
}

export async function startLoneMail(): Promise<LoneMail> {
	const folder = await scratchFolder('mail');
	const database = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	const start = () => startMail({ adminUrl: database.adminUrl, port: 0, smtpPort: 0, serverToken });
	let service = await start();
	let postmark = postmarkClient(service.port);
	return {
		get service() {
			return service;
		},
		get postmark() {
			return postmark;
		},
		adminUrl: database.adminUrl,
		mailbox: (method, path, body) =>
			fetch(`${service.url}/api${path}`, { method, ...(body ? { headers: jsonType, body: JSON.stringify(body) } : {}) }),
		call: (method, path, body, headers = {}) =>
			fetch(`${service.url}${path}`, {
				method,
				headers: { ...jsonType, 'x-postmark-server-token': serverToken, ...headers },
				...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
			}),
		async restart() {
			await service.stop();
			service = await start();
			postmark = postmarkClient(service.port);
		},
		async stop() {
			await service.stop();
			await database.stop();
			await folder.remove();
		}
	};
}

export type Notice = { headers: IncomingHttpHeaders; body: Record<string, unknown> };

/** A program that receives webhooks, and answers them with `answer` (200 unless a test changes it). */
export type WebhookReceiver = {
	url: string;
	notices: Notice[];
	answer: { status: number; location?: string };
	stop(): Promise<void>;
};

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
	const notices: Notice[] = [];
	const answer: WebhookReceiver['answer'] = { status: 200 };
	const server = createServer(async (request, response) => {
		let text = '';
		for await (const chunk of request) text += String(chunk);
		notices.push({ headers: request.headers, body: text.startsWith('{') ? JSON.parse(text) : { text } });
		response.writeHead(answer.status, answer.location ? { location: answer.location } : {}).end();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	return {
		url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/hook`,
		notices,
		answer,
		async stop() {
			server.closeAllConnections();
			server.close();
			await once(server, 'close');
		}
	};
}

/** How long `expect.poll` waits for what happens by itself: generous, for a machine that has more to do. */
export const soon = { timeout: 10_000 };

/** Reads an answer's JSON. */
export async function json(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
	return (await response).json();
}

/** A message to somebody, with only what a test cares about. */
export const letter = (fields: object = {}) => ({
	From: 'sender@example.test',
	To: 'reader@example.test',
	Subject: 'Hello',
	TextBody: 'Good day',
	...fields
});
