import { FunctionsHttpError } from '@supabase/supabase-js';
import { describe, expect, inject, test } from 'vitest';
import { call, newPerson, operator, visitor } from './auth-clients.ts';
import { newBucket } from './storage-clients.ts';

const { publishableKey, secretKey, hasFunctions } = inject('platform');

/** A function of tests/contract/project, called as no library does it. */
const callFunction = (path: string, init: RequestInit = {}) => call(`/functions/v1/${path}`, init);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Status and code of a refusal of the platform's own. */
async function refusal(response: Response): Promise<[number, unknown]> {
	const { code }: { code?: unknown } = await response.json();
	expect(response.headers.get('sb-error-code')).toBe(code);
	return [response.status, code];
}

test('a function nobody wrote is hosted’s 404', async () => {
	expect(await refusal(await callFunction('contract-nobody', { method: 'POST' }))).toEqual([404, 'NOT_FOUND']);
});

describe.runIf(hasFunctions)('functions (need those of tests/contract/project to be deployed)', () => {
	test('a function gets the request as it was made, under its own name, and its answer comes back whole', async () => {
		const init = { method: 'POST', body: 'ping', headers: { 'x-mine': 'kept', 'content-type': 'text/x-mine' } };
		const response = await callFunction('contract-echo/a/b?c=d%20e', init);
		expect(response.status).toBe(201);
		expect(response.headers.get('x-answer')).toBe('yes');
		expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
		expect(response.headers.get('x-served-by')).toBe('supabase-edge-runtime');
		expect(response.headers.get('sb-error-code')).toBeNull();
		expect(await response.json()).toEqual({
			method: 'POST',
			path: '/contract-echo/a/b?c=d%20e',
			header: 'kept',
			type: 'text/x-mine',
			body: 'ping'
		});
	});

	test('supabase-js invokes it: JSON, forms, bytes, methods; an answer that is none is an error with the answer', async () => {
		const { functions } = visitor();
		const echo = await functions.invoke('contract-echo', { method: 'PATCH', body: { a: 'ä' } });
		expect(echo.data).toMatchObject({ method: 'PATCH', type: 'application/json', body: '{"a":"ä"}' });
		const form = new FormData();
		form.append('field', 'value');
		expect((await functions.invoke('contract-echo', { body: form })).data).toMatchObject({
			type: expect.stringMatching(/^multipart\/form-data; boundary=/),
			body: expect.stringContaining('value')
		});
		const bytes = new Uint8Array([0, 255, 128]);
		const blob: Blob = (await functions.invoke('contract-echo/bytes', { body: bytes.buffer })).data;
		expect(new Uint8Array(await blob.arrayBuffer())).toEqual(bytes);
		const { error } = await functions.invoke('contract-echo/refuse');
		expect(error).toBeInstanceOf(FunctionsHttpError);
		expect([error.context.status, await error.context.json()]).toEqual([418, { reason: 'teapot' }]);
	});

	test('a handler that throws is 500, and the next request is answered', async () => {
		const failed = await callFunction('contract-echo/throw');
		expect([failed.status, failed.headers.get('sb-error-code')]).toEqual([500, 'EDGE_FUNCTION_ERROR']);
		expect((await callFunction('contract-echo')).status).toBe(201);
	});

	test('each of many small requests with a body is answered', async () => {
		const { functions } = visitor();
		for (let count = 0; count < 150; count++) {
			const { data, error } = await functions.invoke('contract-echo', { body: `${count}` });
			expect(error).toBeNull();
			expect(data.body).toBe(`${count}`);
		}
	});

	test('a page becomes plain text', async () => {
		const page = await callFunction('contract-echo/page');
		expect([page.headers.get('content-type'), await page.text()]).toEqual(['text/plain', '<h1>Hi</h1>']);
	});

	test('a preflight needs no token, and what it allows is the function’s to say', async () => {
		const preflight = await callFunction('contract-echo', { method: 'OPTIONS', headers: { 'access-control-request-headers': 'x-mine' } });
		expect([preflight.status, await preflight.text()]).toEqual([200, 'ok']);
		expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example');
		expect((await callFunction('contract-guarded', { method: 'OPTIONS' })).status).toBe(200);
	});

	test('without a token a guarded function is not run; a user’s token or an API key opens it', async () => {
		expect(await refusal(await callFunction('contract-guarded'))).toEqual([401, 'UNAUTHORIZED_NO_AUTH_HEADER']);
		const { client, session } = await newPerson();
		expect((await client.functions.invoke('contract-guarded')).data).toEqual({ authorization: `Bearer ${session.access_token}` });
		for (const key of [publishableKey, secretKey]) {
			expect((await callFunction('contract-guarded', { headers: { apikey: key } })).status).toBe(200);
			expect((await callFunction('contract-guarded', { headers: { apikey: key, ...bearer(key) } })).status).toBe(200);
		}
		expect((await operator().functions.invoke('contract-guarded')).error).toBeNull();
		// A page that holds the secret key has given it away.
		const page = { headers: { apikey: secretKey, origin: 'https://app.example', 'user-agent': 'Mozilla/5.0' } };
		expect((await callFunction('contract-guarded', page)).status).toBe(401);
	});

	test('a good key does not make up for a bad token, and an unknown key is no key', async () => {
		const { session } = await newPerson();
		const [head, payload, signature] = session.access_token.split('.');
		const forged = [head, Buffer.from('{"role":"service_role","exp":4e9}').toString('base64url'), signature].join('.');
		const badToken = { headers: { apikey: publishableKey, ...bearer(forged) } };
		expect(payload).toBeDefined();
		expect(await refusal(await callFunction('contract-guarded', badToken))).toEqual([401, 'UNAUTHORIZED_ASYMMETRIC_JWT']);
		const noToken = { headers: { apikey: publishableKey, ...bearer('not-a-token') } };
		expect(await refusal(await callFunction('contract-guarded', noToken))).toEqual([401, 'UNAUTHORIZED_INVALID_JWT_FORMAT']);
		const noKey = { headers: { apikey: 'sb_publishable_made_up' } };
		expect(await refusal(await callFunction('contract-guarded', noKey))).toEqual([401, 'UNAUTHORIZED_NO_AUTH_HEADER']);
	});

	test('a function calls its own project, as its caller and as the service role', async () => {
		await newBucket('called');
		const { client, user } = await newPerson();
		const { data } = await client.functions.invoke('contract-caller');
		expect(data).toEqual({ id: user.id, seen: expect.any(Number), visited: 0 });
		expect(data.seen).toBeGreaterThan(0);
		expect((await visitor().functions.invoke('contract-caller')).data.id).toBeNull();
	});
});
