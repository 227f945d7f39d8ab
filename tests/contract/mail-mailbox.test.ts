import { once } from 'node:events';
import { request, type IncomingMessage, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect } from 'vitest';
import { json, letter, startLoneMail, type LoneMail, soon } from './mail-server.ts';
import { embeddedTest as test } from './local.ts';

let mail: LoneMail;
beforeAll(async () => void (mail = await startLoneMail()));
afterAll(() => mail.stop());

/** A request whose Host and path are sent exactly as given, which fetch does not allow. */
async function raw(
	path: string,
	options: RequestOptions = {}
): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
	const answer = await new Promise<IncomingMessage>((resolve, reject) => {
		request({ host: '127.0.0.1', port: mail.service.port, path, ...options }, resolve)
			.on('error', reject)
			.end();
	});
	let body = '';
	for await (const chunk of answer) body += String(chunk);
	return { status: answer.statusCode ?? 0, headers: answer.headers, body };
}

const send = async (fields: object = {}) => (await mail.postmark.sendEmail(letter(fields))).MessageID;

type Page = { messages: { id: string; subject: string }[]; next: string | null; total: number };
const list = async (query: string): Promise<Page> => (await mail.mailbox('GET', `/messages?${query}`)).json();

test('messages are listed newest first, page by page, and narrowed', async () => {
	for (const name of ['ann', 'bob', 'cat']) {
		await send({
			Subject: `Listed ${name}`,
			To: `${name}@example.test`,
			TextBody: `Secret word of ${name}`,
			MessageStream: name === 'cat' ? 'broadcast' : 'outbound'
		});
	}
	const first = await list('search=listed&limit=2');
	expect(first.messages.map(({ subject }) => subject)).toEqual(['Listed cat', 'Listed bob']);
	expect(first.total).toBe(3);
	const second = await list(`search=listed&limit=2&before=${first.next}`);
	expect(second).toMatchObject({ messages: [{ subject: 'Listed ann' }], next: null, total: 3 });
	expect((await list('search=word%20of%20bob')).messages).toMatchObject([{ subject: 'Listed bob' }]);
	expect((await list('stream=broadcast&search=Listed')).messages).toMatchObject([{ subject: 'Listed cat' }]);
	expect((await list('recipient=ANN@example.test')).messages).toMatchObject([{ subject: 'Listed ann' }]);
	expect((await list('source=smtp')).messages).toEqual([]);
	expect((await list('search=%25%00')).messages).toEqual([]);
	for (const wrong of ['limit=0', 'limit=x', 'before=x']) expect((await mail.mailbox('GET', `/messages?${wrong}`)).status).toBe(422);
});

test('a message is read, marked as read, and removed, and open mailboxes hear of it', async () => {
	const stream = await fetch(`${mail.service.url}/api/stream`);
	expect(stream.headers.get('content-type')).toBe('text/event-stream');
	const news: string[] = [];
	const listening = (async () => {
		for await (const chunk of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) news.push(chunk);
	})();
	const heard = (event: string, data: string) =>
		expect.poll(() => news.join(''), soon).toMatch(new RegExp(`event: ${event}\\ndata: .*${data}`));

	const id = await send({ Subject: 'News' });
	await heard('message', '"subject":"News".*"read":false');
	expect((await mail.mailbox('POST', `/messages/${id}/read`)).status).toBe(204);
	await heard('message', '"read":true');
	await mail.mailbox('POST', `/messages/${id}/events`, { type: 'Open' });
	await heard('message', '"opened":1');
	expect((await mail.mailbox('DELETE', `/messages/${id}`)).status).toBe(204);
	await heard('removed', `{"id":"${id}"}`);
	expect((await mail.mailbox('GET', `/messages/${id}`)).status).toBe(404);

	await send();
	expect((await mail.mailbox('DELETE', '/messages')).status).toBe(204);
	await heard('removed', '{"id":null}');
	expect((await list('')).total).toBe(0);
	await mail.restart();
	await listening;
});

