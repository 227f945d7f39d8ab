import { connect } from 'node:net';
import { createTransport, type Transporter } from 'nodemailer';
import { afterAll, beforeAll, expect } from 'vitest';
import { json, startLoneMail, type LoneMail } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
let transport: Transporter;
beforeAll(async () => {
	mail = await startLoneMail();
	transport = createTransport({ host: '127.0.0.1', port: mail.service.smtpPort });
});
afterAll(() => mail.stop());

/** The newest message. */
async function newest(): Promise<Record<string, unknown>> {
	const { messages }: { messages: { id: string }[] } = await (await mail.mailbox('GET', '/messages?limit=1')).json();
	return json(mail.mailbox('GET', `/messages/${messages[0]?.id}`));
}

test('a letter arrives with both its parts, its attachment and its blind recipients', async () => {
	const info = await transport.sendMail({
		from: '"Ada, of London" <ada@example.test>',
		to: 'one@example.test, Zwei <two@example.test>',
		cc: 'three@example.test',
		bcc: 'four@example.test',
		subject: 'Dein Code: ✓ 123456',
		text: 'Your code is 123456',
		html: '<p>Your code is <b>123456</b>. <a href="http://127.0.0.1:3000/confirm?token=x&amp;y=1">Confirm</a></p>',
		attachments: [{ filename: 'Übersicht.txt', content: 'noted' }]
	});
	expect(info.response).toMatch(/^250 /);
	const message = await newest();
	expect(message).toMatchObject({
		source: 'smtp',
		stream: 'outbound',
		from: '"Ada, of London" <ada@example.test>',
		to: ['one@example.test', 'two@example.test'],
		cc: ['three@example.test'],
		bcc: ['four@example.test'],
		subject: 'Dein Code: ✓ 123456',
		status: 'delivered',
		preview: 'Your code is 123456',
		read: false,
		attachmentList: [{ index: 0, name: 'Übersicht.txt', contentType: 'text/plain', size: 5 }],
		links: [{ url: 'http://127.0.0.1:3000/confirm?token=x&y=1', text: 'Confirm' }]
	});
	expect(message.html, 'nothing is tracked that nobody asked to track').toContain('href="http://127.0.0.1:3000/confirm?token=x&amp;y=1"');
	const attachment = await mail.mailbox('GET', `/messages/${String(message.id)}/attachments/0`);
	expect(attachment.headers.get('content-disposition')).toBe(`attachment; filename="_bersicht.txt"; filename*=UTF-8''%C3%9Cbersicht.txt`);
	expect(await attachment.text()).toBe('noted');
	const source = await (await mail.mailbox('GET', `/messages/${String(message.id)}/source`)).text();
	expect(source).toContain('Subject: =?UTF-8?');
});

test('a message goes to whom the envelope names, whatever its head says', async () => {
	await transport.sendMail({
		envelope: { from: 'a@example.test', to: 'second@example.test' },
		from: 'a@example.test',
		to: 'first@example.test, second@example.test',
		subject: 'Copy for the second',
		text: 'x'
	});
	expect(await newest()).toMatchObject({
		to: ['first@example.test', 'second@example.test'],
		bcc: [],
		events: [{ type: 'Delivery', recipient: 'second@example.test' }]
	});
});

test('any credentials are taken, and none', async () => {
	for (const auth of [{ user: 'anybody', pass: 'anything' }, undefined]) {
		const signedIn = createTransport({ host: '127.0.0.1', port: mail.service.smtpPort, ...(auth ? { auth } : {}) });
		expect(await signedIn.verify()).toBe(true);
		await signedIn.sendMail({ from: 'a@example.test', to: 'b@example.test', subject: `as ${auth?.user}`, text: 'x' });
		expect(await newest()).toMatchObject({ subject: `as ${auth?.user}` });
	}
});

