import { randomUUID } from 'node:crypto';
import { allTriggers, expect, expectFlawless, frame, message, row, sendBySmtp, test, turnTo } from './mailbox.ts';

/** The mail service of the platform that the app runs on. */
function platformMail(): { url: string; smtpPort: number } {
	const { MAIL_URL, SMTP_PORT } = process.env;
	if (!MAIL_URL || !SMTP_PORT) throw new Error('MAIL_URL or SMTP_PORT is missing: tests/e2e/global-setup.ts sets them');
	return { url: MAIL_URL, smtpPort: Number(SMTP_PORT) };
}

test('a sign-in code arrives by itself and is copied', async ({ open }) => {
	const { url, smtpPort } = platformMail();
	const page = await open({ at: url, permissions: ['clipboard-read', 'clipboard-write'] });
	const subject = `Your code ${randomUUID()}`;
	await sendBySmtp(smtpPort, { subject, text: 'Hello Ada,\n\nyour code is\n\n482913\n\nOr: http://localhost:3000/confirm?token=abc' });

	await expect(row(page, subject)).toContainText('Unread');
	await row(page, subject).click();
	await expect(message(page).getByRole('heading', { name: subject })).toBeVisible();
	await page.getByRole('button', { name: 'Copy the code' }).click();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('482913');
	await expect(page.getByRole('button', { name: 'Copy the code' })).toContainText('Copied');
	await page.getByRole('button', { name: 'Copy the link' }).click();
	await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('http://localhost:3000/confirm?token=abc');
	await expect(row(page, subject)).not.toContainText('Unread');
});

test('a hostile message runs nothing, sends nothing and leads nowhere', async ({ mail, sender, open }) => {
	const evil = (path: string) => `${sender.url}/${path}`;
	await mail.send({
		subject: '<img src=x onerror="document.title=\'owned\'"> <b>bold</b>',
		from: '"<script>document.title=1</script>" <evil@example.test>',
		text: 'javascript:document.title=1 <script>document.title=1</script>',
		html: `<base href="${evil('base/')}"><meta http-equiv="refresh" content="0;url=${evil('refresh')}">
			<script>top.location = '${evil('script')}'; fetch('${evil('fetch')}')</script><script src="${evil('src.js')}"></script>
			<img src="x" onerror="top.document.title = 'owned'; location = '${evil('onerror')}'">
			<svg onload="top.location = '${evil('svg')}'"></svg><iframe src="${evil('frame')}"></iframe>
			<link rel="stylesheet" href="${evil('sheet.css')}"><object data="${evil('object')}"></object>
			<form action="${evil('form')}" method="post"><button>Win</button></form>
			<a href="javascript:top.document.title='owned'">Script</a> <a href="${evil('top')}" target="_top">Top</a><p>The end</p>`
	});
	const page = await open();
	page.watch.expectProblem(/Content Security Policy|sandboxed|frame-ancestors|Refused to/i);
	const subject = '<img src=x onerror="document.title=\'owned\'"> <b>bold</b>';
	await row(page, subject).click();
	await expect(page).toHaveTitle(`${subject} · Mailbox`);
	await expect(frame(page).getByText('The end')).toBeVisible();
	await frame(page).getByRole('button', { name: 'Win' }).click();
	await frame(page).getByRole('link', { name: 'Script' }).click();
	const popup = page.waitForEvent('popup', (opened) => opened.url().includes('/top'));
	await frame(page).getByRole('link', { name: 'Top' }).click();
	await popup;

	// The one thing that may happen is that a person follows a link, in a tab of its own.
	await expect.poll(() => sender.visits.filter((visit) => !visit.includes('favicon'))).toEqual(['GET /top']);
	await expect(frame(page).getByText('The end')).toBeVisible();
	for (const tab of ['Text', 'Headers', 'Source', 'Links']) {
		await turnTo(page, tab);
		await expect(page.getByRole('tabpanel')).toBeVisible();
	}
	await expect(page.getByRole('tabpanel').getByRole('link')).toHaveText([evil('top')]);
	await expect(page).toHaveTitle(`${subject} · Mailbox`);
	expect(await page.locator('article b, article script, article img').count()).toBe(0);
});

