import { createClient } from '@supabase/supabase-js';
import { expect, inject, test } from 'vitest';
import { WebSocket } from 'ws';
import { call, freshEmail, operator, visitor } from './auth-clients.ts';

const { apiUrl, publishableKey, secretKey } = inject('platform');
const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

const paths = ['/rest/v1/', '/auth/v1/settings', '/auth/v1/admin/users', '/realtime/v1/api/broadcast'];

test('without a key nothing opens', async () => {
	for (const path of paths) {
		const response = await call(path);
		expect([path, response.status]).toEqual([path, 401]);
		expect(await response.json()).toEqual({
			message: 'No API key found in request',
			hint: 'No `apikey` request header or url param was found.'
		});
	}
});

test('a wrong key opens nothing', async () => {
	const almost = `${secretKey.slice(0, -1)}${secretKey.endsWith('A') ? 'B' : 'A'}`;
	for (const apikey of ['wrong', almost, `${secretKey} `.repeat(2), 'sb_secret_', `${publishableKey},${secretKey}`]) {
		for (const path of paths) {
			const response = await call(path, { headers: { apikey, authorization: `Bearer ${apikey}` } });
			expect([path, response.status]).toEqual([path, 401]);
			expect(await response.json()).toMatchObject({ message: 'Invalid API key' });
		}
	}
});

test('the secret key is refused in a browser, the publishable one is welcome', async () => {
	const browsers: Record<string, string>[] = [{ origin: 'http://localhost:3000' }, { 'user-agent': chrome }];
	for (const tell of browsers) {
		const secret = await call('/auth/v1/admin/users', { headers: { apikey: secretKey, ...tell } });
		expect(secret.status).toBe(401);
		expect(await secret.json()).toMatchObject({ message: 'Forbidden use of secret API key in browser' });
		expect((await call('/auth/v1/settings', { headers: { apikey: publishableKey, ...tell } })).status).toBe(200);
	}
});

test('supabase-js learns of a wrong key, not of an empty table', async () => {
	const stranger = createClient(apiUrl, 'sb_publishable_wrong', { auth: { persistSession: false } });
	const { data, error, status } = await stranger.from('deals').select('id');
	expect([data, status, error?.message]).toEqual([null, 401, 'Invalid API key']);
	const signIn = await stranger.auth.signInWithPassword({ email: freshEmail(), password: 'x' });
	expect(signIn.error).toMatchObject({ status: 401, message: 'Invalid API key' });
});

test('the publishable key is never more than anon, whatever else is sent', async () => {
	const attempts: Record<string, string>[] = [
		{ authorization: `Bearer ${secretKey}` },
		{ authorization: `bearer ${secretKey}` },
		{ 'x-api-key': secretKey }
	];
	for (const extra of attempts) {
		const response = await call('/rest/v1/members?select=id', { headers: { apikey: publishableKey, ...extra } });
		expect([extra, response.status]).toEqual([extra, 401]);
	}
	const { error } = await visitor().auth.admin.listUsers();
	expect(error).toMatchObject({ status: 403, code: 'not_admin' });
	expect((await operator().auth.admin.listUsers()).error).toBeNull();
});

test('the websocket wants a known key too', async () => {
	const statusOf = (query: string, headers: Record<string, string> = {}) =>
		new Promise<number>((resolve, reject) => {
			const socket = new WebSocket(`${apiUrl.replace('http', 'ws')}/realtime/v1/websocket${query}`, { headers });
			socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
			socket.on('open', () => (socket.close(), resolve(101)));
			socket.on('error', reject);
		});
	expect(await statusOf('?vsn=2.0.0')).toBe(401);
	expect(await statusOf('?apikey=wrong&vsn=2.0.0')).toBe(401);
	expect(await statusOf(`?apikey=${secretKey}&vsn=2.0.0`, { origin: 'http://localhost:3000' })).toBe(401);
	expect(await statusOf(`?apikey=${publishableKey}&vsn=2.0.0`, { origin: 'http://localhost:3000' })).toBe(101);
});
