import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, expect } from 'vitest';
import { createMailer, type Mailer, type MailerOptions } from '../../embedded/auth/mailer.ts';
import { loadSettings, parseSettings, type Template } from '../../embedded/settings/index.ts';
import { embeddedTest as test } from './local.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

type Received = { from: string; to: string[]; email: Email };

/** A mail server on a free port, and what it has received. */
async function mailServer(options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
	const received: Received[] = [];
	const server = new SMTPServer({
		authOptional: true,
		// It would warn of its own certificate at every start.
		disabledCommands: ['STARTTLS'],
		onData(stream, session, done) {
			const chunks: Buffer[] = [];
			stream.on('data', (chunk: Buffer) => chunks.push(chunk));
			stream.on('end', () => {
				const { mailFrom, rcptTo } = session.envelope;
				PostalMime.parse(Buffer.concat(chunks)).then((email) => {
					received.push({ from: mailFrom ? mailFrom.address : '', to: rcptTo.map(({ address }) => address), email });
					done();
				}, done);
			});
		},
		...options
	});
	server.on('error', () => {});
	server.listen(0, '127.0.0.1');
	await once(server.server, 'listening');
	cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
	return { port: portOf(server.server), received };
}

function portOf(server: Server): number {
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
	return address.port;
}

const settings = loadSettings('supabase/config.toml').auth.email;

function mailer(port: number, options: Partial<MailerOptions> = {}): Mailer {
	const made = createMailer({
		email: settings,
		from: { address: 'auth@crm.test', name: 'GeminiCRM' },
		smtp: { host: '127.0.0.1', port },
		...options
	});
	cleanUps.push(() => made.close());
	return made;
}

const withTemplate = (invite: Template) => ({ ...settings, templates: { ...settings.templates, invite } });

const link = 'http://127.0.0.1:54321/auth/v1/verify?token=abc&type=recovery&redirect_to=http://localhost:3000/x';
/** Where the project's own letters lead: to the app, which uses the hash when a person presses a button, not when a scanner looks. */
const site = (type: string) =>
	`http://localhost:3000/auth/confirm?token_hash=abc&type=${type}&next=${encodeURIComponent('http://localhost:3000/x').toLowerCase()}`;
const types: Partial<Record<string, string>> = {
	confirmation: 'signup',
	recovery: 'recovery',
	magic_link: 'magiclink',
	invite: 'invite',
	email_change: 'email_change'
};
const data = {
	SiteURL: 'http://localhost:3000',
	ConfirmationURL: link,
	Email: 'ada@example.test',
	Token: '493817',
	TokenHash: 'abc',
	RedirectTo: 'http://localhost:3000/x',
	Data: { name: 'Ada' }
};