test('the list is searched, filtered and read page by page', async ({ mail, open }) => {
	const batch = Array.from({ length: 60 }, (_, n) => ({
		From: 'crm@gemini.test',
		To: `member${n}@example.test`,
		Subject: `Digest ${n}`,
		TextBody: n === 7 ? 'The needle' : 'Hay'
	}));
	await mail.postmark('POST', '/email/batch', batch);
	await mail.send({ subject: 'By SMTP', text: 'Hay' });
	const page = await open();
	const rows = page.getByRole('list', { name: 'Messages, newest first' }).getByRole('link');
	await expect(rows).toHaveCount(50);
	await expect(page.getByRole('status').filter({ hasText: '61 messages' })).toBeVisible();
	await page.getByRole('button', { name: 'Load more' }).click();
	await expect(rows).toHaveCount(61);
	await expect(page.getByRole('button', { name: 'Load more' })).toHaveCount(0);

	await page.getByRole('combobox', { name: 'Source' }).selectOption('SMTP');
	await expect(rows).toHaveCount(1);
	await page.getByRole('combobox', { name: 'Source' }).selectOption('All sources');
	const search = page.getByRole('searchbox', { name: 'Search messages' });
	await search.fill('needle');
	await expect(rows).toHaveText([/Digest 7/]);
	await search.fill('to:member42@example.test');
	await expect(rows).toHaveText([/Digest 42/]);
	await search.fill('nothing like this');
	await page.getByRole('button', { name: 'Show all messages' }).click();
	await expect(rows).toHaveCount(50);
	await expect(search).toHaveValue('');
});

test('everything is within reach of the keyboard', async ({ mail, open }) => {
	for (const subject of ['First', 'Second', 'Third'])
		await mail.send({ subject, html: `<p>${subject}</p>`, text: `${subject}, code 123456` });
	const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
	await expect(row(page, 'First')).toBeVisible();
	const press = (key: string) => page.keyboard.press(key);
	await press('j');
	await expect(row(page, 'Third')).toBeFocused();
	await press('ArrowDown');
	await press('j');
	await expect(row(page, 'First')).toBeFocused();
	await press('k');
	await press('Enter');
	await expect(message(page).getByRole('heading', { name: 'Second' })).toBeFocused();
	await press('2');
	await expect(page.getByRole('tab', { name: 'Text' })).toHaveAttribute('aria-selected', 'true');
	await press('c');
	await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('123456');

	await page.getByRole('tab', { name: 'Text' }).focus();
	await press('ArrowRight');
	await expect(page.getByRole('tab', { name: 'Headers' })).toBeFocused();
	await page.getByRole('button', { name: 'Bounce' }).focus();
	await press('Enter');
	await expect(page.getByRole('menuitem', { name: /Hard bounce/ })).toBeFocused();
	await press('ArrowDown');
	await expect(page.getByRole('menuitem', { name: /Soft bounce/ })).toBeFocused();
	await press('Escape');
	await expect(page.getByRole('button', { name: 'Bounce' })).toBeFocused();
	await expect(message(page)).toBeVisible();

	await press('Escape');
	await expect(row(page, 'Second')).toBeFocused();
	await press('Delete');
	await expect(row(page, 'Second')).toHaveCount(0);
	await expect(row(page, 'First')).toBeFocused();
	await press('/');
	await expect(page.getByRole('searchbox', { name: 'Search messages' })).toBeFocused();
	await page.keyboard.type('third');
	await expect(row(page, 'First')).toHaveCount(0);
	await press('ArrowDown');
	await expect(row(page, 'Third')).toBeFocused();
	await press('?');
	await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Back to the list');
});

test('on a phone the list and the message take turns', async ({ mail, open }) => {
	await mail.send({
		subject: 'A subject that is far too long for the narrow screen of a telephone',
		to: 'somebody-with-a-very-long-name-indeed@a-company-with-a-long-name.example',
		html: '<table width="900"><tr><td>Wide</td></tr></table>',
		text: `https://example.test/${'long'.repeat(60)}`
	});
	const page = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
	const list = page.getByRole('region', { name: 'Messages' });
	const overflow = () =>
		page.evaluate(() =>
			[document.documentElement, ...document.querySelectorAll('.list-scroll, .message-pane')]
				.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)
				.reduce((sum, each) => sum + each)
		);
	await expect(row(page, 'A subject')).toBeVisible();
	expect(await overflow()).toBe(0);
	await row(page, 'A subject').tap();
	await expect(list).toBeHidden();
	for (const tab of ['HTML', 'Text', 'Links', 'Headers', 'Source', 'Events']) {
		await turnTo(page, tab);
		await expect(page.getByRole('tabpanel')).toBeVisible();
		expect(await overflow(), tab).toBe(0);
	}
	await page.getByRole('button', { name: 'Back to the list' }).tap();
	await expect(list).toBeVisible();
	await expect(message(page)).toBeHidden();
	await row(page, 'A subject').tap();
	await expect(message(page)).toBeVisible();
	await page.goBack();
	await expect(list).toBeVisible();
});