test('hostile HTML is shown where it can do nothing', async () => {
	const html =
		'<base href="https://evil.example/"><script>alert(1)</script><img src=x onerror="alert(2)">' +
		'<a href="https://example.com/" target="_top" rel=opener>x</a><form action="https://evil.example/"><input name=q></form><meta http-equiv=refresh content="0;url=https://evil.example/">';
	const id = await send({ HtmlBody: html, TrackOpens: true, TrackLinks: 'HtmlOnly' });
	const shown = await mail.mailbox('GET', `/messages/${id}/html`);
	const rules = shown.headers.get('content-security-policy')?.split('; ');
	expect(rules).toEqual(
		expect.arrayContaining([
			'sandbox allow-popups allow-popups-to-escape-sandbox',
			"default-src 'none'",
			"img-src data: http://127.0.0.1:* http://localhost:* 'self'",
			"style-src 'unsafe-inline'",
			"base-uri 'none'"
		])
	);
	expect(shown.headers.get('content-type')).toBe('text/html; charset=utf-8');
	expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
	const body = await shown.text();
	expect(body).toMatch(/<a href="http:\/\/127[^"]+\/track\/click\/[^"]+" target="_blank" rel="noopener noreferrer">/);
	expect(body).toContain('/track/open/');

	const untracked = await (await mail.mailbox('GET', `/messages/${id}/html?track=0`)).text();
	expect(untracked).toContain('<a href="https://example.com/" target="_blank" rel="noopener noreferrer">');
	expect(untracked).not.toContain('/track/');
	const source = await mail.mailbox('GET', `/messages/${id}/source`);
	expect(source.headers.get('content-type')).toBe('text/plain; charset=utf-8');
});

test('an attachment is only ever handed over as a file', async () => {
	const Content = Buffer.from('<script>alert(1)</script>').toString('base64');
	const id = await send({ Attachments: [{ Name: 'a"b; c=.html', Content, ContentType: 'text/html' }] });
	const attachment = await mail.mailbox('GET', `/messages/${id}/attachments/0`);
	expect(attachment.headers.get('content-disposition')).toBe(`attachment; filename="a_b_ c_.html"; filename*=UTF-8''a%22b%3B%20c%3D.html`);
	expect(attachment.headers.get('content-security-policy')).toContain('sandbox');
	expect((await mail.mailbox('GET', `/messages/${id}/attachments/1`)).status).toBe(404);
});

test('a document made to be slow is shown at once', async () => {
	const id = await send({
		HtmlBody: `${'<a '.repeat(200_000)}${'<style'.repeat(100_000)}${'</body'.repeat(200_000)}<a${' '.repeat(500_000)}>`,
		TrackOpens: true,
		TrackLinks: 'HtmlOnly'
	});
	const started = performance.now();
	expect((await mail.mailbox('GET', `/messages/${id}/html`)).status).toBe(200);
	expect(performance.now() - started).toBeLessThan(3000);
});

test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:54324', 'localhost@evil.example'])(
	'a page that leads the name “%s” to this machine reads no mail',
	async (host) => {
		for (const path of ['/api/messages', '/', '/messages/outbound?count=1&offset=0']) {
			const { status, body } = await raw(path, { headers: { host } });
			expect([path, status]).toEqual([path, 421]);
			expect(body).not.toContain('messages');
		}
	}
);

test('the mailbox itself may ask from its own page, no other page may', async () => {
	for (const name of ['localhost', '127.0.0.1', '[::1]']) {
		const host = `${name}:${mail.service.port}`;
		expect((await raw('/api/messages', { headers: { host, origin: `http://${host}` } })).status).toBe(200);
		for (const origin of ['https://evil.example', 'null', `https://${host}`, `http://${name}:1`]) {
			const answer = await raw('/api/messages', { headers: { host, origin } });
			expect([origin, answer.status]).toEqual([origin, 403]);
		}
	}
	const answer = await mail.mailbox('GET', '/messages');
	expect(answer.headers.get('cache-control')).toBe('no-store');
	expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
	expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
	const posted = await raw('/api/messages', { method: 'DELETE', headers: { host: 'localhost', origin: 'https://evil.example' } });
	expect(posted.status).toBe(403);
});

