import { decodeJwt, importJWK, SignJWT } from 'jose';
import { describe, expect, inject, test } from 'vitest';
import { routes } from '../../embedded/auth/routes.ts';
import { call, fieldsOf, freshEmail, newPerson, operator, outcome, refusal, signInAgain, succeeded, visitor } from './auth-clients.ts';
import { follow } from './letters.ts';
import { isLocal } from './local.ts';

const { publishableKey, secretKey, signingJwk, mailUrl, dbUrl } = inject('platform');

/** A path of a route, its ids filled in. */
const pathOf = (source: string, id: string) =>
	source
		.replace(/^\^|\$$/g, '')
		.replaceAll('\\.', '.')
		.replaceAll('\\/', '/')
		.replaceAll('([^/]+)', id);

describe('the secret key and nothing else', () => {
	test('opens what an operator may do: every such route, whatever else is shown', async () => {
		const { session, user } = await newPerson();
		const stranger = `Bearer ${session.access_token}`;
		const [head, body, signature] = session.access_token.split('.');
		const claims = { ...decodeJwt(session.access_token), role: 'service_role' };
		const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`;
		const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${body}.`;
		const attempts: Record<string, string>[] = [
			{ apikey: publishableKey },
			{ apikey: publishableKey, authorization: `Bearer ${publishableKey}` },
			{ apikey: publishableKey, authorization: stranger },
			{ apikey: secretKey, authorization: stranger },
			{ apikey: publishableKey, authorization: `Bearer ${secretKey}` },
			{ apikey: publishableKey, authorization: `Bearer ${forged}` },
			{ apikey: publishableKey, authorization: `Bearer ${unsigned}` },
			{ apikey: publishableKey, 'x-supabase-role': 'service_role', role: 'service_role' },
			{}
		];
		const guarded = routes.filter(({ path }) => /admin|invite/.test(path.source));
		expect(guarded.length).toBeGreaterThanOrEqual(10);
		for (const { method, path } of guarded) {
			for (const headers of attempts) {
				const response = await call(`/auth/v1${pathOf(path.source, user.id)}`, {
					method,
					headers,
					body: method === 'GET' ? null : JSON.stringify({ email: freshEmail(), type: 'invite', ban_duration: '1h' })
				});
				expect([401, 403], `${method} ${path.source}`).toContain(response.status);
			}
		}
		expect(succeeded(await operator().auth.admin.getUserById(user.id)).user?.email, 'nothing happened to them').toBe(user.email);
	});

	test('nobody gives themselves a role, rights or a confirmed address', async () => {
		const email = freshEmail();
		const wish = {
			role: 'service_role',
			aud: 'admin',
			id: '00000000-0000-0000-0000-000000000001',
			app_metadata: { role: 'admin' },
			is_super_admin: true,
			email_confirmed_at: '2020-01-01T00:00:00Z'
		};
		const response = await call('/auth/v1/signup', {
			method: 'POST',
			headers: { apikey: publishableKey },
			body: JSON.stringify({ email, password: 'long enough', ...wish, data: wish })
		});
		const { access_token } = await fieldsOf(response);
		const claims = decodeJwt(String(access_token));
		expect(claims).toMatchObject({
			role: 'authenticated',
			aud: 'authenticated',
			app_metadata: { provider: 'email', providers: ['email'] }
		});
		expect(claims.sub).not.toBe(wish.id);
		const { app_metadata: _, ...rest } = wish;
		const update = await call('/auth/v1/user', {
			method: 'PUT',
			headers: { apikey: publishableKey, authorization: `Bearer ${String(access_token)}` },
			body: JSON.stringify({ ...rest, data: { nickname: 'boss' } })
		});
		expect(await fieldsOf(update)).toMatchObject({ id: claims.sub, role: 'authenticated', aud: 'authenticated' });
	});
});

