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
	await mail.mailbox('PUT', '/receiver', { delivers: 'automatically' });
	await receiver.stop();
});

const on = { Enabled: true };
const everything = { Open: on, Click: on, Delivery: on, Bounce: on, SpamComplaint: on, SubscriptionChange: on };

const hook = (fields: object = {}) =>
	mail.postmark.createWebhook({ Url: receiver.url, MessageStream: 'broadcast', Triggers: everything, ...fields });

let people = 0;
const somebody = () => `person${++people}@example.test`;
const send = async (fields: object = {}) => {
	const to = somebody();
	const { MessageID: id } = await mail.postmark.sendEmail(letter({ To: to, MessageStream: 'broadcast', ...fields }));
	return { id, to };
};
const happen = (id: string, event: object) => json(mail.mailbox('POST', `/messages/${id}/events`, event));
const told = () => receiver.notices.map(({ body }) => body.RecordType);
const heard = (...types: string[]) => expect.poll(told, soon).toEqual(types);

test('a message is delivered by itself, and the webhook says so in full', async () => {
	await hook({ HttpAuth: { Username: 'hook', Password: 'secret' }, HttpHeaders: [{ Name: 'X-Own', Value: 'kept' }] });
	const { id, to } = await send({ Tag: 'greeting', Metadata: { campaign: 'c1' } });
	await heard('Delivery');
	const [notice] = receiver.notices;
	expect(notice?.body).toEqual({
		RecordType: 'Delivery',
		ServerID: expect.any(Number),
		MessageID: id,
		MessageStream: 'broadcast',
		Recipient: to,
		Tag: 'greeting',
		Metadata: { campaign: 'c1' },
		DeliveredAt: expect.stringMatching(/^\d{4}-.*Z$/),
		Details: expect.stringContaining('250')
	});
	expect(notice?.headers).toMatchObject({
		authorization: `Basic ${Buffer.from('hook:secret').toString('base64')}`,
		'content-type': 'application/json',
		'x-own': 'kept'
	});
});

test('by hand, nothing happens to a message until somebody says so', async () => {
	await hook();
	await mail.mailbox('PUT', '/receiver', { delivers: 'by hand' });
	const { id } = await send();
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ status: 'sent', events: [] });
	const event = await happen(id, { type: 'Delivery' });
	expect(event).toMatchObject({ type: 'Delivery', webhooks: [{ url: receiver.url }] });
	await heard('Delivery');
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ status: 'delivered', events: [{ id: event.id }] });
});

test('a hard bounce suppresses the address in its stream, and says so, until it is activated', async () => {
	await hook({ Triggers: { Bounce: { Enabled: true, IncludeContent: true }, SubscriptionChange: on } });
	const { id, to } = await send({ Tag: 'greeting', Metadata: { campaign: 'c1' }, Subject: 'Bounced' });
	await happen(id, { type: 'Bounce' });
	await heard('Bounce', 'SubscriptionChange');
	expect(receiver.notices[0]?.body).toEqual({
		RecordType: 'Bounce',
		ID: expect.any(Number),
		Type: 'HardBounce',
		TypeCode: 1,
		Name: 'Hard bounce',
		ServerID: expect.any(Number),
		MessageID: id,
		MessageStream: 'broadcast',
		Tag: 'greeting',
		Metadata: { campaign: 'c1' },
		Description: expect.stringContaining('unknown user'),
		Details: expect.any(String),
		Email: to,
		From: 'sender@example.test',
		BouncedAt: expect.any(String),
		DumpAvailable: true,
		Inactive: true,
		CanActivate: true,
		Subject: 'Bounced',
		Content: expect.stringContaining(`Final-Recipient: rfc822; ${to}`)
	});
	expect(receiver.notices[1]?.body).toEqual({
		RecordType: 'SubscriptionChange',
		ServerID: expect.any(Number),
		MessageID: id,
		MessageStream: 'broadcast',
		ChangedAt: expect.any(String),
		Recipient: to,
		Origin: 'Recipient',
		SuppressSending: true,
		SuppressionReason: 'HardBounce',
		Tag: 'greeting',
		Metadata: { campaign: 'c1' }
	});

	const refused = mail.postmark.sendEmail(letter({ To: to, MessageStream: 'broadcast' }));
	await expect(refused).rejects.toMatchObject({ name: 'InactiveRecipientsError', code: 406, recipients: [to] });
	expect((await mail.postmark.sendEmail(letter({ To: to }))).ErrorCode, 'other streams are not concerned').toBe(0);

	const { Bounces } = await mail.postmark.getBounces({ messageStream: 'broadcast', inactive: true, emailFilter: to });
	const activated = await mail.postmark.activateBounce(Bounces[0]?.ID ?? 0);
	expect(activated).toMatchObject({ Message: 'OK', Bounce: { Inactive: false, Email: to } });
	await heard('Bounce', 'SubscriptionChange', 'SubscriptionChange');
	expect(receiver.notices[2]?.body).toMatchObject({ SuppressSending: false, SuppressionReason: null, Tag: null, Metadata: {} });
	expect((await mail.postmark.sendEmail(letter({ To: to, MessageStream: 'broadcast' }))).ErrorCode).toBe(0);
});

