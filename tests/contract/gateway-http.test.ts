import { get } from 'node:http';
import { connect as openSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, freshEmail } from './auth-clients.ts';

const { apiUrl, publishableKey, secretKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

test('the platform says that it is well, to anybody', async () => {
	const response = await call('/health');
	expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
	const auth = await call('/auth/v1/health', { headers: { apikey: publishableKey } });
	expect(await auth.json()).toMatchObject({ name: 'GoTrue' });
});

test('a page of any origin may ask what supabase-js asks', async () => {
	const preflight = await call('/rest/v1/deals?select=id', {
		method: 'OPTIONS',
		headers: {
			origin: 'https://app.example.test',
			'access-control-request-method': 'PATCH',
			'access-control-request-headers':
				'apikey,authorization,content-profile,content-type,prefer,x-client-info,x-request-id,x-supabase-api-version'
		}
	});
	expect(preflight.ok).toBe(true);
	expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
	expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
	for (const name of ['apikey', 'authorization', 'prefer', 'x-client-info', 'x-supabase-api-version']) {
		expect(preflight.headers.get('access-control-allow-headers')).toContain(name);
	}
	const answers = [
		await call('/auth/v1/settings', { headers: { apikey: publishableKey, origin: 'https://app.example.test' } }),
		await call('/rest/v1/deals', { headers: { apikey: 'wrong', origin: 'https://app.example.test' } })
	];
	for (const answer of answers) {
		expect(answer.headers.get('access-control-allow-origin')).toBe('*');
		expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
		for (const name of ['content-range', 'x-total-count', 'link', 'x-supabase-api-version']) {
			expect(answer.headers.get('access-control-expose-headers')).toContain(name);
		}
	}
});

test('every answer names its request; a client may choose the name', async () => {
	const first = await call('/health');
	const second = await call('/health');
	expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
	expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
	expect((await call('/health', { headers: { 'x-request-id': 'drag-17' } })).headers.get('x-request-id')).toBe('drag-17');
	expect((await call('/health', { headers: { 'x-request-id': 'a "b' } })).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a body beyond the limit is refused, announced or not', async () => {
	const headers = { apikey: publishableKey, 'content-type': 'application/json' };
	const chunk = new Uint8Array(2 ** 20).fill(32);
	const announced = await call('/auth/v1/signup', {
		method: 'POST',
		headers,
		body: Buffer.concat(Array.from({ length: 11 }, () => chunk))
	});
	expect(announced.status).toBe(413);
	let sent = 0;
	const stream = new ReadableStream<Uint8Array>({
		pull: (controller) => (sent++ < 11 ? controller.enqueue(chunk) : controller.close())
	});
	const init: RequestInit & { duplex: 'half' } = { method: 'POST', headers, body: stream, duplex: 'half' };
	expect((await call('/auth/v1/signup', init)).status).toBe(413);
	expect((await call('/health')).status, 'and the next request is served').toBe(200);
});

test('the client’s address is the connection’s, unless a server with the secret key vouches for another', async () => {
	const addressSeen = async (apikey: string, headers: Record<string, string>) => {
		const email = freshEmail();
		await call('/auth/v1/signup', {
			method: 'POST',
			headers: { apikey, ...headers },
			body: JSON.stringify({ email, password: 'long enough' })
		});
		const [row] = await sql`select host(s.ip) as ip from auth.sessions s join auth.users u on u.id = s.user_id where u.email = ${email}`;
		return row?.ip;
	};
	expect(await addressSeen(secretKey, { 'sb-forwarded-for': '203.0.113.7' })).toBe('203.0.113.7');
	expect(await addressSeen(secretKey, { 'sb-forwarded-for': '2001:db8::7, 10.0.0.1' })).toBe('2001:db8::7');
	expect(await addressSeen(secretKey, { 'sb-forwarded-for': 'nonsense' })).toBe('127.0.0.1');
	for (const name of ['sb-forwarded-for', 'x-forwarded-for', 'x-real-ip']) {
		expect(await addressSeen(publishableKey, { [name]: '203.0.113.7' })).toBe('127.0.0.1');
	}
});

test('paths that no part serves are not found', async () => {
	for (const path of ['/', '/rest/v2/deals', '/restful', '/_system/info', '/pg/tables', '/rest/v1/../../_system/info']) {
		expect([path, (await call(path, { headers: { apikey: secretKey } })).status]).toEqual([path, 404]);
	}
});

test.each([
	['that is no HTTP', 'GET  HTTP/9\r\n\r\n'],
	['to no address', 'GET // HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n']
])('a request %s is refused and harms nobody else', async (_, request) => {
	const { port } = new URL(apiUrl);
	const answer = await new Promise<string>((resolve) => {
		let text = '';
		const socket = openSocket(Number(port), '127.0.0.1', () => socket.write(request));
		socket.on('data', (data) => (text += data)).on('close', () => resolve(text));
	});
	expect(answer).toMatch(/^HTTP\/1.1 400/);
	expect((await call('/health')).status).toBe(200);
});

test('the platform listens on loopback only', async () => {
	const [row] = await sql`show listen_addresses`;
	expect(row?.listen_addresses).toBe('127.0.0.1');
	expect(new URL(apiUrl).hostname).toBe('127.0.0.1');
});

test('the Host header has no say in which service answers', async () => {
	const url = new URL('/auth/v1/.well-known/jwks.json', apiUrl);
	const answer = await new Promise<string>((resolve, reject) => {
		get(url, { headers: { host: 'x/auth/v1/settings?' } }, (response) => text(response).then(resolve, reject)).on('error', reject);
	});
	expect(JSON.parse(answer)).toEqual({ keys: [expect.objectContaining({ alg: 'ES256' })] });
});