test('a letter arrives with subject, both parts and the headers of an automatic message', async () => {
	const { port, received } = await mailServer();
	await mailer(port).send({ template: 'recovery', to: 'ada@example.test', data });

	expect(received).toHaveLength(1);
	const [letter] = received;
	expect(letter).toMatchObject({
		from: 'auth@crm.test',
		to: ['ada@example.test'],
		email: {
			from: { address: 'auth@crm.test', name: 'GeminiCRM' },
			to: [{ address: 'ada@example.test' }],
			subject: settings.templates.recovery.subject,
			messageId: expect.stringMatching(/^<[^@\s]+@crm\.test>$/),
			headers: expect.arrayContaining([expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' })])
		}
	});
	expect(Math.abs(Date.now() - Date.parse(letter?.email.date ?? ''))).toBeLessThan(60_000);
	expect(letter?.email.html).toContain('493817');
	expect(letter?.email.html).toContain(`href="${site('recovery').replaceAll('&', '&amp;')}"`);
	expect(letter?.email.text).toContain('493817');
	expect(letter?.email.text).toContain(site('recovery'));
	expect(letter?.email.text).not.toMatch(/<\/?[a-z]|&[a-z]+;/);
});

test('the text part says what the HTML part shows, each link as words and address', async () => {
	const { port, received } = await mailServer();
	const html = `<!doctype html><html><head><title>Title</title><style>p { color: red }</style></head><body>
		<div style="display:none">preview</div>
		<h1>Hello &amp; welcome, {{ .Data.name }}</h1><p>First&nbsp;line<br>second   line</p>
		<table><tr><td><a class="b" href="{{ .ConfirmationURL }}"><b>Accept</b> it</a></td></tr></table>
		<p><a href="{{ .ConfirmationURL }}">{{ .ConfirmationURL }}</a></p><ul><li>one</li><li>two</li></ul></body></html>`;
	const { send } = mailer(port, { email: withTemplate({ subject: 'x', html }) });
	await send({ template: 'invite', to: 'ada@example.test', data: { ...data, Data: { name: 'Ada <3' } } });
	expect(received[0]?.email.text?.trim().replaceAll('\r\n', '\n')).toBe(
		`Hello & welcome, Ada <3\n\nFirst line\nsecond line\n\nAccept it: ${link}\n\n${link}\n\n- one\n- two`
	);
});

test.each(Object.keys(settings.templates))('the template %s of the project makes a letter', async (name) => {
	const { port, received } = await mailServer();
	const template = Object.keys(settings.templates).find((known): known is keyof typeof settings.templates => known === name);
	if (!template) throw new Error(`no template ${name}`);
	await mailer(port).send({
		template,
		to: 'ada@example.test',
		data: { ...data, NewEmail: 'new@example.test', SendingTo: 'new@example.test' }
	});
	const { subject = '', html = '', text = '' } = received[0]?.email ?? {};
	expect(subject).not.toMatch(/\{\{|^$/);
	for (const part of [html, text]) {
		expect(part).toContain('GeminiCRM');
		expect(part).not.toMatch(/\{\{|ZgotmplZ|undefined|<nil>/);
		if (template !== 'invite') expect(part).toContain('493817');
		const type = types[template];
		if (type) expect(part.replaceAll('&amp;', '&')).toContain(site(type));
	}
	// Nothing is fetched when the letter is opened.
	expect(html).not.toMatch(/<(img|link|script|iframe)\b|@import|url\(/i);
});

test('every notification of the project makes a letter that says what happened', async () => {
	const { port, received } = await mailServer();
	const { send } = mailer(port);
	const about = { SiteURL: data.SiteURL, Email: 'new@example.test', Data: {} };
	await send({ template: 'password_changed', to: 'a@example.test', data: about });
	await send({ template: 'email_changed', to: 'a@example.test', data: { ...about, OldEmail: 'old@example.test' } });
	await send({ template: 'mfa_factor_enrolled', to: 'a@example.test', data: { ...about, FactorType: 'totp' } });
	await send({ template: 'mfa_factor_unenrolled', to: 'a@example.test', data: { ...about, FactorType: 'totp' } });
	const texts = received.map(({ email }) => email.text ?? '');
	expect(texts).toHaveLength(4);
	expect(texts[0]).toMatch(/password/i);
	expect(texts[1]).toContain('old@example.test');
	expect(texts[1]).toContain('new@example.test');
	expect(texts[2]).toMatch(/added/i);
	expect(texts[3]).toMatch(/removed/i);
	for (const text of texts) expect(text).toContain(`${data.SiteURL}`);
});

test('data can neither add a header nor a recipient', async () => {
	const { port, received } = await mailServer();
	const evil = 'x\r\nBcc: eve@evil.test\r\n\r\n<script>alert(1)</script>';
	const { send } = mailer(port, { email: withTemplate({ subject: 'Hello {{ .Data.name }}', html: '<p>{{ .Data.name }}</p>' }) });
	await send({ template: 'invite', to: 'ada@example.test', data: { ...data, Data: { name: evil } } });
	expect(received[0]?.to).toEqual(['ada@example.test']);
	expect(received[0]?.email.bcc ?? []).toEqual([]);
	expect(received[0]?.email.subject).toBe('Hello x Bcc: eve@evil.test <script>alert(1)</script>');
	expect(received[0]?.email.html).not.toContain('<script>');
});

test.each([
	'ada@example.test\r\nRCPT TO:<eve@evil.test>',
	'ada@example.test\nBcc: eve@evil.test',
	'ada@example.test, eve@evil.test',
	'Ada <eve@evil.test>',
	'ada@example.test\0',
	'ada',
	''
])('no letter goes to what is not one address: %j', async (to) => {
	const { port, received } = await mailServer();
	await expect(mailer(port).send({ template: 'recovery', to, data })).rejects.toThrow('is not an address');
	expect(received).toEqual([]);
});

test('a letter that the server refuses is not sent', async () => {
	const { port } = await mailServer({
		onRcptTo: (_address, _session, done) => done(Object.assign(new Error('no such mailbox'), { responseCode: 550 }))
	});
	await expect(mailer(port).send({ template: 'recovery', to: 'ada@example.test', data })).rejects.toThrow('no such mailbox');

	const full = await mailServer({
		onData(stream, _session, done) {
			stream.resume();
			stream.on('end', () => done(Object.assign(new Error('disk full'), { responseCode: 452 })));
		}
	});
	await expect(mailer(full.port).send({ template: 'recovery', to: 'ada@example.test', data })).rejects.toThrow('disk full');
});

test('a server that is not there is told of', async () => {
	const { port } = await talkingServer(() => {});
	await cleanUps.pop()?.();
	await expect(mailer(port).send({ template: 'recovery', to: 'ada@example.test', data })).rejects.toThrow('ECONNREFUSED');
});

/** A server that says what `talk` writes. */
async function talkingServer(talk: (socket: Socket) => void): Promise<{ port: number; sockets: Set<Socket> }> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket)).on('error', () => {});
		talk(socket);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	cleanUps.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
	return { port: portOf(server), sockets };
}

test.each<[string, (socket: Socket) => void]>([
	['never says a word', (socket) => socket.resume()],
	['greets and falls silent', (socket) => socket.resume().write('220 mail.test\r\n')],
	[
		'never comes to the end of an answer',
		(socket) => {
			socket.resume().write('220 mail.test\r\n');
			const drip = setInterval(() => socket.write('250-still here\r\n'), 20);
			socket.on('close', () => clearInterval(drip));
		}
	]
])('a server that %s is given up on in time, and its connection closed', async (_name, talk) => {
	const { port, sockets } = await talkingServer(talk);
	const started = performance.now();
	await expect(mailer(port, { timeoutMs: 300 }).send({ template: 'recovery', to: 'ada@example.test', data })).rejects.toThrow(/abort/i);
	expect(performance.now() - started).toBeLessThan(5_000);
	await expect.poll(() => sockets.size).toBe(0);
});

test('a server of this machine need not have a certificate that anybody trusts', async () => {
	const { port, received } = await mailServer({ disabledCommands: [] });
	await mailer(port).send({ template: 'recovery', to: 'ada@example.test', data });
	expect(received).toHaveLength(1);
});

test('letters sent at once share connections, and all arrive', async () => {
	let connections = 0;
	const { port, received } = await mailServer({
		onConnect: (_session, done) => {
			connections++;
			done();
		}
	});
	const { send } = mailer(port);
	const people = Array.from({ length: 20 }, (_, at) => `person${at}@example.test`);
	await Promise.all(people.map((to) => send({ template: 'recovery', to, data })));
	expect(received.map(({ to }) => to[0]).sort()).toEqual([...people].sort());
	expect(connections).toBeLessThanOrEqual(4);
});

test('the password of a mail server is used, and a wrong one refused', async () => {
	const { port, received } = await mailServer({
		authOptional: false,
		onAuth: ({ username, password }, _session, done) =>
			username === 'crm' && password === 'right' ? done(null, { user: username }) : done(new Error('bad credentials'))
	});
	const smtp = { host: '127.0.0.1', port, user: 'crm' };
	await mailer(port, { smtp: { ...smtp, pass: 'right' } }).send({ template: 'recovery', to: 'ada@example.test', data });
	expect(received).toHaveLength(1);
	await expect(
		mailer(port, { smtp: { ...smtp, pass: 'wrong' } }).send({ template: 'recovery', to: 'ada@example.test', data })
	).rejects.toThrow('bad credentials');
});

test('a password is not sent in the clear to another machine', async () => {
	const attempts: string[] = [];
	const { port } = await mailServer({
		authOptional: false,
		onAuth: ({ username }, _session, done) => {
			attempts.push(String(username));
			done(null, { user: username });
		}
	});
	// The same server by an address that is not known to be this machine's.
	const { send } = mailer(port, { smtp: { host: '0.0.0.0', port, user: 'crm', pass: 'secret' } });
	await expect(send({ template: 'recovery', to: 'ada@example.test', data })).rejects.toThrow(/STARTTLS/);
	expect(attempts).toEqual([]);
});

test('a template that cannot be used is told when the mailer is made, by name, part and line', () => {
	const make = (invite: Template) => () => mailer(1, { email: withTemplate(invite) });
	expect(make({ subject: 'x', html: '<p>\n{{ if }}</p>' })).toThrow(
		'The body of [auth.email.template.invite] cannot be used: line 2: a value is missing'
	);
	expect(make({ subject: '{{ shout .Email }}', html: 'x' })).toThrow('The subject of [auth.email.template.invite]');
});

test('a notification that is not enabled is not sent', async () => {
	const { port, received } = await mailServer();
	const { send } = mailer(port, { email: parseSettings('').auth.email });
	await expect(send({ template: 'password_changed', to: 'ada@example.test', data })).rejects.toThrow('not enabled');
	expect(received).toEqual([]);
});
