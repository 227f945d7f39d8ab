import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect } from 'vitest';
import { connect } from './auth-clients.ts';
import { only } from './jobs-clients.ts';
import { embeddedTest as test } from './local.ts';

/* Extensions whose only work here is to let migrations that name them pass. */
const sql = connect();
beforeAll(async () => {
	await sql.unsafe(
		'create extension if not exists http with schema extensions; create extension if not exists pgjwt with schema extensions'
	);
});
afterAll(() => sql.end());

test('http is there to be called, and says that it sends nothing', async () => {
	await expect(sql`select status from extensions.http_get('http://127.0.0.1:1/')`).rejects.toMatchObject({
		code: '0A000',
		message: 'the embedded platform sends no HTTP request from within a statement',
		detail: 'GET http://127.0.0.1:1/'
	});
	const request = sql`
		select content::jsonb from extensions.http((
			'PUT', 'http://127.0.0.1/x', array[extensions.http_header('a', 'b')], 'application/json', '{}'
		)::extensions.http_request)`;
	await expect(request).rejects.toMatchObject({ code: '0A000', detail: 'PUT http://127.0.0.1/x' });
	expect(only(await sql`select extensions.urlencode('{"a": "ä b", "c": 1}'::jsonb) as text`).text).toBe('a=%C3%A4%20b&c=1');
});

test('pgjwt signs and checks as everybody does', async () => {
	const secret = 'a secret of thirty-two bytes or more';
	const sign = (claims: Record<string, unknown>) =>
		new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret));
	const isValid = async (token: string, key = secret) => only(await sql`select payload, valid from extensions.verify(${token}, ${key})`);
	const token = await sign({ sub: 'ä', exp: Math.floor(Date.now() / 1000) + 60 });
	expect(await isValid(token)).toMatchObject({ payload: { sub: 'ä' }, valid: true });
	expect(await isValid(token, 'another secret')).toMatchObject({ valid: false });
	expect(await isValid(await sign({ exp: 1 }))).toMatchObject({ valid: false });
	expect(await isValid(await sign({}))).toMatchObject({ valid: true });
	expect(only(await sql`select extensions.sign('{"a":1}', ${secret}) as token`).token).toBe(await sign({ a: 1 }));
	await expect(sql`select extensions.sign('{}', 'x', 'none')`).rejects.toThrow();
});