test('the page is served with rules that let it use its own files only, and no file beside them', async () => {
	const page = await raw('/');
	expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
	const rules = page.headers['content-security-policy'];
	for (const rule of ["default-src 'self'", "frame-src 'self'", "img-src 'self' data:", "style-src 'self'", "script-src 'self'"])
		expect(rules).toContain(rule);
	expect(rules).not.toContain('unsafe');
	const script = await raw('/assets/main.js');
	expect([script.status, script.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
	const attempts = [
		'/assets/../index.ts',
		'/assets/..%2findex.ts',
		'/assets/%2e%2e/index.ts',
		'/assets/..\\index.ts',
		`/assets/${process.cwd()}/package.json`,
		`/assets/file://${process.cwd()}/package.json`,
		'/assets/..%2f..%2f..%2fpackage.json',
		'/assets/main.js%00.html',
		'/assets/',
		'/assets/.hidden.js',
		'/assets/contract.d.ts',
		'/assets/missing.js'
	];
	for (const path of attempts) {
		const { status, body } = await raw(path);
		expect([path, status === 200], body.slice(0, 80)).toEqual([path, false]);
	}
});

test('requests that are nonsense are refused, and the service goes on', async () => {
	const post = (path: string, body: string) =>
		fetch(`${mail.service.url}/api${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
	const id = await send();
	expect((await post(`/messages/${id}/events`, '{"type":')).status).toBe(422);
	expect((await post(`/messages/${id}/events`, '[]')).status).toBe(422);
	expect((await raw('/api/messages/%E0%A4%A')).status).toBe(400);
	expect((await raw('/api/nothing')).status).toBe(404);
	expect((await raw("/api/messages/'; drop table messages; --".replaceAll(' ', '%20'))).status).toBe(404);
	expect((await post('/faults', `{"at":"${'x'.repeat(11 * 2 ** 20)}"}`)).status).toBe(413);
	const socket = connect(mail.service.port, '127.0.0.1');
	socket.write('NONSENSE\r\n\r\n');
	const [said] = await once(socket, 'data');
	expect(String(said)).toMatch(/^HTTP\/1\.1 400/);
	expect((await mail.mailbox('GET', `/messages/${id}`)).status).toBe(200);
});

test('a request still coming when the service stops does not hold it up for long', async () => {
	const socket = connect(mail.service.port, '127.0.0.1');
	await once(socket, 'connect');
	socket.write(`POST /email HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\nx-postmark-server-token: x\r\n\r\n{`);
	socket.on('error', () => {});
	const closed = once(socket, 'close');
	const started = performance.now();
	await mail.restart();
	expect(performance.now() - started).toBeLessThan(6000);
	await closed;
});

test('suppressions and streams are shown, and a suppression lifted by whoever plays the receiver', async () => {
	expect(await (await mail.mailbox('GET', '/streams')).json()).toEqual([
		{ id: 'outbound', name: expect.any(String), type: 'Transactional' },
		{ id: 'broadcast', name: expect.any(String), type: 'Broadcasts' }
	]);
	const id = await send({ To: 'angry+x@example.test' });
	await mail.mailbox('POST', `/messages/${id}/events`, { type: 'SpamComplaint' });
	expect(await (await mail.mailbox('GET', '/suppressions')).json()).toEqual([
		{
			stream: 'outbound',
			emailAddress: 'angry+x@example.test',
			reason: 'SpamComplaint',
			origin: 'Recipient',
			createdAt: expect.any(String)
		}
	]);
	expect((await mail.mailbox('DELETE', `/suppressions/outbound/${encodeURIComponent('angry+x@example.test')}`)).status).toBe(204);
	expect(await json(mail.mailbox('GET', '/suppressions'))).toEqual([]);
	expect((await mail.postmark.sendEmail(letter({ To: 'angry+x@example.test' }))).ErrorCode).toBe(0);
});
