import { createServer, type IncomingMessage } from 'node:http';
import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type BrowserContextOptions, type Locator, type Page } from '@playwright/test';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { startMail, type MailService } from '../../embedded/mail/index.ts';
import { startPostgres } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { watchConsole, type Watch } from './support.ts';

export { expect };

const token = 'token-of-the-mailbox-tests';

type Json = Record<string, unknown>;

/** What a webhook is registered with to hear of everything. */
export const allTriggers = {
	...{ Open: { Enabled: true, PostFirstOpenOnly: false }, Click: { Enabled: true }, Delivery: { Enabled: true } },
	...{ Bounce: { Enabled: true, IncludeContent: false }, SpamComplaint: { Enabled: true, IncludeContent: false } },
	SubscriptionChange: { Enabled: true }
};

/** A mail service that belongs to one worker: its tests clear it, break it and stop it. */
export type OwnMail = {
	url: () => string;
	/** Sends by SMTP. */
	send: (message: SendMailOptions) => Promise<void>;
	/** Calls Postmark's API as its clients do. */
	postmark: (method: string, path: string, body?: object) => Promise<{ status: number; headers: Headers; json: Json }>;
	/** Asks the mailbox API. */
	api: (method: string, path: string, body?: object) => Promise<unknown>;
	/** The service is away until `start`, then back on the same ports with what it had. */
	stop: () => Promise<void>;
	start: () => Promise<void>;
};

/** Sends one message by SMTP to this machine. */
export async function sendBySmtp(port: number, message: SendMailOptions): Promise<void> {
	const transport = createTransport({ host: '127.0.0.1', port });
	await transport.sendMail({ from: 'GeminiCRM <no-reply@gemini.test>', to: 'ada@demo.test', ...message });
	transport.close();
}

async function readJson(request: IncomingMessage): Promise<Json> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(Buffer.from(chunk));
	return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

/** What a sender has on the web: it is told by webhooks, and its links lead here. */
export type Sender = {
	url: string;
	/** Bodies of the webhooks that came. */
	webhooks: Json[];
	/** Paths that were visited or posted to, but the webhooks'. */
	visits: string[];
	/** What webhooks are answered from now on. */
	answers: (status: number) => void;
};

async function startSender(): Promise<Sender & { stop: () => Promise<void> }> {
	const webhooks: Json[] = [];
	const visits: string[] = [];
	let status = 200;
	const server = createServer(async (request, response) => {
		if (request.url === '/webhooks') {
			webhooks.push(await readJson(request));
			response.writeHead(status).end();
		} else {
			visits.push(`${request.method} ${request.url}`);
			response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Landed</title><h1>Landed</h1>');
		}
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return {
		url: `http://127.0.0.1:${address.port}`,
		webhooks,
		visits,
		answers: (next) => (status = next),
		stop: () =>
			new Promise((done) => {
				server.close(() => done());
				server.closeAllConnections();
			})
	};
}

async function startOwnMail(): Promise<OwnMail & { end: () => Promise<void> }> {
	const folder = await scratchFolder('mailbox');
	const postgres = await startPostgres({ dataDir: folder.path, port: 0, durable: false });
	const { adminUrl } = postgres;
	let mail: MailService = await startMail({ adminUrl, port: 0, smtpPort: 0, serverToken: token });
	const { port, smtpPort } = mail;
	let running = true;
	const stop = async () => {
		if (running) await mail.stop();
		running = false;
	};
	const call = (path: string, method: string, headers: Record<string, string>, body?: object) =>
		fetch(`${mail.url}${path}`, {
			method,
			headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
			body: body ? JSON.stringify(body) : null
		});
	return {
		url: () => `http://localhost:${port}`,
		send: (message) => sendBySmtp(smtpPort, message),
		postmark: async (method, path, body) => {
			const response = await call(path, method, { 'x-postmark-server-token': token, accept: 'application/json' }, body);
			return { status: response.status, headers: response.headers, json: await response.json() };
		},
		api: async (method, path, body) => {
			const response = await call(`/api/${path}`, method, {}, body);
			if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
			return response.status === 204 ? {} : response.json();
		},
		stop,
		start: async () => {
			if (running) return;
			mail = await startMail({ adminUrl, port, smtpPort, serverToken: token });
			running = true;
		},
		end: async () => {
			await stop();
			await postgres.stop();
			await folder.remove();
		}
	};
}

const records = (value: unknown): Json[] =>
	Array.isArray(value) ? value.filter((each): each is Json => typeof each === 'object' && each !== null) : [];

/** Makes a mail service as it is on its first day. */
async function clear({ api, postmark }: OwnMail): Promise<void> {
	for (const path of ['messages', 'faults']) await api('DELETE', path);
	for (const { stream, emailAddress } of records(await api('GET', 'suppressions')))
		await api('DELETE', `suppressions/${stream}/${encodeURIComponent(String(emailAddress))}`);
	for (const { id } of records(await api('GET', 'webhooks'))) await postmark('DELETE', `/webhooks/${id}`);
	await api('PUT', 'receiver', { delivers: 'automatically' });
}

/** A page on a mailbox. What a test provokes itself is no defect of the page. */
export type MailboxPage = Page & { watch: Watch };

type Fixtures = {
	/** The worker's own mail service: empty, healthy and delivering automatically. */
	mail: OwnMail;
	sender: Sender;
	/** Opens a mailbox, the worker's own unless told otherwise; every console error in it fails the test. */
	open: (options?: BrowserContextOptions & { at?: string }) => Promise<MailboxPage>;
};

export const test = base.extend<Fixtures, { ownMail: OwnMail }>({
	// eslint's empty-pattern rule does not know that Playwright reads the parameter's names.
	ownMail: [
		async ({ browserName: _ }, use) => {
			const mail = await startOwnMail();
			await use(mail);
			await mail.end();
		},
		{ scope: 'worker' }
	],
	mail: async ({ ownMail }, use) => {
		await ownMail.start();
		await clear(ownMail);
		await use(ownMail);
	},
	sender: async ({ browserName: _ }, use) => {
		const { stop, ...sender } = await startSender();
		await use(sender);
		await stop();
	},
	open: async ({ browser, ownMail }, use) => {
		const problems: string[] = [];
		const opened: Page[] = [];
		await use(async ({ at = ownMail.url(), ...options } = {}) => {
			const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...options });
			const page = await context.newPage();
			opened.push(page);
			const watch = watchConsole(page, problems);
			await page.goto(at);
			await expect(page.locator('#connection')).toHaveAttribute('data-live', 'true');
			return Object.assign(page, { watch });
		});
		await Promise.all(opened.map((page) => page.context().close()));
		expect(problems, 'errors in the browser console').toEqual([]);
	}
});

/** The row of a message in the list. */
export const row = (page: Page, subject: string): Locator =>
	page.getByRole('list', { name: 'Messages, newest first' }).getByRole('link').filter({ hasText: subject });

export const message = (page: Page): Locator => page.getByRole('article');

export const frame = (page: Page) => page.frameLocator('iframe[title="The message as HTML"]');

/** Chooses a tab of the open message. */
export const turnTo = (page: Page, tab: string): Promise<void> => page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();

export const events = (page: Page): Locator => page.getByRole('list', { name: 'Events, newest first' });

/** axe finds nothing at all on the page as it is now. */
export async function expectFlawless(page: Page): Promise<void> {
	// The message in the frame is not ours to judge.
	const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
	expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}
