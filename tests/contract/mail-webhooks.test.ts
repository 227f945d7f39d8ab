import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { json, letter, startLoneMail, startWebhookReceiver, type LoneMail, type WebhookReceiver, soon } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
let receiver: WebhookReceiver;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());
beforeEach(async () => void (receiver = await startWebhookReceiver()));
afterEach(async () => {
	for (const { ID } of (await mail.postmark.getWebhooks()).Webhooks) await mail.postmark.deleteWebhook(ID);
	await receiver.stop();
});

const on = { Enabled: true };
const flush = () => mail.mailbox('POST', '/webhooks/flush');

/** How the one webhook's deliveries stand, read from the database: the API does not tell when the next attempt is due. */
async function deliveries(): Promise<{ status: string; attempts: number; minutes: number }[]> {
	const sql = postgres(mail.adminUrl('mailbox'), { max: 1, onnotice: () => {} });
	try {
		return await sql`
			select status, attempts, round(extract(epoch from next_at - last_at) / 60)::int as minutes from webhook_deliveries
			where webhook_id = (select max(id) from webhooks) order by id`;
	} finally {
		await sql.end();
	}
}

test('webhooks are made, listed, changed in part and removed', async () => {
	const made = await mail.postmark.createWebhook({
		Url: receiver.url,
		MessageStream: 'broadcast',
		HttpAuth: { Username: 'u', Password: 'p' },
		HttpHeaders: [{ Name: 'X-Own', Value: 'v' }],
		Triggers: { Open: { Enabled: true, PostFirstOpenOnly: true }, Click: on }
	});
	expect(made).toEqual({
		ID: expect.any(Number),
		Url: receiver.url,
		MessageStream: 'broadcast',
		HttpAuth: { Username: 'u', Password: 'p' },
		HttpHeaders: [{ Name: 'X-Own', Value: 'v' }],
		Triggers: {
			Open: { Enabled: true, PostFirstOpenOnly: true },
			Click: { Enabled: true },
			Delivery: { Enabled: false },
			Bounce: { Enabled: false, IncludeContent: false },
			SpamComplaint: { Enabled: false, IncludeContent: false },
			SubscriptionChange: { Enabled: false }
		}
	});
	const edited = await mail.postmark.editWebhook(made.ID, { Triggers: { Delivery: on } });
	expect(edited).toEqual({ ...made, Triggers: { ...made.Triggers, Delivery: on } });
	expect(await mail.postmark.getWebhook(made.ID)).toEqual(edited);
	expect((await mail.postmark.getWebhooks({ messageStream: 'broadcast' })).Webhooks).toEqual([edited]);
	expect((await mail.postmark.getWebhooks({ messageStream: 'outbound' })).Webhooks).toEqual([]);
	expect(await mail.postmark.deleteWebhook(made.ID)).toEqual({ ErrorCode: 0, Message: `Webhook ${made.ID} removed.` });
	await expect(mail.postmark.getWebhook(made.ID)).rejects.toMatchObject({ code: 1352 });
});

