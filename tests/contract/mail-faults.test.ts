import { createTransport } from 'nodemailer';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { json, letter, startLoneMail, type LoneMail } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());
afterEach(() => mail.mailbox('DELETE', '/faults'));

const fault = async (description: object): Promise<Record<string, unknown>> => {
	const answer = await mail.mailbox('POST', '/faults', description);
	expect(answer.status).toBe(201);
	return answer.json();
};
const faults = async (): Promise<unknown> => (await mail.mailbox('GET', '/faults')).json();
const kept = async (key: string) => (await mail.postmark.getOutboundMessages({ metadata_key: key })).TotalCount;
const marked = (key: string, fields: object = {}) => letter({ Metadata: { key }, ...fields });

test('429 tells when to come back, and is over after as many times as were asked for', async () => {
	await fault({ at: 'email', times: 2, effect: { kind: 'status', status: 429, retryAfter: 7 } });
	const first = await mail.call('POST', '/email', marked('busy'));
	expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
	await expect(mail.postmark.sendEmail(marked('busy'))).rejects.toMatchObject({ name: 'RateLimitExceededError' });
	expect((await mail.postmark.sendEmail(marked('busy'))).ErrorCode).toBe(0);
	expect(await kept('busy')).toBe(1);
	expect(await faults()).toEqual([]);
});

test('an outage at one door leaves the others open, until it is removed', async () => {
	const { id } = await fault({ at: 'messages', effect: { kind: 'status', status: 503, body: { ErrorCode: 100, Message: 'Maintenance' } } });
	await expect(kept('any')).rejects.toMatchObject({ name: 'ServiceUnavailablerError', code: 100, message: 'Maintenance' });
	expect((await mail.postmark.sendEmail(marked('outage'))).ErrorCode).toBe(0);
	expect((await mail.mailbox('DELETE', `/faults/${String(id)}`)).status).toBe(204);
	expect(await kept('outage')).toBe(1);
	await fault({ at: 'webhooks', effect: { kind: 'status', status: 500 } });
	await expect(mail.postmark.getWebhooks()).rejects.toMatchObject({ name: 'InternalServerError' });
	await fault({ at: 'any', effect: { kind: 'status', status: 500 } });
	await expect(mail.postmark.getServer()).rejects.toMatchObject({ name: 'InternalServerError' });
});

test('a delay is waited for, and adds up with what comes after it', async () => {
	await fault({ at: 'email', times: 1, effect: { kind: 'delay', ms: 300 } });
	await fault({ at: 'email', times: 1, effect: { kind: 'status', status: 500 } });
	const started = performance.now();
	expect((await mail.call('POST', '/email', marked('late'))).status).toBe(500);
	expect(performance.now() - started).toBeGreaterThan(290);
});

test('a rejection hits single messages of a batch, by whom they are for', async () => {
	const reject = { kind: 'reject', errorCode: 406, message: 'Found inactive addresses: two@example.test. Inactive recipients are told.' };
	await fault({ at: 'batch', match: { to: 'TWO@example.test' }, effect: reject });
	await fault({ at: 'batch', match: { metadata: { key: 'three' } }, times: 1, effect: { kind: 'reject', errorCode: 300, message: 'No.' } });
	const batch = ['one', 'two', 'three'].map((name) => marked(name, { To: `${name}@example.test` }));
	expect((await mail.postmark.sendEmailBatch(batch)).map(({ ErrorCode }) => ErrorCode)).toEqual([0, 406, 300]);
	expect((await mail.postmark.sendEmailBatch(batch)).map(({ ErrorCode }) => ErrorCode)).toEqual([0, 406, 0]);
	expect([await kept('one'), await kept('two'), await kept('three')]).toEqual([2, 0, 1]);
	await fault({ at: 'email', effect: reject });
	await expect(mail.postmark.sendEmail(marked('two'))).rejects.toMatchObject({
		name: 'InactiveRecipientsError',
		recipients: ['two@example.test']
	});
});