test('a soft bounce suppresses nobody', async () => {
	const { id, to } = await send();
	const event = await happen(id, { type: 'Bounce', bounceType: 'SoftBounce', description: 'Mailbox full' });
	expect(event).toMatchObject({ detail: { Type: 'SoftBounce', TypeCode: 4096, Inactive: false, Description: 'Mailbox full' } });
	expect((await mail.postmark.sendEmail(letter({ To: to, MessageStream: 'broadcast' }))).ErrorCode).toBe(0);
});

test('who complains is suppressed for good: the sender cannot lift it', async () => {
	await hook();
	const { id, to } = await send();
	await happen(id, { type: 'SpamComplaint' });
	await heard('Delivery', 'SpamComplaint', 'SubscriptionChange');
	expect(receiver.notices[1]?.body).toMatchObject({
		Type: 'SpamComplaint',
		TypeCode: 100001,
		Inactive: true,
		CanActivate: false,
		Email: to
	});
	expect(receiver.notices[2]?.body).toMatchObject({ SuppressionReason: 'SpamComplaint', Origin: 'Recipient' });
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ status: 'complained' });
	await happen(id, { type: 'Delivery' });
	expect(await json(mail.mailbox('GET', `/messages/${id}`)), 'a status only goes forward').toMatchObject({ status: 'complained' });

	const { Bounces } = await mail.postmark.getBounces({ messageStream: 'broadcast', emailFilter: to });
	await expect(mail.postmark.activateBounce(Bounces[0]?.ID ?? 0)).rejects.toMatchObject({ code: 1003 });
	const deleted = await mail.postmark.deleteSuppressions('broadcast', { Suppressions: [{ EmailAddress: to }] });
	expect(deleted.Suppressions).toMatchObject([{ EmailAddress: to, Status: 'Failed', Message: expect.stringContaining('authority') }]);
});

/** Addresses in the HTML a recipient gets: of its links and of its pixel. */
async function addressesIn(id: string): Promise<{ links: string[]; pixel: string }> {
	const { html } = await json(mail.mailbox('GET', `/messages/${id}`));
	const found = [...String(html).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, url]) => url ?? '');
	return { links: found.filter((url) => !url.includes('/track/open/')), pixel: found.find((url) => url.includes('/track/open/')) ?? '' };
}

const firefox = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };

