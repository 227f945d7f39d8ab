import { Attachment, Models } from 'postmark';
import { afterAll, beforeAll, expect } from 'vitest';
import { json, letter, postmarkClient, startLoneMail, type LoneMail } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());

/** What the client throws. */
const failure = (sending: Promise<unknown>) =>
	sending.then(() => expect.unreachable('nothing was thrown')).catch((error: unknown) => error);

test('a message is answered as Postmark answers and found again by its metadata', async () => {
	const sent = await mail.postmark.sendEmail({
		From: '"Ada, of London" <ada@example.test>',
		To: 'One <one@example.test>, "Two, the second" <two@example.test>',
		Cc: 'three@example.test',
		Bcc: 'four@example.test',
		ReplyTo: 'answers@example.test',
		Subject: 'Café ✓',
		HtmlBody: '<p>Hello</p>',
		TextBody: 'Hello',
		Tag: 'greeting',
		Metadata: { campaign: 'c1', recipient: 'r1' },
		Headers: [{ Name: 'X-Own', Value: 'kept' }],
		Attachments: [new Attachment('note.txt', Buffer.from('noted').toString('base64'), 'text/plain')],
		MessageStream: 'broadcast'
	});
	expect(sent).toMatchObject({ ErrorCode: 0, Message: 'OK', Cc: 'three@example.test', Bcc: 'four@example.test' });
	expect(sent.To).toBe('One <one@example.test>, "Two, the second" <two@example.test>');
	expect(sent.MessageID).toMatch(/^[0-9a-f-]{36}$/);
	expect(sent.SubmittedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);

	const found = await mail.postmark.getOutboundMessages({ messageStream: 'broadcast', metadata_recipient: 'r1' });
	expect(found).toMatchObject({
		TotalCount: 1,
		Messages: [{ MessageID: sent.MessageID, Tag: 'greeting', Metadata: { campaign: 'c1', recipient: 'r1' } }]
	});

	const details = await mail.postmark.getOutboundMessageDetails(sent.MessageID);
	expect(details).toMatchObject({
		Subject: 'Café ✓',
		HtmlBody: '<p>Hello</p>',
		Attachments: ['note.txt'],
		Status: 'Sent',
		TrackLinks: 'None'
	});
	expect(details.Recipients).toEqual(['one@example.test', 'two@example.test', 'three@example.test', 'four@example.test']);
	const { Body } = await mail.postmark.getOutboundMessageDump(sent.MessageID);
	expect(Body).toContain('X-Own: kept');
	expect(Body).toContain('Reply-To: answers@example.test');
	expect(Body, 'Bcc is for the envelope only').not.toContain('four@example.test');
});

test('a batch answers each message in its place, and errors in some do not stop the others', async () => {
	const results = await mail.postmark.sendEmailBatch([
		letter({ Subject: 'first' }),
		letter({ To: 'not an address' }),
		letter({ MessageStream: 'nowhere' }),
		letter({ Subject: 'fourth' })
	]);
	expect(results.map(({ ErrorCode }) => ErrorCode)).toEqual([0, 300, 1235, 0]);
	expect(results[1]).toEqual({ ErrorCode: 300, Message: "Invalid 'To' address: 'not an address'." });
	expect(results[2]?.Message).toBe("The stream provided: 'nowhere' does not exist on this server.");
	const dump = await mail.postmark.getOutboundMessageDetails(results[3]?.MessageID ?? '');
	expect(dump.Subject).toBe('fourth');
});

test('a thousand messages go in two batches, and a larger batch is refused whole', async () => {
	const batch = Array.from({ length: 500 }, (_, index) =>
		letter({ To: `p${index}@example.test`, Metadata: { place: String(index) }, Tag: 'thousand' })
	);
	const started = performance.now();
	const results = [...(await mail.postmark.sendEmailBatch(batch)), ...(await mail.postmark.sendEmailBatch(batch))];
	expect(performance.now() - started).toBeLessThan(10_000);
	expect(new Set(results.map(({ MessageID }) => MessageID)).size).toBe(1000);
	expect(await mail.postmark.getOutboundMessages({ tag: 'thousand', count: 1 })).toMatchObject({ TotalCount: 1000 });

	expect(await failure(mail.postmark.sendEmailBatch([...batch, letter()]))).toMatchObject({ code: 410, statusCode: 422 });
	expect(await mail.postmark.getOutboundMessages({ tag: 'thousand', count: 1 })).toMatchObject({ TotalCount: 1000 });
});