describe('no route tells what is secret', () => {
	const probes = [
		'',
		'/',
		'/config',
		'/.env',
		'/metrics',
		'/debug/pprof',
		'/admin',
		'/admin/config',
		'/admin/settings',
		'/callback',
		'/sso',
		'/hooks'
	];

	test('in its answer or its headers, asked by anybody in any way', async () => {
		const { session, user } = await newPerson();
		const secrets = [secretKey, ...(signingJwk?.d ? [signingJwk.d] : []), ...(dbUrl ? [new URL(dbUrl).port] : [])].filter(
			(text) => text.length > 4
		);
		const paths = [...probes, ...routes.map(({ path }) => pathOf(path.source, user.id))];
		for (const path of new Set(paths)) {
			for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
				if (path === '/logout' || (path === '/user' && method === 'PUT')) continue;
				for (const authorization of ['', `Bearer ${session.access_token}`]) {
					const response = await call(`/auth/v1${path}`, {
						method,
						redirect: 'manual',
						headers: { apikey: publishableKey, ...(authorization ? { authorization } : {}) },
						body: method === 'POST' || method === 'PUT' ? '{"email":"x' : null
					});
					const told = `${await response.text()} ${[...response.headers].join(' ')}`;
					for (const secret of secrets) expect(told.includes(secret), `${method} ${path}`).toBe(false);
					expect(told, `${method} ${path}`).not.toMatch(
						/encrypted_password|pass(word)?=|postgres(ql)?:\/\/|\.ts:\d|node_modules|at \w+ \(/
					);
				}
			}
		}
	});

	test('an error of the database is an error and no lesson about it', async () => {
		const { session } = await newPerson();
		const response = await call('/auth/v1/user', {
			method: 'PUT',
			headers: { apikey: publishableKey, authorization: `Bearer ${session.access_token}` },
			body: JSON.stringify({ data: { half: '\ud83d' } })
		});
		expect(response.status).toBe(400);
		expect(await response.text()).not.toMatch(/select|update|insert|relation|column/i);
	});

	test('a body larger than any request of Auth is refused unread', async () => {
		const response = await call('/auth/v1/signup', {
			method: 'POST',
			headers: { apikey: publishableKey },
			body: JSON.stringify({ email: freshEmail(), password: 'long enough', data: { long: 'x'.repeat(2 ** 20) } })
		});
		expect(await outcome(response)).toEqual([413, 'request_entity_too_large']);
	});
});

describe.runIf(signingJwk !== null)('a token whose parts belong to different people (needs the signing key)', () => {
	test('is nobody’s: a person with another’s session', async () => {
		const [one, other] = [await newPerson(), await newPerson()];
		const key = await importJWK(signingJwk ?? {}, 'ES256');
		const claims = { ...decodeJwt(one.session.access_token), session_id: decodeJwt(other.session.access_token).session_id };
		const header = { alg: 'ES256', typ: 'JWT', kid: signingJwk?.kid ?? '' };
		const token = await new SignJWT(claims).setProtectedHeader(header).sign(key);
		for (const [method, path] of [
			['GET', '/user'],
			['POST', '/logout'],
			['POST', '/factors'],
			['GET', '/reauthenticate']
		]) {
			const headers = { apikey: publishableKey, authorization: `Bearer ${token}` };
			const response = await call(`/auth/v1${path}`, { method, headers, body: method === 'POST' ? '{"factor_type":"totp"}' : null });
			expect(await outcome(response)).toEqual([403, 'session_not_found']);
		}
		succeeded(await other.client.auth.refreshSession());
	});
});