test('loading the pixel is an open, the first of them marked', async () => {
	await hook({ Triggers: { Open: { Enabled: true, PostFirstOpenOnly: false } } });
	const { id, to } = await send({ HtmlBody: '<body><p>Hello</p></body>', TrackOpens: true, Metadata: { campaign: 'c1' } });
	const { pixel } = await addressesIn(id);
	const image = await fetch(pixel, { headers: firefox });
	expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/gif']);
	await fetch(pixel, { headers: firefox });
	await heard('Open', 'Open');
	expect(receiver.notices[0]?.body).toEqual({
		RecordType: 'Open',
		FirstOpen: true,
		MessageID: id,
		MessageStream: 'broadcast',
		Tag: '',
		Metadata: { campaign: 'c1' },
		Recipient: to,
		ReceivedAt: expect.any(String),
		UserAgent: firefox['user-agent'],
		Client: { Name: 'Firefox', Company: 'Mozilla Foundation', Family: 'Firefox' },
		OS: { Name: 'Linux', Company: 'Linux Foundation', Family: 'Linux' },
		Platform: 'Desktop',
		ReadSeconds: 0,
		Geo: {
			CountryISOCode: expect.any(String),
			Country: expect.any(String),
			RegionISOCode: expect.any(String),
			Region: expect.any(String),
			City: expect.any(String),
			Zip: expect.any(String),
			Coords: expect.any(String),
			IP: '127.0.0.1'
		}
	});
	expect(receiver.notices[1]?.body).toMatchObject({ FirstOpen: false });
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ opened: 2 });
	expect(await mail.postmark.getMessageOpensForSingleMessage(id)).toMatchObject({
		TotalCount: 1,
		Opens: [{ Recipient: to, FirstOpen: true }]
	});
});

test('of opens at the same moment one is the first', async () => {
	const { id } = await send({ HtmlBody: '<p>Hello</p>', TrackOpens: true });
	const { pixel } = await addressesIn(id);
	await Promise.all(Array.from({ length: 8 }, () => fetch(pixel)));
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ opened: 8 });
	expect(await mail.postmark.getMessageOpensForSingleMessage(id)).toMatchObject({ TotalCount: 1 });
});

test('following a tracked link leads where the sender meant, and the first time is told', async () => {
	await hook({ Triggers: { Click: on } });
	const { id, to } = await send({
		HtmlBody:
			'<a href="https://example.com/offer?a=1&amp;b=2">Offer</a> <a href="mailto:x@example.test">Mail</a> <a data-pm-no-track href="https://example.com/plain">Plain</a>',
		TextBody: 'See https://example.com/text.',
		TrackLinks: 'HtmlAndText'
	});
	const { links } = await addressesIn(id);
	expect(links.slice(1)).toEqual(['mailto:x@example.test', 'https://example.com/plain']);
	const { text } = await json(mail.mailbox('GET', `/messages/${id}`));
	expect(text).toMatch(/^See http:\/\/127\.0\.0\.1:\d+\/track\/click\/[\w-]+\.$/);

	const click = () => fetch(links[0] ?? '', { redirect: 'manual', headers: firefox });
	const answer = await click();
	expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://example.com/offer?a=1&b=2']);
	await click();
	await mail.mailbox('POST', '/webhooks/flush');
	expect(told()).toEqual(['Click']);
	expect(receiver.notices[0]?.body).toMatchObject({
		ClickLocation: 'HTML',
		OriginalLink: 'https://example.com/offer?a=1&b=2',
		Recipient: to,
		MessageID: id
	});
	expect(await mail.postmark.getMessageClicksForSingleMessage(id)).toMatchObject({ TotalCount: 1, Clicks: [{ RecordType: 'Click' }] });
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ clicked: 2 });
});