test('a dropped message looks accepted and is nowhere', async () => {
	await fault({ at: 'batch', match: { subject: 'Lost' }, effect: { kind: 'drop' } });
	const results = await mail.postmark.sendEmailBatch([
		marked('dropped', { Subject: 'Lost for good' }),
		marked('dropped', { Subject: 'Found' })
	]);
	expect(results).toMatchObject([{ ErrorCode: 0, Message: 'OK' }, { ErrorCode: 0 }]);
	expect(await kept('dropped')).toBe(1);
	await expect(mail.postmark.getOutboundMessageDetails(results[0]?.MessageID ?? '')).rejects.toMatchObject({ code: 701 });
});

test('a connection that breaks before means nothing was sent; after, that all was, and no answer tells', async () => {
	const lost = expect.objectContaining({ statusCode: 0 });
	await fault({ at: 'batch', times: 1, effect: { kind: 'disconnect', when: 'before' } });
	await expect(mail.postmark.sendEmailBatch([marked('broken')])).rejects.toEqual(lost);
	expect(await kept('broken')).toBe(0);
	await fault({ at: 'batch', times: 1, effect: { kind: 'disconnect', when: 'after' } });
	await expect(mail.postmark.sendEmailBatch([marked('broken'), marked('broken')])).rejects.toEqual(lost);
	expect(await kept('broken')).toBe(2);
});

test('a fault of one stream’s messages leaves requests of the others alone', async () => {
	await fault({ at: 'any', match: { stream: 'broadcast' }, effect: { kind: 'status', status: 500 } });
	expect((await mail.postmark.sendEmail(marked('stream'))).ErrorCode).toBe(0);
	expect(await kept('stream')).toBe(1);
	await expect(mail.postmark.sendEmail(marked('stream', { MessageStream: 'broadcast' }))).rejects.toMatchObject({ statusCode: 500 });
});

test('over SMTP faults are replies, losses and broken connections too', async () => {
	const transport = createTransport({ host: '127.0.0.1', port: mail.service.smtpPort });
	const send = (key: string) =>
		transport.sendMail({ from: 'a@example.test', to: 'b@example.test', subject: key, text: 'x', headers: { 'X-PM-Metadata-Key': key } });
	await fault({ at: 'smtp', times: 1, effect: { kind: 'reject', errorCode: 452, message: 'Too many mails' } });
	await expect(send('rejected')).rejects.toMatchObject({ responseCode: 452, response: expect.stringContaining('Too many mails') });
	await fault({ at: 'smtp', times: 1, effect: { kind: 'status', status: 503 } });
	await expect(send('outage')).rejects.toMatchObject({ responseCode: 451 });
	await fault({ at: 'smtp', times: 1, effect: { kind: 'drop' } });
	expect((await send('dropped')).response).toContain('250');
	await fault({ at: 'smtp', times: 1, effect: { kind: 'disconnect', when: 'before' } });
	await expect(send('before')).rejects.toThrow();
	await fault({ at: 'smtp', times: 1, effect: { kind: 'disconnect', when: 'after' } });
	await expect(send('after')).rejects.toThrow();
	await send('well');
	const keptOf = async (key: string) => (await mail.postmark.getOutboundMessages({ metadata_Key: key })).TotalCount;
	const counts = await Promise.all(['rejected', 'outage', 'dropped', 'before', 'after', 'well'].map(keptOf));
	expect(counts).toEqual([0, 0, 0, 0, 1, 1]);
});

test('a restart is a healthy provider', async () => {
	await fault({ at: 'any', effect: { kind: 'status', status: 500 } });
	await mail.restart();
	expect(await faults()).toEqual([]);
});

test.each<[what: string, description: object]>([
	['nowhere', { at: 'nowhere', effect: { kind: 'drop' } }],
	['of no kind', { at: 'email', effect: { kind: 'mood' } }],
	['that answers 200', { at: 'email', effect: { kind: 'status', status: 200 } }],
	['for no time at all', { at: 'email', times: 0, effect: { kind: 'drop' } }],
	['that waits for ever', { at: 'email', effect: { kind: 'delay', ms: 1e9 } }]
])('a fault %s is refused', async (_what, description) => {
	const answer = await mail.mailbox('POST', '/faults', description);
	expect([answer.status, await answer.json()]).toEqual([422, { message: expect.any(String) }]);
	expect(await json(mail.mailbox('GET', '/faults'))).toEqual([]);
});