test.each<[what: string, fields: object, code: number]>([
	['an address of another machine', { Url: 'https://example.com/hook' }, 1354],
	['an address of the local network', { Url: 'http://10.0.0.1/hook' }, 1354],
	['a name that only looks like this machine', { Url: 'http://localhost.example.com/hook' }, 1354],
	['a name before an @', { Url: 'http://localhost@example.com/hook' }, 1354],
	['every interface', { Url: 'http://0.0.0.0/hook' }, 1354],
	['a file', { Url: 'file:///etc/passwd' }, 1354],
	['no address', { Url: 'hook' }, 1354],
	['a name that cannot be decoded', { Url: 'http://%zz@127.0.0.1/hook' }, 1354],
	['the inbound stream', { Url: 'http://127.0.0.1/', MessageStream: 'inbound' }, 1351],
	['an unknown stream', { Url: 'http://127.0.0.1/', MessageStream: 'nowhere' }, 1226],
	['a header that is two', { Url: 'http://127.0.0.1/', HttpHeaders: [{ Name: 'A\r\nB', Value: 'c' }] }, 1358],
	['a header value that is two lines', { Url: 'http://127.0.0.1/', HttpHeaders: [{ Name: 'A', Value: 'b\r\nC: d' }] }, 1361],
	['the Host header', { Url: 'http://127.0.0.1/', HttpHeaders: [{ Name: 'Host', Value: 'evil' }] }, 1358]
])('a webhook with %s is refused', async (_what, fields, code) => {
	const answer = await mail.call('POST', '/webhooks', fields);
	expect([answer.status, await answer.json()]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
});

test('a receiver that fails is tried again on Postmark’s schedule, and what it got tells how often still', async () => {
	await mail.postmark.createWebhook({ Url: receiver.url, Triggers: { Delivery: on } });
	receiver.answer.status = 500;
	await mail.postmark.sendEmail(letter());
	const minutes: number[] = [];
	for (const attempts of [1, 2, 3]) {
		await expect.poll(deliveries, soon).toMatchObject([{ status: 'pending', attempts }]);
		minutes.push((await deliveries())[0]?.minutes ?? 0);
		await flush();
	}
	expect(minutes).toEqual([1, 5, 15]);
	expect(await deliveries()).toMatchObject([{ status: 'gave_up', attempts: 4 }]);
	expect(receiver.notices.map(({ headers }) => headers['x-pm-retries-remaining'])).toEqual(['3', '2', '1', '0']);
	expect(new Set(receiver.notices.map(({ headers }) => headers['x-pm-webhook-trace-id'])).size).toBe(1);
	expect(new Set(receiver.notices.map(({ body }) => JSON.stringify(body))).size, 'the same words each time').toBe(1);
	await flush();
	expect(receiver.notices).toHaveLength(4);
});

test('bounces are tried ten times more, over ten and a half hours', async () => {
	await mail.postmark.createWebhook({ Url: receiver.url, Triggers: { Bounce: on } });
	receiver.answer.status = 503;
	await mail.postmark.sendEmail(letter({ To: 'softbounce@bounce-testing.postmarkapp.com' }));
	const minutes: number[] = [];
	for (let attempts = 1; attempts <= 10; attempts++) {
		await expect.poll(deliveries, soon).toMatchObject([{ status: 'pending', attempts }]);
		minutes.push((await deliveries())[0]?.minutes ?? 0);
		await flush();
	}
	expect(minutes).toEqual([1, 5, 10, 10, 10, 15, 30, 60, 120, 360]);
	expect(await deliveries()).toMatchObject([{ status: 'gave_up', attempts: 11 }]);
});

test('403 ends the attempts at once', async () => {
	await mail.postmark.createWebhook({ Url: receiver.url, Triggers: { Delivery: on } });
	receiver.answer.status = 403;
	await mail.postmark.sendEmail(letter());
	await expect.poll(deliveries, soon).toMatchObject([{ status: 'gave_up', attempts: 1 }]);
});

test('a redirect is a failure, and is not followed', async () => {
	const elsewhere = await startWebhookReceiver();
	try {
		await mail.postmark.createWebhook({ Url: receiver.url, Triggers: { Delivery: on } });
		Object.assign(receiver.answer, { status: 307, location: elsewhere.url });
		await mail.postmark.sendEmail(letter());
		await expect.poll(deliveries, soon).toMatchObject([{ status: 'pending', attempts: 1 }]);
		expect(elsewhere.notices).toEqual([]);
	} finally {
		await elsewhere.stop();
	}
});

/** A receiver that takes the request and says nothing. */
async function startSilent(): Promise<{ url: string; server: Server; asked: Promise<unknown> }> {
	const server = createServer();
	const asked = once(server, 'request');
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	return { url: `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/`, server, asked };
}

test('a stop cuts off a receiver that says nothing, and the next start tries it again', async () => {
	const silent = await startSilent();
	await mail.postmark.createWebhook({ Url: silent.url, Triggers: { Delivery: on } });
	await mail.postmark.sendEmail(letter());
	await silent.asked;
	const started = performance.now();
	const again = once(silent.server, 'request');
	await mail.restart();
	expect(performance.now() - started).toBeLessThan(5000);
	await again;
	expect(await deliveries(), 'the attempt that was cut off does not count').toMatchObject([{ status: 'pending', attempts: 0 }]);
	silent.server.closeAllConnections();
	silent.server.close();
});

test('what happened to one message is told in order, whatever goes on beside it', async () => {
	await mail.postmark.createWebhook({
		Url: receiver.url,
		Triggers: { Delivery: on, Bounce: on, SpamComplaint: on, SubscriptionChange: on }
	});
	const ids = (await mail.postmark.sendEmailBatch(Array.from({ length: 20 }, (_, index) => letter({ To: `o${index}@example.test` })))).map(
		({ MessageID }) => MessageID
	);
	await Promise.all(ids.map((id) => mail.mailbox('POST', `/messages/${id}/events`, { type: 'SpamComplaint' })));
	await flush();
	for (const id of ids) {
		const types = receiver.notices.filter(({ body }) => body.MessageID === id).map(({ body }) => body.RecordType);
		expect(types).toEqual(['Delivery', 'SpamComplaint', 'SubscriptionChange']);
	}
});

test('webhooks of a message that was removed meanwhile are still sent', async () => {
	await mail.postmark.createWebhook({ Url: receiver.url, Triggers: { Delivery: on } });
	receiver.answer.status = 500;
	const { MessageID } = await mail.postmark.sendEmail(letter());
	await expect.poll(deliveries, soon).toMatchObject([{ status: 'pending', attempts: 1 }]);
	await mail.mailbox('DELETE', `/messages/${MessageID}`);
	receiver.answer.status = 200;
	await flush();
	expect(receiver.notices.at(-1)?.body).toMatchObject({ RecordType: 'Delivery', MessageID });
});

test('the mailbox tells how webhooks stand, and no password', async () => {
	const withPassword = receiver.url.replace('http://', 'http://user:secret@');
	const { ID } = await mail.postmark.createWebhook({ Url: withPassword, MessageStream: 'broadcast', Triggers: { Delivery: on } });
	receiver.answer.status = 500;
	const { MessageID } = await mail.postmark.sendEmail(letter({ MessageStream: 'broadcast' }));
	await expect
		.poll(() => json(mail.mailbox('GET', '/webhooks')), soon)
		.toEqual([
			{
				id: ID,
				url: receiver.url,
				stream: 'broadcast',
				triggers: ['Delivery'],
				lastAttemptAt: expect.any(String),
				lastStatus: 500,
				pending: 1
			}
		]);
	const detail = await (await mail.mailbox('GET', `/messages/${MessageID}`)).text();
	expect(detail).toContain('"attempts":1');
	expect(detail).not.toContain('secret');
	expect(receiver.notices[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
});
