import type { Server } from 'node:http';
import type { Sql } from 'postgres';
import type { MailContext } from './context.ts';
import { openDatabase, readSetting, trackingSecret } from './database.ts';
import { Faults } from './faults.ts';
import { Feed } from './feed.ts';
import { startHttp, stopHttp } from './http.ts';
import { Pruner } from './pruner.ts';
import { startSmtp, type Smtp } from './smtp.ts';
import { WebhookSender } from './webhook-sender.ts';

/** Where mail is kept and taken. */
export type MailOptions = {
	/** The superuser's connection URL to a database of the embedded Postgres. */
	adminUrl: (database?: string) => string;
	/** Of the web mailbox and Postmark's API on 127.0.0.1, 0 for any free one. */
	port: number;
	/** Of SMTP on 127.0.0.1, 0 for any free one. */
	smtpPort: number;
	/** What `X-Postmark-Server-Token` must say. */
	serverToken: string;
};

/** The running mail service. */
export type MailService = {
	port: number;
	smtpPort: number;
	/** The web mailbox, and the host of Postmark's API: http://127.0.0.1:<port>. */
	url: string;
	/** Takes nothing new, lets what is under way finish for a moment, then closes everything. */
	stop(): Promise<void>;
};

type Parts = { sql?: Sql; http?: Server; smtp?: Smtp; feed: Feed; sender?: WebhookSender };

async function stopParts({ sql, http, smtp, feed, sender }: Parts): Promise<void> {
	feed.close();
	await Promise.all([http && stopHttp(http), smtp?.stop()]);
	await sender?.stop();
	await sql?.end({ timeout: 2 });
}

/**
 * Starts the outbox of this machine: SMTP and Postmark's API in, the web mailbox and webhooks out. Throws PortTaken naming
 * MAIL_PORT or SMTP_PORT; then nothing is left running.
 */
export async function startMail({ adminUrl, port, smtpPort, serverToken }: MailOptions): Promise<MailService> {
	const parts: Parts = { feed: new Feed() };
	const listening = { port, smtpPort };
	try {
		const sql = (parts.sql = await openDatabase(adminUrl));
		const sender = (parts.sender = new WebhookSender(sql));
		const mail: MailContext = {
			sql,
			serverToken,
			trackingSecret: await trackingSecret(sql),
			url: () => `http://127.0.0.1:${listening.port}`,
			smtpPort: () => listening.smtpPort,
			faults: new Faults(),
			feed: parts.feed,
			pruner: new Pruner(sql),
			sender,
			receiver: { delivers: (await readSetting(sql, 'delivers')) === 'by hand' ? 'by hand' : 'automatically' }
		};
		const http = (parts.http = await startHttp(mail, port));
		const address = http.address();
		if (address !== null && typeof address === 'object') listening.port = address.port;
		const smtp = (parts.smtp = await startSmtp(mail, smtpPort));
		listening.smtpPort = smtp.port;
		// What a killed process left waiting goes out now.
		sender.wake();
		return { ...listening, url: mail.url(), stop: () => stopParts(parts) };
	} catch (error) {
		await stopParts(parts);
		throw error;
	}
}