test('a made-up link redirects nobody anywhere', async () => {
	const { id } = await send({ HtmlBody: '<a href="https://example.com/">x</a>', TrackLinks: 'HtmlOnly', TrackOpens: true });
	const { links, pixel } = await addressesIn(id);
	const token = links[0]?.split('/').at(-1) ?? '';
	const changed = (place: number) => token.slice(0, place) + (token[place] === 'A' ? 'B' : 'A') + token.slice(place + 1);
	const attempts = [
		`/track/click/${changed(30)}`,
		`/track/click/${changed(24)}`,
		`/track/click/${Buffer.from('https://evil.example/').toString('base64url')}`,
		'/track/click/https://evil.example/',
		`/track/click/${pixel.split('/').at(-1)?.replace('.gif', '')}`,
		`/track/open/${id}/${token}.gif`,
		`/track/unsubscribe/${token}`
	];
	for (const path of attempts) {
		const answer = await fetch(`${mail.service.url}${path}`, { redirect: 'manual' });
		expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 404, null]);
	}
	expect(await json(mail.mailbox('GET', `/messages/${id}`))).toMatchObject({ opened: 0, clicked: 0 });
});

test('Postmark’s own unsubscribe link only asks when looked at, and unsubscribes when posted to', async () => {
	await hook({ Triggers: { SubscriptionChange: on } });
	const { id, to } = await send({ HtmlBody: '<a href="{{{ pm:unsubscribe }}}">Leave</a>' });
	const { links } = await addressesIn(id);
	const detail = await json(mail.mailbox('GET', `/messages/${id}`));
	expect(detail.listUnsubscribe).toEqual({ url: links[0], oneClick: true });
	expect(await (await fetch(links[0] ?? '')).text()).toContain('Unsubscribe?');
	expect((await mail.postmark.getSuppressions('broadcast', { emailAddress: to })).Suppressions).toEqual([]);

	expect(await json(mail.mailbox('POST', `/messages/${id}/unsubscribe`))).toEqual({ status: 200 });
	expect((await mail.postmark.getSuppressions('broadcast', { emailAddress: to })).Suppressions).toMatchObject([
		{ SuppressionReason: 'ManualSuppression', Origin: 'Recipient' }
	]);
	await heard('SubscriptionChange');
	expect(receiver.notices[0]?.body).toMatchObject({
		SuppressSending: true,
		SuppressionReason: 'ManualSuppression',
		Origin: 'Recipient',
		MessageID: id
	});
});

test('unsubscribing from the mailbox posts to the sender’s own address, once, and follows nothing', async () => {
	receiver.answer.status = 302;
	receiver.answer.location = 'http://127.0.0.1:1/elsewhere';
	const headers = [
		{ Name: 'List-Unsubscribe', Value: `<mailto:leave@example.test>, <${receiver.url}?who=1>` },
		{ Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' }
	];
	const own = await send({ Headers: headers });
	expect(await json(mail.mailbox('POST', `/messages/${own.id}/unsubscribe`))).toEqual({ status: 302 });
	expect(receiver.notices).toMatchObject([{ body: { text: 'List-Unsubscribe=One-Click' } }]);
	expect(receiver.notices[0]?.headers.cookie).toBeUndefined();

	const elsewhere = await send({ Headers: [{ ...headers[0], Value: '<https://example.com/leave>' }, headers[1]] });
	const plain = await send({ MessageStream: 'outbound' });
	for (const { id } of [elsewhere, plain]) expect((await mail.mailbox('POST', `/messages/${id}/unsubscribe`)).status).toBe(422);
});

test.each<[what: string, event: object]>([
	['of an unknown type', { type: 'Shrug' }],
	['for somebody else', { type: 'Open', recipient: 'other@example.test' }],
	['with a link the message does not have', { type: 'Click', url: 'https://evil.example/' }],
	['with an unknown kind of bounce', { type: 'Bounce', bounceType: 'Boomerang' }],
	['of a change that says not which', { type: 'SubscriptionChange' }]
])('an event %s is refused', async (_what, event) => {
	const { id } = await send();
	const answer = await mail.mailbox('POST', `/messages/${id}/events`, event);
	expect([answer.status, await answer.json()]).toEqual([422, { message: expect.any(String) }]);
});