test.each<[what: string, fields: object, code: number]>([
	['no sender', { From: '' }, 300],
	['two senders', { From: 'a@example.test, b@example.test' }, 300],
	['nobody to send to', { To: '' }, 300],
	['more than fifty recipients', { To: Array.from({ length: 51 }, (_, index) => `p${index}@example.test`).join() }, 300],
	['two dots in a row in a mailbox', { To: 'a..b@example.test' }, 300],
	['no body', { TextBody: '' }, 300],
	['a line break in the subject', { Subject: 'Hello\r\nBcc: victim@example.test' }, 300],
	['a line break in a header', { Headers: [{ Name: 'X-Own', Value: 'a\r\nBcc: victim@example.test' }] }, 300],
	['a header name that ends early', { Headers: [{ Name: 'X-Own: a\r\nBcc', Value: 'victim@example.test' }] }, 300],
	['a second From', { Headers: [{ Name: 'From', Value: 'boss@example.test' }] }, 300],
	['a line break in a name', { To: '"a\r\nBcc: v" <reader@example.test>' }, 300],
	['eleven metadata fields', { Metadata: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`f${index}`, 'x'])) }, 300],
	['a metadata name of 21 characters', { Metadata: { ['n'.repeat(21)]: 'x' } }, 300],
	['a metadata value of 81 characters', { Metadata: { name: 'x'.repeat(81) } }, 300],
	['an unknown way to track links', { TrackLinks: 'Everything' }, 300],
	['a program attached', { Attachments: [{ Name: 'run.EXE', Content: 'aGk=', ContentType: 'text/plain' }] }, 411],
	['an attachment that is not base64', { Attachments: [{ Name: 'a.txt', Content: '!!', ContentType: 'text/plain' }] }, 300],
	['a field of the wrong type', { Subject: 7 }, 403],
	['an unknown stream', { MessageStream: 'nowhere' }, 1235],
	['the inbound stream', { MessageStream: 'inbound' }, 1236]
])('%s is refused and nothing is kept', async (_what, fields, code) => {
	const before = await json(mail.mailbox('GET', '/messages?limit=1'));
	const answer = await mail.call('POST', '/email', letter(fields));
	expect(answer.status).toBe(422);
	expect(answer.headers.get('x-pm-apierrorcode')).toBe(String(code));
	expect(await answer.json()).toEqual({ ErrorCode: code, Message: expect.any(String) });
	expect((await json(mail.mailbox('GET', '/messages?limit=1'))).total).toBe(before.total);
});

test('attachments beyond 10 MB are refused in a batch message by message, a body beyond the limit as a whole', async () => {
	const content = 'A'.repeat(11 * 2 ** 20);
	const large = letter({ Attachments: [{ Name: 'a.dat', Content: content, ContentType: 'application/octet-stream' }] });
	const results = await mail.postmark.sendEmailBatch([large, letter()]);
	expect(results.map(({ ErrorCode }) => ErrorCode)).toEqual([300, 0]);
	expect((await mail.call('POST', '/email', large)).status).toBe(413);
	expect((await mail.call('POST', '/email/batch', JSON.stringify([large, large, large, large, large]))).status).toBe(413);
});

test('a token that is missing, wrong or of an account gets nowhere', async () => {
	const wrong = await failure(postmarkClient(mail.service.port, 'another-token').sendEmail(letter()));
	expect(wrong).toMatchObject({ name: 'InvalidAPIKeyError', code: 10, statusCode: 401 });
	const without = await fetch(`${mail.service.url}/email`, { method: 'POST', body: '{}' });
	expect([without.status, await without.json()]).toEqual([
		401,
		{ ErrorCode: 10, Message: expect.stringContaining('X-Postmark-Server-Token') }
	]);
	expect((await mail.call('GET', '/servers')).status).toBe(401);
	expect((await mail.call('GET', '/servers', undefined, { 'x-postmark-account-token': 'any' })).status).toBe(404);
	const unknown = await mail.call('GET', '/stats/outbound');
	expect([unknown.status, await unknown.json()]).toEqual([
		404,
		{ ErrorCode: 404, Message: 'The embedded mail service has no GET /stats/outbound.' }
	]);
});

test('JSON that is none, or is not called so, is told from other errors', async () => {
	expect(await json(mail.call('POST', '/email', '{"From":'))).toMatchObject({ ErrorCode: 402 });
	expect(await json(mail.call('POST', '/email', '{"From": "a\\u0000b"}'))).toMatchObject({ ErrorCode: 402 });
	const unnamed = await mail.call('POST', '/email', letter(), { 'content-type': 'text/plain' });
	expect([unnamed.status, await unnamed.json()]).toEqual([415, { ErrorCode: 409, Message: expect.any(String) }]);
	const half = await mail.postmark.sendEmail(letter({ Subject: 'half \ud83d', Tag: 'half' }));
	expect(half.ErrorCode).toBe(0);
});

test('the token POSTMARK_API_TEST has everything checked and nothing kept', async () => {
	const client = postmarkClient(mail.service.port, 'POSTMARK_API_TEST');
	const sent = await client.sendEmail(letter({ Tag: 'only-a-test' }));
	expect(sent).toMatchObject({ ErrorCode: 0, Message: 'Test job accepted' });
	expect(await failure(client.sendEmail(letter({ To: 'nobody' })))).toMatchObject({ name: 'InvalidEmailRequestError', code: 300 });
	expect(await mail.postmark.getOutboundMessages({ tag: 'only-a-test' })).toMatchObject({ TotalCount: 0 });
});

test('a message of the test token uses no fault up', async () => {
	await mail.mailbox('POST', '/faults', { at: 'email', times: 1, effect: { kind: 'status', status: 500 } });
	expect((await postmarkClient(mail.service.port, 'POSTMARK_API_TEST').sendEmail(letter())).ErrorCode).toBe(0);
	expect(await failure(mail.postmark.sendEmail(letter()))).toMatchObject({ name: 'InternalServerError' });
	expect((await mail.postmark.sendEmail(letter())).ErrorCode).toBe(0);
});

test('addresses of bounce-testing.postmarkapp.com bounce as they say', async () => {
	const { MessageID } = await mail.postmark.sendEmail(letter({ To: 'soft_bounce@bounce-testing.postmarkapp.com' }));
	const { Bounces } = await mail.postmark.getBounces({ messageID: MessageID });
	expect(Bounces).toMatchObject([{ Type: Models.BounceType.SoftBounce, TypeCode: 4096, Inactive: false }]);
});