test('Postmark’s headers choose the stream, tag, metadata and tracking', async () => {
	await transport.sendMail({
		from: 'a@example.test',
		to: 'b@example.test',
		subject: 'Steered',
		html: '<body><a href="https://example.com/">x</a></body>',
		headers: {
			'X-PM-Message-Stream': 'broadcast',
			'X-PM-Tag': 'steered',
			'X-PM-Metadata-Campaign': 'c1',
			'X-PM-TrackOpens': 'true',
			'X-PM-TrackLinks': 'HtmlOnly'
		}
	});
	const message = await newest();
	expect(message).toMatchObject({ stream: 'broadcast', tag: 'steered', metadata: { Campaign: 'c1' } });
	expect(message.html).toMatch(/\/track\/click\/.*\/track\/open\/.*<\/body>/);
	const found = await mail.postmark.getOutboundMessages({ messageStream: 'broadcast', metadata_Campaign: 'c1' });
	expect(found.Messages[0]?.MessageID).toBe(message.id);
});

test('an unknown stream is refused, and so is a message that is too large', async () => {
	const letter = { from: 'a@example.test', to: 'b@example.test', subject: 'Refused', text: 'x' };
	await expect(transport.sendMail({ ...letter, headers: { 'X-PM-Message-Stream': 'nowhere' } })).rejects.toMatchObject({
		responseCode: 550
	});
	await expect(transport.sendMail({ ...letter, text: 'x'.repeat(26 * 2 ** 20) })).rejects.toMatchObject({ responseCode: 552 });
	expect(await json(mail.mailbox('GET', '/messages?search=Refused'))).toMatchObject({ messages: [] });
});

test('a message to suppressed recipients is taken and becomes a bounce, as nobody can be told otherwise', async () => {
	await mail.postmark.createSuppressions('outbound', { Suppressions: [{ EmailAddress: 'gone@example.test' }] });
	await transport.sendMail({ from: 'a@example.test', to: 'gone@example.test', subject: 'To nobody', text: 'x' });
	expect(await newest()).toMatchObject({
		status: 'dropped',
		events: [{ type: 'Bounce', detail: { Type: 'SMTPApiError', Inactive: false } }]
	});
	await transport.sendMail({ from: 'a@example.test', to: 'gone@example.test, here@example.test', subject: 'To one', text: 'x' });
	expect(await newest()).toMatchObject({
		status: 'delivered',
		events: [
			{ type: 'Delivery', recipient: 'here@example.test' },
			{ type: 'Bounce', recipient: 'gone@example.test' }
		]
	});
});

/** Speaks SMTP line by line. Returns the last reply. */
async function converse(lines: string[]): Promise<string> {
	const socket = connect(mail.service.smtpPort, '127.0.0.1').setEncoding('utf8');
	const replies = socket[Symbol.asyncIterator]();
	const reply = async () => {
		let text = '';
		do text += String((await replies.next()).value ?? '250 closed\r\n');
		while (!/^\d{3} .*\r\n$/m.test(text));
		return text;
	};
	await reply();
	let last = '';
	for (const line of lines) {
		socket.write(line);
		last = await reply();
	}
	socket.destroy();
	return last;
}

test('a quoted local part, a second name for the same mailbox, is refused', async () => {
	expect(await converse(['EHLO test\r\n', 'MAIL FROM:<a@example.test>\r\n', 'RCPT TO:<"gone"@example.test>\r\n'])).toMatch(/^553 /);
});

test('8-bit text, addresses in other scripts and a missing head are taken as they are', async () => {
	const hello = await converse(['EHLO test\r\n']);
	expect(hello).toMatch(/8BITMIME/);
	expect(hello).toMatch(/SMTPUTF8/);
	expect(hello).toMatch(/SIZE 26214400/);
	expect(hello).not.toMatch(/STARTTLS/);
	const envelope = ['EHLO test\r\n', 'MAIL FROM:<ä@example.test> SMTPUTF8 BODY=8BITMIME\r\n', 'RCPT TO:<ö@example.test>\r\n', 'DATA\r\n'];
	expect(
		await converse([...envelope, 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße \0.\r\n.\r\n'])
	).toMatch(/^250 /);
	expect(await newest()).toMatchObject({
		from: 'ä@example.test',
		to: [],
		bcc: ['ö@example.test'],
		subject: '',
		text: expect.stringContaining('Grüße')
	});
});
