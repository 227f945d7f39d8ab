import { Models } from 'postmark';
import { afterAll, beforeAll, expect } from 'vitest';
import { json, letter, startLoneMail, type LoneMail } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());

const subjects = async (filter: object) =>
	(await mail.postmark.getOutboundMessages({ count: 50, offset: 0, ...filter })).Messages.map(({ Subject }) => Subject);

test('messages are found by each of Postmark’s filters, the newest first', async () => {
	await mail.postmark.sendEmailBatch([
		letter({ Subject: 'S one', To: 'ann@example.test', Tag: 'red', Metadata: { campaign: 'c1', Recipient: 'r1' } }),
		letter({
			Subject: 'S two',
			To: 'bob@example.test',
			Cc: 'Ann@Example.test',
			Tag: 'blue',
			Metadata: { campaign: 'c1', Recipient: 'r2' }
		}),
		letter({ Subject: 'S 100%', From: 'other@example.test', To: 'cat@example.test' }),
		letter({ Subject: 'S far', MessageStream: 'broadcast', Metadata: { campaign: 'c1' } })
	]);
	expect(await subjects({ subject: 's ' })).toEqual(['S 100%', 'S two', 'S one']);
	expect(await subjects({ subject: '0%' })).toEqual(['S 100%']);
	expect(await subjects({ recipient: 'ANN@example.test' })).toEqual(['S two', 'S one']);
	expect(await subjects({ fromEmail: 'other@example.test' })).toEqual(['S 100%']);
	expect(await subjects({ tag: 'red' })).toEqual(['S one']);
	expect(await subjects({ metadata_campaign: 'c1' })).toEqual(['S two', 'S one']);
	expect(await subjects({ metadata_campaign: 'c1', metadata_Recipient: 'r2' })).toEqual(['S two']);
	expect(await subjects({ metadata_campaign: 'c1', messageStream: 'broadcast' }), 'each stream is looked at by itself').toEqual(['S far']);
	expect(await subjects({ subject: 'S ', status: Models.OutboundMessageStatus.Sent, count: 1, offset: 1 })).toEqual(['S two']);
	expect(await subjects({ subject: 'S ', status: Models.OutboundMessageStatus.Queued })).toEqual([]);
});

test('dates are days of New York, and include the day they name', async () => {
	await mail.postmark.sendEmail(letter({ Subject: 'Dated' }));
	const day = (shift: number) => {
		const time = new Date(Date.now() + shift * 86_400_000);
		return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', dateStyle: 'short' }).format(time);
	};
	expect(await subjects({ subject: 'Dated', fromDate: day(0), toDate: day(0) })).toEqual(['Dated']);
	expect(await subjects({ subject: 'Dated', toDate: day(-1) })).toEqual([]);
	expect(await subjects({ subject: 'Dated', fromDate: day(1) })).toEqual([]);
	expect(await subjects({ subject: 'Dated', fromDate: new Date(Date.now() - 60_000).toISOString() })).toEqual(['Dated']);
});

