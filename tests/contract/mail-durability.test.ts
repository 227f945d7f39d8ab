import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startMail } from '../../embedded/mail/index.ts';
import { json, letter, postmarkClient, serverToken, startLoneMail, startWebhookReceiver, type LoneMail, soon } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());

const processes: ChildProcess[] = [];
afterEach(async () => {
	for (const child of processes.splice(0)) await kill(child);
});

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGKILL');
	await once(child, 'exit');
}

/** The service in another process, over the same database as this test's. */
async function startProgram(): Promise<{ child: ChildProcess; port: number; smtpPort: number }> {
	const program = fileURLToPath(new URL('./mail-program.ts', import.meta.url));
	const child = spawn(process.execPath, [program, mail.adminUrl()], { stdio: ['ignore', 'pipe', 'inherit'] });
	processes.push(child);
	const [line] = await once(createInterface(child.stdout), 'line');
	return { child, ...JSON.parse(String(line)) };
}

test('what was acknowledged is there after a kill, by API and SMTP, and waiting webhooks go out', async () => {
	const receiver = await startWebhookReceiver();
	try {
		receiver.answer.status = 500;
		const first = await startProgram();
		const client = postmarkClient(first.port);
		await client.createWebhook({ Url: receiver.url, MessageStream: 'broadcast', Triggers: { Delivery: { Enabled: true } } });
		const batch = Array.from({ length: 50 }, (_, index) => letter({ To: `p${index}@example.test`, MessageStream: 'broadcast' }));
		const results = await client.sendEmailBatch(batch);
		const transport = createTransport({ host: '127.0.0.1', port: first.smtpPort });
		await transport.sendMail({ from: 'a@example.test', to: 'b@example.test', subject: 'Code 123456', text: 'x' });
		await expect.poll(() => receiver.notices.length, soon).toBeGreaterThan(0);
		await kill(first.child);

		receiver.answer.status = 200;
		receiver.notices.length = 0;
		const second = await startProgram();
		const found = await postmarkClient(second.port).getOutboundMessages({ messageStream: 'broadcast', count: 500 });
		expect(new Set(found.Messages.map(({ MessageID }) => MessageID))).toEqual(new Set(results.map(({ MessageID }) => MessageID)));
		const mailbox = `http://127.0.0.1:${second.port}/api`;
		expect(await json(fetch(`${mailbox}/messages?search=123456`))).toMatchObject({ total: 1, messages: [{ source: 'smtp' }] });
		await fetch(`${mailbox}/webhooks/flush`, { method: 'POST' });
		const told = receiver.notices.map(({ body }) => body.MessageID);
		expect(new Set(told)).toEqual(new Set(results.map(({ MessageID }) => MessageID)));
	} finally {
		await receiver.stop();
	}
});

test('a batch killed in the middle is kept whole or not at all', async () => {
	const { child, port } = await startProgram();
	const batch = Array.from({ length: 500 }, () => letter({ Tag: 'killed', TextBody: 'x'.repeat(2000) }));
	const sending = postmarkClient(port)
		.sendEmailBatch(batch)
		.catch(() => []);
	await kill(child);
	const results = await sending;
	const { TotalCount } = await mail.postmark.getOutboundMessages({ tag: 'killed', count: 1 });
	expect([0, 500]).toContain(TotalCount);
	expect(Number(TotalCount)).toBeGreaterThanOrEqual(results.length);
});

test('a restart keeps messages, links, templates and how the receiver behaves', async () => {
	await mail.mailbox('PUT', '/receiver', { delivers: 'by hand' });
	const { MessageID } = await mail.postmark.sendEmail(letter({ HtmlBody: '<a href="https://example.com/">x</a>', TrackLinks: 'HtmlOnly' }));
	const before = await json(mail.mailbox('GET', `/messages/${MessageID}`));
	const token = /track\/click\/[\w-]+/.exec(String(before.html))?.[0];
	await mail.restart();
	expect(await json(mail.mailbox('GET', '/receiver'))).toEqual({ delivers: 'by hand', smtpPort: mail.service.smtpPort });
	const followed = await fetch(`${mail.service.url}/${token}`, { redirect: 'manual' });
	expect(followed.headers.get('location')).toBe('https://example.com/');
	expect(await json(mail.mailbox('GET', `/messages/${MessageID}`))).toMatchObject({ clicked: 1 });
});

test('the newest ten thousand messages are kept, and the ones before them go', async () => {
	const batch = Array.from({ length: 500 }, () => letter({ Tag: 'many' }));
	await mail.postmark.sendEmailBatch(batch);
	const sql = postgres(mail.adminUrl('mailbox'), { max: 1, onnotice: () => {} });
	try {
		// The first five hundred, copied until there are eleven thousand.
		await sql`
			insert into messages (id, source, stream, sender, recipients, addresses, reply_to, subject, tag, metadata, headers, html, body_text, preview,
				links, attachment_list, track_opens, track_links, unsubscribes, size, received_at, status)
			select gen_random_uuid(), source, stream, sender, recipients, addresses, reply_to, subject, tag, metadata, headers, html, body_text, preview,
				links, attachment_list, track_opens, track_links, unsubscribes, size, received_at, status
			from messages, generate_series(1, 21) where tag = 'many'`;
		await mail.postmark.sendEmailBatch(batch.map((message) => ({ ...message, Tag: 'newest' })));
		const [counted] = await sql`select count(*)::int as all, count(*) filter (where tag = 'newest')::int as newest from messages`;
		expect(counted).toEqual({ all: 10_000, newest: 500 });
	} finally {
		await sql.end();
	}
});

test('a port in use is refused with the variable that moves it, and nothing is left running', async () => {
	const other = createServer();
	other.listen(0, '127.0.0.1');
	await once(other, 'listening');
	const address = other.address();
	const taken = address !== null && typeof address === 'object' ? address.port : 0;
	const options = { adminUrl: mail.adminUrl, port: 0, smtpPort: 0, serverToken };
	await expect(startMail({ ...options, port: taken })).rejects.toMatchObject({ code: 'port_taken', variable: 'MAIL_PORT', port: taken });
	await expect(startMail({ ...options, smtpPort: taken })).rejects.toMatchObject({
		code: 'port_taken',
		variable: 'SMTP_PORT',
		port: taken
	});
	other.close();
	await once(other, 'close');
	const service = await startMail({ ...options, port: taken });
	expect(service.url).toBe(`http://127.0.0.1:${taken}`);
	await service.stop();
});

test('the project’s own roles cannot read the mailbox', async () => {
	const asPostgres = Object.assign(new URL(mail.adminUrl('mailbox')), { username: 'postgres', password: 'postgres' }).href;
	const sql = postgres(asPostgres, { max: 1, onnotice: () => {} });
	await expect(sql`select 1`).rejects.toMatchObject({ code: '42501' });
	await sql.end();
});
