import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, expect, inject, test } from 'vitest';
import {
	call,
	connect,
	fetchJwks,
	fieldsOf,
	freshEmail,
	newPerson,
	operator,
	refusal,
	signInAgain,
	succeeded,
	visitor
} from './auth-clients.ts';

const { apiUrl, publishableKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

test('the access token carries the claims Supabase Auth makes, signed by the key of the JWKS', async () => {
	const { session, user, email } = await newPerson({ full_name: 'Ada' });
	const jwks = await fetchJwks();
	expect(jwks.keys[0]).not.toHaveProperty('d');
	const { payload, protectedHeader } = await jwtVerify(session.access_token, createLocalJWKSet(jwks));
	expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT', kid: jwks.keys[0].kid });
	expect(payload).toMatchObject({
		iss: `${apiUrl}/auth/v1`,
		sub: user.id,
		aud: 'authenticated',
		email,
		phone: '',
		app_metadata: { provider: 'email', providers: ['email'] },
		role: 'authenticated',
		aal: 'aal1',
		amr: [{ method: 'password', timestamp: expect.any(Number) }],
		session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
		is_anonymous: false
	});
	expect(payload.user_metadata).toMatchObject({ full_name: 'Ada' });
	expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(3600);
	expect(session.expires_at).toBe(payload.exp);
});

test('each sign-in is a session of its own with one refresh token and its method', async () => {
	const person = await newPerson();
	await signInAgain(person);
	const sessions = await sql`
		select s.aal::text, s.ip::text, s.user_agent, a.authentication_method as method, count(r.id)::int as tokens
		from auth.sessions s join auth.mfa_amr_claims a on a.session_id = s.id join auth.refresh_tokens r on r.session_id = s.id
		where s.user_id = ${person.user.id} group by s.id, a.id`;
	expect(sessions).toHaveLength(2);
	for (const session of sessions) expect(session).toMatchObject({ aal: 'aal1', ip: '127.0.0.1/32', method: 'password', tokens: 1 });
});

test('a wrong password and an unknown address get the same answer', async () => {
	const { email } = await newPerson();
	const wrong = await visitor().auth.signInWithPassword({ email, password: 'not the password' });
	const unknown = await visitor().auth.signInWithPassword({ email: freshEmail(), password: 'not the password' });
	expect(refusal(wrong)).toEqual({ status: 400, code: 'invalid_credentials' });
	expect(refusal(unknown)).toEqual(refusal(wrong));
	expect(unknown.error?.message).toBe(wrong.error?.message);
});

test('an unknown address takes as long as a wrong password', async () => {
	const { email } = await newPerson();
	const timesOf = async (address: string) => {
		const start = performance.now();
		await visitor().auth.signInWithPassword({ email: address, password: 'not the password' });
		return performance.now() - start;
	};
	const known: number[] = [];
	const unknown: number[] = [];
	// The quickest of many: on a busy machine most take several times as long.
	for (let round = 0; round < 12; round++) {
		known.push(await timesOf(email));
		unknown.push(await timesOf(freshEmail()));
	}
	// Without the hash the answer would take a tenth of the time.
	expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 2);
});

test('an account without a password cannot be entered with an empty one', async () => {
	const { email, user } = await newPerson();
	for (const hash of [null, '', 'not a hash']) {
		await sql`update auth.users set encrypted_password = ${hash} where id = ${user.id}`;
		expect(refusal(await visitor().auth.signInWithPassword({ email, password: '' }))).toEqual({ status: 400, code: 'invalid_credentials' });
	}
});

test('a banned person and an unconfirmed one are told so, but only with the right password', async () => {
	const email = freshEmail();
	const password = 'correct horse';
	const { user } = succeeded(await operator().auth.admin.createUser({ email, password }));
	expect(refusal(await visitor().auth.signInWithPassword({ email, password })).code).toBe('email_not_confirmed');
	succeeded(await operator().auth.admin.updateUserById(user?.id ?? '', { email_confirm: true, ban_duration: '1h30m' }));
	expect(refusal(await visitor().auth.signInWithPassword({ email, password })).code).toBe('user_banned');
	expect(refusal(await visitor().auth.signInWithPassword({ email, password: 'wrong' })).code).toBe('invalid_credentials');
	succeeded(await operator().auth.admin.updateUserById(user?.id ?? '', { ban_duration: 'none' }));
	expect((await visitor().auth.signInWithPassword({ email, password })).error).toBeNull();
});

test('a person seeded in SQL signs in; one seeded with null tokens fails as on hosted', async () => {
	const seed = async (token: string | null) => {
		const email = freshEmail();
		await sql`
			insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
				raw_user_meta_data, created_at, updated_at, confirmation_token, recovery_token, email_change, email_change_token_new)
			values ('00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'authenticated', 'authenticated', ${email},
				extensions.crypt('demo-password', extensions.gen_salt('bf', 10)), now(), '{"provider":"email","providers":["email"]}',
				'{"full_name":"Seeded"}', now(), now(), ${token}, ${token}, ${token}, ${token})`;
		return visitor().auth.signInWithPassword({ email, password: 'demo-password' });
	};
	expect((await seed('')).error).toBeNull();
	expect((await seed(null)).error).toMatchObject({ status: 500, message: 'Database error querying schema' });
	await sql`delete from auth.users where confirmation_token is null`;
});

test('errors have the form of the API version the client asks for', async () => {
	const ask = (version?: string) =>
		call('/auth/v1/token?grant_type=password', {
			method: 'POST',
			headers: { apikey: publishableKey, ...(version ? { 'x-supabase-api-version': version } : {}) },
			body: JSON.stringify({ email: freshEmail(), password: 'x' })
		});
	const current = await ask('2024-01-01');
	expect(current.headers.get('x-supabase-api-version')).toBe('2024-01-01');
	expect(await current.json()).toEqual({ code: 'invalid_credentials', message: 'Invalid login credentials' });
	const old = await ask();
	expect(old.headers.get('x-sb-error-code')).toBe('invalid_credentials');
	expect(await old.json()).toEqual({ code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' });
});

test.each([
	['no JSON', '{"email":', 'bad_json'],
	['a list', '[]', 'bad_json'],
	['a number for an e-mail', '{"email":7,"password":"x"}', 'bad_json'],
	['nothing', '', 'validation_failed']
])('a body of %s is refused', async (_, body, code) => {
	const response = await call('/auth/v1/token?grant_type=password', { method: 'POST', headers: { apikey: publishableKey }, body });
	expect(response.status).toBe(400);
	expect(await response.json()).toMatchObject({ error_code: code });
});

test('an unknown grant and an unknown path are refused', async () => {
	const grant = await call('/auth/v1/token?grant_type=magic', { method: 'POST', headers: { apikey: publishableKey }, body: '{}' });
	expect([grant.status, (await fieldsOf(grant)).msg]).toEqual([400, 'unsupported_grant_type']);
	const path = await call('/auth/v1/teapot', { headers: { apikey: publishableKey } });
	expect(path.status).toBe(404);
});

test('somebody whose password today’s rules would refuse comes in, and is told', async () => {
	const email = freshEmail();
	succeeded(await operator().auth.admin.createUser({ email, password: 'short', email_confirm: true }));
	const { weakPassword } = succeeded(await visitor().auth.signInWithPassword({ email, password: 'short' }));
	expect(weakPassword).toEqual({ message: 'Password should be at least 8 characters.', reasons: ['length'] });
	const person = await newPerson();
	expect(succeeded(await visitor().auth.signInWithPassword(person)).weakPassword).toBeUndefined();
});