test.each<[what: string, query: string, code: number]>([
	['without a count', '/messages/outbound?offset=0', 700],
	['of more than 500', '/messages/outbound?count=501&offset=0', 700],
	['beyond 10000', '/messages/outbound?count=500&offset=9501', 700],
	['from a date that is none', '/messages/outbound?count=1&offset=0&fromdate=yesterday', 700],
	['from the 30th of February', '/messages/outbound?count=1&offset=0&fromdate=2026-02-30', 403],
	['for opens, with a negative offset', '/messages/outbound/opens?count=1&offset=-1', 700],
	['for bounces of no known type', '/bounces?count=1&offset=0&type=Boomerang', 1000],
	['for details of an unknown message', '/messages/outbound/00000000-0000-4000-8000-000000000000/details', 701],
	['for details of what is no id', '/messages/outbound/%27%3B--/details', 701],
	['for an unknown bounce', '/bounces/999999', 1001],
	['for an unknown stream', '/message-streams/nowhere', 1226],
	['for suppressions of no known reason', '/message-streams/outbound/suppressions/dump?SuppressionReason=Mood', 1404],
	['for suppressions of no known origin', '/message-streams/outbound/suppressions/dump?Origin=Moon', 1405]
])('a search %s is refused', async (_what, path, code) => {
	const answer = await mail.call('GET', path);
	expect([answer.status, await answer.json()]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
});

test('suppressions are made and lifted per stream and per address, each with its own answer', async () => {
	const made = await mail.postmark.createSuppressions('outbound', {
		Suppressions: [{ EmailAddress: 'Stop@Example.test' }, { EmailAddress: 'not an address' }]
	});
	expect(made.Suppressions).toEqual([
		{ EmailAddress: 'Stop@Example.test', Status: 'Suppressed', Message: null },
		{ EmailAddress: 'not an address', Status: 'Failed', Message: 'An invalid email address was provided.' }
	]);
	const dump = await mail.postmark.getSuppressions('outbound', { emailAddress: 'stop@example.test' });
	expect(dump.Suppressions).toEqual([
		{ EmailAddress: 'stop@example.test', SuppressionReason: 'ManualSuppression', Origin: 'Customer', CreatedAt: expect.any(String) }
	]);
	expect((await mail.postmark.getSuppressions('broadcast')).Suppressions).toEqual([]);
	const { Recipient } = Models.SuppressionOrigin;
	expect((await mail.postmark.getSuppressions('outbound', { origin: Recipient })).Suppressions).toEqual([]);
	expect((await mail.postmark.getSuppressions('outbound', { toDate: '2020-01-01' })).Suppressions).toEqual([]);

	await expect(mail.postmark.sendEmail(letter({ To: 'STOP@example.test' }))).rejects.toMatchObject({
		code: 406,
		recipients: ['stop@example.test']
	});
	const lifted = await mail.postmark.deleteSuppressions('outbound', {
		Suppressions: [{ EmailAddress: 'stop@example.test' }, { EmailAddress: 'never@example.test' }]
	});
	expect(lifted.Suppressions.map(({ Status }) => Status)).toEqual(['Deleted', 'Deleted']);
	expect((await mail.postmark.sendEmail(letter({ To: 'stop@example.test' }))).ErrorCode).toBe(0);

	const many = Array.from({ length: 51 }, (_, index) => ({ EmailAddress: `p${index}@example.test` }));
	await expect(mail.postmark.createSuppressions('outbound', { Suppressions: many })).rejects.toMatchObject({ code: 1410 });
	await expect(mail.postmark.createSuppressions('outbound', { Suppressions: [] })).rejects.toMatchObject({ code: 1409 });
});

test('a message goes to its active recipients, and says who is not', async () => {
	await mail.postmark.createSuppressions('outbound', { Suppressions: [{ EmailAddress: 'gone@example.test' }] });
	const sent = await mail.postmark.sendEmail(letter({ To: 'here@example.test, gone@example.test' }));
	expect(sent).toMatchObject({ ErrorCode: 0, Message: 'Message OK, but will not deliver to these inactive addresses: gone@example.test' });
	const details = await mail.postmark.getOutboundMessageDetails(sent.MessageID);
	expect(details.Recipients).toEqual(['here@example.test']);
	expect(details.MessageEvents.map(({ Type, Recipient }) => [Type, Recipient])).toEqual([['Delivered', 'here@example.test']]);
});

test('in a batch only the messages to inactive recipients fail', async () => {
	await mail.postmark.createSuppressions('broadcast', { Suppressions: [{ EmailAddress: 'gone@example.test' }] });
	const results = await mail.postmark.sendEmailBatch([
		letter({ To: 'gone@example.test', MessageStream: 'broadcast' }),
		letter({ To: 'here@example.test', MessageStream: 'broadcast' })
	]);
	expect(results).toMatchObject([
		{ ErrorCode: 406, Message: expect.stringContaining('Found inactive addresses: gone@example.test. Inactive') },
		{ ErrorCode: 0 }
	]);
});

test('who unsubscribed is not brought back by the sender', async () => {
	const { MessageID } = await mail.postmark.sendEmail(letter({ To: 'left@example.test', MessageStream: 'broadcast' }));
	await mail.mailbox('POST', `/messages/${MessageID}/events`, { type: 'SubscriptionChange', suppressSending: true });
	const deleted = await mail.postmark.deleteSuppressions('broadcast', { Suppressions: [{ EmailAddress: 'left@example.test' }] });
	expect(deleted.Suppressions).toMatchObject([
		{ Status: 'Failed', Message: 'You do not have the required authority to change this suppression.' }
	]);
});

test('streams are listed, made, edited, archived and brought back', async () => {
	const { MessageStreams, TotalCount } = await mail.postmark.getMessageStreams();
	expect(MessageStreams.map(({ ID, MessageStreamType }) => [ID, MessageStreamType])).toEqual([
		['outbound', 'Transactional'],
		['broadcast', 'Broadcasts'],
		['inbound', 'Inbound']
	]);
	expect(TotalCount).toBe(3);
	const made = await mail.postmark.createMessageStream({ ID: 'news', Name: 'News', MessageStreamType: 'Broadcasts' });
	expect(made).toMatchObject({
		ID: 'news',
		UpdatedAt: null,
		ArchivedAt: null,
		SubscriptionManagementConfiguration: { UnsubscribeHandlingType: 'Postmark' }
	});
	expect(await mail.postmark.editMessageStream('news', { Name: 'All news' })).toMatchObject({
		Name: 'All news',
		UpdatedAt: expect.any(String)
	});
	expect((await mail.postmark.sendEmail(letter({ MessageStream: 'news' }))).ErrorCode).toBe(0);

	expect(await mail.postmark.archiveMessageStream('news')).toMatchObject({ ID: 'news', ExpectedPurgeDate: expect.any(String) });
	expect((await mail.postmark.getMessageStreams({ messageStreamType: 'Broadcasts' })).TotalCount).toBe(1);
	expect((await mail.postmark.getMessageStreams({ messageStreamType: 'Broadcasts', includeArchivedStreams: true })).TotalCount).toBe(2);
	await expect(mail.postmark.sendEmail(letter({ MessageStream: 'news' }))).rejects.toMatchObject({ code: 1235 });
	expect(await mail.postmark.unarchiveMessageStream('news')).toMatchObject({ ArchivedAt: null });

	await expect(mail.postmark.archiveMessageStream('outbound')).rejects.toMatchObject({ code: 1229 });
	const create = (fields: object) =>
		json(mail.call('POST', '/message-streams', { ID: 'x', Name: 'X', MessageStreamType: 'Transactional', ...fields }));
	expect(await create({ ID: 'news' })).toMatchObject({ ErrorCode: 1230 });
	expect(await create({ ID: '1x' })).toMatchObject({ ErrorCode: 1227 });
	expect(await create({ ID: 'pm-x' })).toMatchObject({ ErrorCode: 1233 });
	expect(await create({ Name: '' })).toMatchObject({ ErrorCode: 1223 });
	expect(await create({ MessageStreamType: 'Other' })).toMatchObject({ ErrorCode: 1221 });
	expect(await create({ Description: '<b>x</b>' })).toMatchObject({ ErrorCode: 1234 });
	const unsubscribe = { UnsubscribeHandlingType: 'None' };
	expect(await create({ MessageStreamType: 'Broadcasts', SubscriptionManagementConfiguration: unsubscribe })).toMatchObject({
		ErrorCode: 1239
	});
});

test('bounces are counted, listed, dumped; the server is described', async () => {
	const { MessageID } = await mail.postmark.sendEmail(letter({ To: 'HardBounce@bounce-testing.postmarkapp.com', Tag: 'counted' }));
	const stats = await mail.postmark.getDeliveryStatistics();
	expect(stats.Bounces).toEqual([
		{ Name: 'All', Count: 1 },
		{ Type: 'HardBounce', Name: 'Hard bounce', Count: 1 }
	]);
	const { TotalCount, Bounces } = await mail.postmark.getBounces({ tag: 'counted', type: Models.BounceType.HardBounce, inactive: true });
	expect([TotalCount, Bounces[0]?.MessageID]).toEqual([1, MessageID]);
	expect(await mail.postmark.getBounce(Bounces[0]?.ID ?? 0)).toMatchObject({
		RecordType: 'Bounce',
		Content: expect.stringContaining('Diagnostic-Code')
	});
	expect((await mail.postmark.getBounceDump(Bounces[0]?.ID ?? 0)).Body).toContain('Final-Recipient');
	expect((await mail.postmark.getBounces({ messageStream: 'broadcast' })).TotalCount).toBe(0);
	expect(await mail.postmark.getServer()).toMatchObject({ ID: expect.any(Number), Name: expect.any(String), TrackLinks: 'None' });
});