describe('a session is begun by whoever proves who they are', () => {
	test('never continued from one that an attacker brought along', async () => {
		const [victim, attacker] = [await newPerson(), await newPerson()];
		const brought = { authorization: `Bearer ${attacker.session.access_token}` };
		const response = await call('/auth/v1/token?grant_type=password', {
			method: 'POST',
			headers: { apikey: publishableKey, ...brought },
			body: JSON.stringify({
				email: victim.email,
				password: victim.password,
				session_id: decodeJwt(attacker.session.access_token).session_id,
				refresh_token: attacker.session.refresh_token
			})
		});
		const answer = await fieldsOf(response);
		expect(decodeJwt(String(answer.access_token)).sub).toBe(victim.user.id);
		expect(decodeJwt(String(answer.access_token)).session_id).not.toBe(decodeJwt(attacker.session.access_token).session_id);
		expect(answer.refresh_token).not.toBe(attacker.session.refresh_token);
		expect(succeeded(await attacker.client.auth.refreshSession()).user?.id, 'the attacker stays themselves').toBe(attacker.user.id);
	});

	test('a link opens its person’s account, whoever is signed in where it is opened', async () => {
		const [victim, attacker] = [await newPerson(), await newPerson()];
		const { properties } = succeeded(await operator().auth.admin.generateLink({ type: 'magiclink', email: attacker.email }));
		const { session } = succeeded(await victim.client.auth.verifyOtp({ token_hash: properties.hashed_token, type: 'email' }));
		expect(session?.user.id).toBe(attacker.user.id);
		succeeded(await visitor().auth.refreshSession({ refresh_token: victim.session.refresh_token }));
	});

	test('refresh tokens of two people or two devices are never each other’s', async () => {
		const one = await newPerson();
		const device = await signInAgain(one);
		const other = await newPerson();
		const refreshed = await Promise.all(
			[one.session, device.session, other.session].map(({ refresh_token }) => visitor().auth.refreshSession({ refresh_token }))
		);
		const sessions = refreshed.map((answer) => decodeJwt(succeeded(answer).session?.access_token ?? '').session_id);
		expect(sessions).toEqual([one.session, device.session, other.session].map(({ access_token }) => decodeJwt(access_token).session_id));
	});

	test.each(["' or '1'='1", '%', '_', '', 'null', 'undefined', '\u0000', '[object Object]', 'true'])(
		'%j refreshes nothing',
		async (refresh_token) => {
			await newPerson();
			const response = await call('/auth/v1/token?grant_type=refresh_token', {
				method: 'POST',
				headers: { apikey: publishableKey },
				body: JSON.stringify({ refresh_token })
			});
			expect(response.status).toBe(400);
		}
	);

	test('types that are none are refused, not read as something', async () => {
		const { email, password } = await newPerson();
		for (const body of [
			{ email, password: true },
			{ email: [email], password },
			{ email: { like: '%' }, password },
			{ email, password: { length: 0 } },
			{ email, password: [password] }
		]) {
			const response = await call('/auth/v1/token?grant_type=password', {
				method: 'POST',
				headers: { apikey: publishableKey },
				body: JSON.stringify(body)
			});
			expect((await outcome(response))[0]).toBe(400);
		}
	});
});

describe.runIf(isLocal)('what lies beside Auth (needs the local mailbox)', () => {
	test('a link with a line break in where it leads leads to the site', async () => {
		const { email } = await newPerson();
		const { properties } = succeeded(await operator().auth.admin.generateLink({ type: 'magiclink', email }));
		const link = new URL(properties.action_link);
		link.searchParams.set('redirect_to', 'http://localhost:3000/\r\nset-cookie: a=b');
		const { to } = await follow(link);
		expect(to.href).toMatch(/^http:\/\/localhost:3000\/?#access_token=/);
	});

	test('the mailbox is no page of another site: its codes stay here', async () => {
		const host = new URL(mailUrl).host;
		const rebound = await fetch(`${mailUrl}/api/messages`, { headers: { origin: 'https://evil.example' } });
		expect(rebound.status).toBe(403);
		expect(rebound.headers.get('access-control-allow-origin')).toBeNull();
		expect((await fetch(`${mailUrl}/api/messages`)).status).toBe(200);
		expect(host).toMatch(/^127\.0\.0\.1:/);
	});

	test('the keys of Supabase do not open Postmark’s API, nor its token Supabase', async () => {
		for (const token of [secretKey, publishableKey, '']) {
			const response = await fetch(`${mailUrl}/server`, { headers: { 'x-postmark-server-token': token } });
			expect(response.status).toBe(401);
		}
		expect(refusal(await visitor().auth.signInWithPassword({ email: 'nobody@example.test', password: 'x' })).code).toBe(
			'invalid_credentials'
		);
	});
});