test('an empty mailbox teaches how to fill it, and clearing names what goes', async ({ mail, open }) => {
	const page = await open();
	await expect(page.getByRole('heading', { name: 'No mail yet' })).toBeVisible();
	const address = await page.locator('code', { hasText: 'smtp://' }).innerText();
	await sendBySmtp(Number(new URL(address).port), { subject: 'One', text: 'x' });
	await mail.send({ subject: 'Two', text: 'x' });
	await expect(row(page, 'Two')).toBeVisible();

	await page.getByRole('button', { name: 'Delete all messages' }).click();
	await expect(page.getByRole('dialog', { name: 'Delete 2 messages?' })).toBeVisible();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(row(page, 'One')).toBeVisible();
	await page.getByRole('button', { name: 'Delete all messages' }).click();
	await page.getByRole('button', { name: 'Delete 2 messages' }).click();
	await expect(page.getByRole('heading', { name: 'No mail yet' })).toBeVisible();
	await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a lost connection is said, and what came meanwhile is there after it', async ({ mail, open }) => {
	await mail.send({ subject: 'Before', text: 'x' });
	const page = await open();
	await expect(row(page, 'Before')).toBeVisible();
	page.watch.expectProblem(/net::ERR_/);
	await mail.stop();
	await expect(page.getByText('Reconnecting…')).toBeVisible();
	await expect(row(page, 'Before')).toBeVisible();
	await mail.start();
	await mail.send({ subject: 'After', text: 'x' });
	await expect(row(page, 'After')).toBeVisible();
	await expect(page.getByText('Reconnecting…')).toHaveCount(0);
});

for (const { colorScheme, size, viewport } of [
	{ colorScheme: 'light', size: 'a desk', viewport: { width: 1440, height: 900 } },
	{ colorScheme: 'dark', size: 'a phone', viewport: { width: 390, height: 844 } }
] as const)
	test(`axe finds nothing, ${colorScheme}, on ${size}`, async ({ mail, sender, open }) => {
		test.slow();
		await mail.postmark('POST', '/webhooks', { Url: `${sender.url}/webhooks`, MessageStream: 'outbound', Triggers: allTriggers });
		const page = await open({ colorScheme, viewport });
		await expect(page.getByRole('heading', { name: 'No mail yet' })).toBeVisible();
		await expectFlawless(page);
		await mail.postmark('POST', '/email', {
			...{ From: 'Gemini <crm@gemini.test>', To: 'ada@demo.test, bob@demo.test', Cc: 'cc@demo.test', Subject: 'Your code', Tag: 'sign-in' },
			...{ HtmlBody: '<p>123456</p><a href="https://example.test/in">Sign in</a>', TextBody: 'Code\n123456', Metadata: { user: '7' } },
			Attachments: [{ Name: 'a.txt', Content: 'aGVsbG8=', ContentType: 'text/plain' }]
		});
		await mail.api('POST', 'faults', { at: 'messages', effect: { kind: 'status', status: 503 } });
		await expect(page.locator('#fault-banner')).toContainText('503');
		await expectFlawless(page);
		await row(page, 'Your code').click();
		await page.getByRole('button', { name: 'Bounce' }).click();
		await expectFlawless(page);
		await page.getByRole('menuitem', { name: /Hard bounce/ }).click();
		await expect(message(page).getByText('Bounced').first()).toBeVisible();
		for (const tab of ['Events', 'HTML', 'Links', 'Headers']) {
			await turnTo(page, tab);
			await expect(page.getByRole('tabpanel')).toBeVisible();
			await expectFlawless(page);
		}
		for (const drawer of ['Faults', 'Receiver', 'Keyboard shortcuts']) {
			await page.getByRole('button', { name: drawer }).click();
			await expect(page.getByRole('dialog', { name: drawer })).toBeVisible();
			await expectFlawless(page);
			await page.keyboard.press('Escape');
		}
		await page.keyboard.press('Escape');
		await page.getByRole('searchbox', { name: 'Search messages' }).fill('no such thing');
		await expect(page.getByRole('heading', { name: 'No message matches' })).toBeVisible();
		await expectFlawless(page);
	});
