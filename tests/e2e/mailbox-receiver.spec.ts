import { randomUUID } from 'node:crypto';
import { allTriggers, events, expect, frame, row, test, turnTo, type Sender } from './mailbox.ts';

const kinds = ({ webhooks }: Sender) => webhooks.map(({ RecordType }) => RecordType);

test('reading leaves no trace until counting is switched on; then the sender hears of the open and the click', async ({
	mail,
	sender,
	open
}) => {
	await mail.postmark('POST', '/webhooks', { Url: `${sender.url}/webhooks`, MessageStream: 'outbound', Triggers: allTriggers });
	const { json } = await mail.postmark('POST', '/email', {
		...{ From: 'crm@gemini.test', To: 'ada@demo.test', Subject: 'News', TrackOpens: true, TrackLinks: 'HtmlAndText' },
		HtmlBody: `<p>Hello</p><a href="${sender.url}/landing">Read more</a>`,
		TextBody: `Hello\nRead more: ${sender.url}/landing`,
		Metadata: { campaign: 'autumn' }
	});
	const page = await open();
	await row(page, 'News').click();
	const reading = page.waitForEvent('popup');
	await frame(page).getByRole('link', { name: 'Read more' }).click();
	await expect((await reading).getByRole('heading', { name: 'Landed' })).toBeVisible();
	await (await reading).close();
	await expect.poll(() => kinds(sender)).toEqual(['Delivery']);
	expect(await mail.api('GET', `messages/${json.MessageID}`)).toMatchObject({ opened: 0, clicked: 0 });
	// The text is the one that was sent, with the address that counts in it: here it is to be read, not followed.
	await turnTo(page, 'Text');
	await expect(page.getByRole('tabpanel')).toContainText('/track/click/');
	await expect(page.getByRole('tabpanel').getByRole('link')).toHaveCount(0);
	await turnTo(page, 'HTML');

	await page.getByRole('switch', { name: 'Count opens and clicks' }).check({ force: true });
	await expect.poll(() => kinds(sender)).toEqual(['Delivery', 'Open']);
	const clicking = page.waitForEvent('popup');
	await frame(page).getByRole('link', { name: 'Read more' }).click();
	await expect((await clicking).getByRole('heading', { name: 'Landed' })).toBeVisible();
	await expect.poll(() => kinds(sender)).toEqual(['Delivery', 'Open', 'Click']);
	const [, opened, clicked] = sender.webhooks;
	const both = { MessageID: json.MessageID, Recipient: 'ada@demo.test', MessageStream: 'outbound', Metadata: { campaign: 'autumn' } };
	expect(opened).toMatchObject({ ...both, FirstOpen: true });
	expect(clicked).toMatchObject({ ...both, OriginalLink: `${sender.url}/landing` });

	await expect(row(page, 'News')).toContainText('1 open');
	await expect(row(page, 'News')).toContainText('1 click');
	await turnTo(page, 'Events');
	await expect(events(page).locator('> li')).toHaveCount(3);
	await expect(events(page).locator('> li').first()).toContainText(`${sender.url}/landing`);
	await expect(events(page).locator('> li').first()).toContainText('Done');
});

test('by hand, a message waits for its receiver; a bounce marks it and suppresses the address', async ({ mail, open }) => {
	const page = await open();
	await page.getByRole('button', { name: 'Receiver' }).click();
	const chosen = page.waitForResponse((response) => response.url().endsWith('/api/receiver') && response.request().method() === 'PUT');
	await page.getByRole('radio', { name: /By hand/ }).check();
	await chosen;
	await page.keyboard.press('Escape');

	const [first, second] = [`first-${randomUUID()}@example.test`, `second-${randomUUID()}@example.test`];
	await mail.send({ to: [first, second], subject: 'For two', text: 'Hello both' });
	await expect(row(page, 'For two')).toContainText('Sent');
	await row(page, 'For two').click();
	await page.getByRole('combobox', { name: 'Recipient' }).selectOption(second);
	await page.getByRole('button', { name: 'Delivered' }).click();
	await expect(row(page, 'For two')).toContainText('Delivered');
	await expect(events(page).getByText(second, { exact: true })).toBeVisible();

	await page.getByRole('button', { name: 'Bounce' }).click();
	await page.getByRole('menuitem', { name: /Hard bounce/ }).click();
	await expect(row(page, 'For two')).toContainText('Bounced');
	await expect(events(page).locator('> li', { hasText: 'HardBounce' }).first()).toContainText(second);
	await expect(events(page).locator('pre', { hasText: '"RecordType": "Bounce"' })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Resubscribe' })).toBeVisible();
	await page.getByRole('combobox', { name: 'Recipient' }).selectOption(first);
	await expect(page.getByRole('button', { name: 'Unsubscribe' })).toBeVisible();

	await page.getByRole('button', { name: 'Receiver' }).click();
	await expect(page.getByRole('dialog').getByText(second)).toBeVisible();
	await page.getByRole('button', { name: `Remove ${second} from` }).click();
	await expect(page.getByRole('dialog').getByText(second)).toHaveCount(0);
});

test('a webhook that is refused waits, and is sent again on request', async ({ mail, sender, open }) => {
	await mail.postmark('POST', '/webhooks', { Url: `${sender.url}/webhooks`, MessageStream: 'outbound', Triggers: allTriggers });
	await mail.send({ subject: 'Complain about me', text: 'Hello' });
	await expect.poll(() => kinds(sender)).toEqual(['Delivery']);
	sender.answers(503);
	const page = await open();
	await row(page, 'Complain about me').click();
	await page.getByRole('button', { name: 'Spam complaint' }).click();
	const complaint = events(page)
		.locator('> li')
		.filter({ has: page.getByText('Spam complaint', { exact: true }) });
	await expect(complaint).toContainText('Waiting');
	await expect(complaint).toContainText('1 attempt, answered 503');
	await expect(row(page, 'Complain about me')).toContainText('Spam complaint');

	sender.answers(200);
	await page.getByRole('button', { name: 'Send waiting webhooks now' }).click();
	await expect(complaint).toContainText('Done');
	await expect(complaint).toContainText('2 attempts, answered 200');
	await expect(page.getByRole('button', { name: 'Send waiting webhooks now' })).toHaveCount(0);
	expect(sender.webhooks.filter(({ RecordType }) => RecordType === 'SpamComplaint')).toHaveLength(2);
});

test('a mail program unsubscribes with one click', async ({ mail, sender, open }) => {
	await mail.send({
		subject: 'Newsletter',
		text: 'Hello',
		headers: { 'List-Unsubscribe': `<${sender.url}/leave>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }
	});
	const page = await open();
	await row(page, 'Newsletter').click();
	await page.getByRole('button', { name: 'One-click unsubscribe' }).click();
	await expect(page.getByText('Unsubscribed: the sender answered 200.')).toBeVisible();
	expect(sender.visits).toEqual(['POST /leave']);
});

test('one batch is told to come back later, and a banner says so until then', async ({ mail, open }) => {
	const page = await open();
	await page.getByRole('button', { name: 'Faults' }).click();
	await page.getByRole('radio', { name: '429 Too many requests' }).check({ force: true });
	await page.getByLabel('Retry-After, seconds').fill('7');
	await page.getByRole('button', { name: 'Add fault' }).click();
	const sentence = 'The next batch request answers 429 Too Many Requests, Retry-After 7 s.';
	await expect(page.getByRole('list', { name: 'Active faults' })).toContainText(sentence);
	await page.keyboard.press('Escape');
	await expect(page.locator('#fault-banner')).toContainText(sentence);

	const batch = [{ From: 'crm@gemini.test', To: 'ada@demo.test', Subject: 'In a batch', TextBody: 'Hello' }];
	const refused = await mail.postmark('POST', '/email/batch', batch);
	expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7']);
	expect((await mail.postmark('POST', '/email/batch', batch)).status).toBe(200);
	await expect(row(page, 'In a batch')).toHaveCount(1);
	await expect(page.locator('#fault-banner')).toBeEmpty();
});

test('one recipient of a batch is rejected until the fault is removed', async ({ mail, open }) => {
	const page = await open();
	await page.getByRole('button', { name: 'Faults' }).click();
	await page.getByRole('radio', { name: 'Reject one recipient' }).check({ force: true });
	await page.getByLabel('To', { exact: true }).fill('gone@demo.test');
	await page.getByRole('button', { name: 'Add fault' }).click();
	const sentence = 'Every message in a batch to gone@demo.test is refused with 406 “Inactive recipient”.';
	await expect(page.getByRole('list', { name: 'Active faults' })).toContainText(sentence);

	const to = (address: string) => ({ From: 'crm@gemini.test', To: address, Subject: 'Hello', TextBody: 'Hello' });
	const codes = async () => {
		const { json } = await mail.postmark('POST', '/email/batch', [to('ada@demo.test'), to('gone@demo.test')]);
		return Object.values(json).map((result) =>
			result !== null && typeof result === 'object' && 'ErrorCode' in result ? result.ErrorCode : null
		);
	};
	expect(await codes()).toEqual([0, 406]);
	await page.getByRole('button', { name: `Remove: ${sentence}` }).click();
	await expect(page.getByText('None: the provider is healthy.')).toBeVisible();
	expect(await codes()).toEqual([0, 0]);
});
