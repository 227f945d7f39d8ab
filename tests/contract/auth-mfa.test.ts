import { randomUUID } from 'node:crypto';
import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, newPerson, operator, outcome, refusal, signInAgain, succeeded, visitor, type Person } from './auth-clients.ts';
import { embeddedTest } from './local.ts';
import { answer, authenticatorOf, enroll, type Authenticator } from './authenticator.ts';

// Source: supabase/auth internal/api/mfa.go; RFC 6238.
const { publishableKey, secretKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

/** Somebody whose session has used their second factor; a code of the present step is used up. */
async function withFactor(): Promise<Person & { app: Authenticator }> {
	const person = await newPerson();
	const app = await enroll(person.client);
	succeeded(await answer(person.client, app, app.code()));
	return { ...person, app };
}

/** A code that is certainly wrong now and in the neighbouring steps. */
function wrongCode({ code }: Authenticator): string {
	const right = [code(-1), code(0), code(1)];
	return ['000000', '111111', '222222', '333333'].find((candidate) => !right.includes(candidate)) ?? '444444';
}

const levelOf = async (client: Person['client']) => succeeded(await client.auth.mfa.getAuthenticatorAssuranceLevel());

test('enroll, challenge, verify: the session reaches aal2 and keeps it across a refresh', async () => {
	const { client, session, email } = await newPerson();
	expect(await levelOf(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' });
	const factor = succeeded(await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Phone', issuer: 'GeminiCRM' }));
	expect(factor).toMatchObject({ type: 'totp', friendly_name: 'Phone' });
	expect(factor.totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg /);
	const uri = new URL(factor.totp.uri);
	expect(decodeURIComponent(uri.pathname)).toContain(`GeminiCRM:${email}`);
	expect(Object.fromEntries(uri.searchParams)).toMatchObject({
		secret: factor.totp.secret,
		issuer: 'GeminiCRM',
		digits: '6',
		period: '30',
		algorithm: 'SHA1'
	});

	const app = authenticatorOf(factor.id, factor.totp.secret);
	const challenge = succeeded(await client.auth.mfa.challenge({ factorId: factor.id }));
	expect(challenge.expires_at).toBeGreaterThan(Date.now() / 1000 + 200);
	const verified = succeeded(await client.auth.mfa.verify({ factorId: factor.id, challengeId: challenge.id, code: app.code() }));
	expect(verified.refresh_token).not.toBe(session.refresh_token);
	expect(await levelOf(client)).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' });
	succeeded(await client.auth.refreshSession());
	const claims = (await client.auth.getClaims()).data?.claims;
	expect(claims?.aal).toBe('aal2');
	expect(claims?.amr?.map((entry) => (typeof entry === 'string' ? entry : entry.method)).sort()).toEqual(['password', 'totp']);
	const factors = succeeded(await client.auth.mfa.listFactors());
	expect(factors.totp).toMatchObject([{ id: factor.id, status: 'verified', friendly_name: 'Phone' }]);
	expect(JSON.stringify(factors)).not.toContain(factor.totp.secret);
});

test('a new session of somebody with a factor is aal1 and is told that aal2 is next', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	expect(await levelOf(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' });
	succeeded(await answer(client, person.app, person.app.code(1)));
	expect(await levelOf(client)).toMatchObject({ currentLevel: 'aal2' });
});

test('a used code is refused, in the same session and in another, also when both come at once', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	expect(refusal(await answer(client, person.app, person.app.code(0)))).toEqual({ status: 422, code: 'mfa_verification_failed' });
	succeeded(await answer(client, person.app, person.app.code(1)));
	const challenge = async (each: Person['client']) => succeeded(await each.auth.mfa.challenge({ factorId: person.app.factorId })).id;
	const challenges = [
		{ each: person.client, id: await challenge(person.client) },
		{ each: client, id: await challenge(client) }
	];
	const racing = await sql.begin(async (tx) => {
		// Held until both stand at the same door, so that they do meet.
		await tx`select from auth.users where id = ${person.user.id} for update`;
		const verifying = Promise.all(
			challenges.map(({ each, id }) => each.auth.mfa.verify({ factorId: person.app.factorId, challengeId: id, code: person.app.code(-1) }))
		);
		const waiting = async () => {
			const [row] = await sql`
				select count(*)::int as sessions from pg_stat_activity
				where usename = 'supabase_auth_admin' and wait_event_type = 'Lock'`;
			return row?.sessions;
		};
		await expect.poll(waiting, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(2);
		return { verifying };
	});
	expect((await racing.verifying).filter(({ error }) => error === null)).toHaveLength(1);
});

test('a wrong code is refused, and the right one is good after it', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	expect(refusal(await answer(client, person.app, wrongCode(person.app))).code).toBe('mfa_verification_failed');
	succeeded(await answer(client, person.app, person.app.code(1)));
});

// GoTrue counts by the guesser's address alone.
embeddedTest('after ten wrong codes the right one is refused too', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	const wrong = wrongCode(person.app);
	const refusals = await Promise.all(Array.from({ length: 15 }, () => answer(client, person.app, wrong)));
	const codes = refusals.map((each) => refusal(each).code);
	expect(codes.filter((code) => code === 'mfa_verification_failed')).toHaveLength(10);
	expect(codes.filter((code) => code === 'over_request_rate_limit')).toHaveLength(5);
	expect(refusal(await answer(client, person.app, person.app.code(1)))).toEqual({ status: 429, code: 'over_request_rate_limit' });
	const neighbour = await withFactor();
	const again = await signInAgain(neighbour);
	succeeded(await answer(again.client, neighbour.app, neighbour.app.code(1)));
});

test.each(['', '12345', '1234567', 'abcdef', '１２３４５６', ' 123456'])('%j is no code', async (code) => {
	const { client } = await newPerson();
	const app = await enroll(client);
	expect(['mfa_verification_failed', 'validation_failed']).toContain(refusal(await answer(client, app, code)).code);
});

test('a challenge is for one factor, one use, one address and five minutes', async () => {
	const person = await withFactor();
	const { client, session } = await signInAgain(person);
	const challenge = succeeded(await client.auth.mfa.challenge({ factorId: person.app.factorId }));
	const verify = (headers: Record<string, string>, challengeId = challenge.id, factorId = person.app.factorId) =>
		call(`/auth/v1/factors/${factorId}/verify`, {
			method: 'POST',
			headers: { authorization: `Bearer ${session.access_token}`, ...headers },
			body: JSON.stringify({ challenge_id: challengeId, code: person.app.code(1) })
		});
	const elsewhere = await verify({ apikey: secretKey, 'sb-forwarded-for': '203.0.113.9' });
	expect(await outcome(elsewhere)).toEqual([422, 'mfa_ip_address_mismatch']);
	const other = await withFactor();
	const foreign = succeeded(await other.client.auth.mfa.challenge({ factorId: other.app.factorId }));
	expect(await outcome(await verify({ apikey: publishableKey }, foreign.id))).toEqual([422, 'mfa_factor_not_found']);
	expect(await outcome(await verify({ apikey: publishableKey }, 'x'))).toEqual([422, 'mfa_factor_not_found']);
	await sql`update auth.mfa_challenges set created_at = created_at - interval '301 seconds' where id = ${challenge.id}`;
	expect(await outcome(await verify({ apikey: publishableKey }))).toEqual([422, 'mfa_challenge_expired']);
	await sql`update auth.mfa_challenges set created_at = now() where id = ${challenge.id}`;
	expect((await verify({ apikey: publishableKey })).status).toBe(200);
	expect(await outcome(await verify({ apikey: publishableKey }))).toEqual([422, 'mfa_ip_address_mismatch']);
});

test('somebody else’s factor is not found, whatever is asked of it', async () => {
	const [owner, stranger] = [await withFactor(), await withFactor()];
	const { factorId } = owner.app;
	const headers = {
		apikey: publishableKey,
		authorization: `Bearer ${(await stranger.client.auth.getSession()).data.session?.access_token}`
	};
	for (const [method, path] of [
		['POST', `/factors/${factorId}/challenge`],
		['POST', `/factors/${factorId}/verify`],
		['DELETE', `/factors/${factorId}`]
	]) {
		expect(await outcome(await call(`/auth/v1${path}`, { method, headers, body: method === 'POST' ? '{"code":"123456"}' : null }))).toEqual(
			[404, 'mfa_factor_not_found']
		);
	}
	expect(succeeded(await owner.client.auth.mfa.listFactors()).totp).toHaveLength(1);
});

test('the second factor cannot be gone round from a session that has not used it', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	expect(refusal(await client.auth.updateUser({ password: 'taken over entirely' }))).toEqual({ status: 401, code: 'insufficient_aal' });
	expect(refusal(await client.auth.updateUser({ email: 'thief@example.test' }))).toEqual({ status: 401, code: 'insufficient_aal' });
	expect(refusal(await client.auth.mfa.unenroll({ factorId: person.app.factorId }))).toEqual({ status: 422, code: 'insufficient_aal' });
	expect(refusal(await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Thief' }))).toEqual({
		status: 403,
		code: 'insufficient_aal'
	});
	const link = succeeded(await operator().auth.admin.generateLink({ type: 'recovery', email: person.email }));
	const recovered = visitor();
	succeeded(await recovered.auth.verifyOtp({ type: 'recovery', token_hash: link.properties.hashed_token }));
	expect(refusal(await recovered.auth.updateUser({ password: 'taken over entirely' })).code).toBe('insufficient_aal');
	succeeded(await client.auth.updateUser({ data: { theme: 'dark' } }));
});

test('sessions without the factor end when it is first used, and their tokens with them', async () => {
	const person = await newPerson();
	const elsewhere = await signInAgain(person);
	const before = person.session.refresh_token;
	const app = await enroll(person.client);
	succeeded(await answer(person.client, app, app.code()));
	expect((await visitor().auth.getUser(elsewhere.session.access_token)).error?.name).toBe('AuthSessionMissingError');
	expect(refusal(await visitor().auth.refreshSession({ refresh_token: elsewhere.session.refresh_token })).code).toBe(
		'refresh_token_not_found'
	);
	// A token stolen before the second factor has no part in it.
	expect(refusal(await visitor().auth.refreshSession({ refresh_token: before })).code).toBe('refresh_token_already_used');
});

test('nor has one that was replaced a moment before', async () => {
	const person = await newPerson();
	const before = person.session.refresh_token;
	succeeded(await person.client.auth.refreshSession());
	const app = await enroll(person.client);
	succeeded(await answer(person.client, app, app.code()));
	expect(refusal(await visitor().auth.refreshSession({ refresh_token: before })).code).toBe('refresh_token_already_used');
});

test('a factor planted beside the owner’s is not finished by somebody who has the password alone', async () => {
	const person = await withFactor();
	const { client } = await signInAgain(person);
	const planted = authenticatorOf(randomUUID(), 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP');
	await sql`
		insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, created_at, updated_at, secret)
		values (${planted.factorId}, ${person.user.id}, 'Thief', 'totp', 'unverified', now(), now(), ${planted.secret})`;
	expect(refusal(await answer(client, planted, planted.code()))).toEqual({ status: 403, code: 'insufficient_aal' });
});

test('enrolling, verifying and removing at once end in a state that each alone could have made', async () => {
	for (let round = 0; round < 12; round++) {
		const person = await newPerson();
		const thief = await signInAgain(person);
		const app = await enroll(person.client);
		const challenge = succeeded(await person.client.auth.mfa.challenge({ factorId: app.factorId }));
		const [verified, removed] = await Promise.all([
			person.client.auth.mfa.verify({ factorId: app.factorId, challengeId: challenge.id, code: app.code() }),
			thief.client.auth.mfa.unenroll({ factorId: app.factorId }),
			thief.client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'Thief' })
		]);
		const factors = await sql`select friendly_name, status from auth.mfa_factors where user_id = ${person.user.id}`;
		if (verified.error) expect(removed.error).toBeNull();
		else expect([...factors]).toEqual([{ friendly_name: 'Phone', status: 'verified' }]);
	}
});

test('a removed factor takes its level along, from the row and at the next refresh', async () => {
	const person = await withFactor();
	const before = (await person.client.auth.getSession()).data.session;
	succeeded(await person.client.auth.mfa.unenroll({ factorId: person.app.factorId }));
	succeeded(await person.client.auth.refreshSession());
	expect((await person.client.auth.getClaims()).data?.claims).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] });
	// The token of before still says aal2, and does not get its way with it.
	const second = await enroll(person.client, 'Second');
	succeeded(await answer(person.client, second, second.code()));
	await sql`update auth.sessions set aal = 'aal1' where user_id = ${person.user.id}`;
	const headers = { apikey: publishableKey, authorization: `Bearer ${before?.access_token}` };
	const response = await call(`/auth/v1/factors/${second.factorId}`, { method: 'DELETE', headers });
	expect(await outcome(response)).toEqual([422, 'insufficient_aal']);
});

test('names are unique, factors are at most ten, abandoned ones are forgotten', async () => {
	const { client, user } = await newPerson();
	await enroll(client, 'One');
	expect(refusal(await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'One' })).code).toBe('mfa_factor_name_conflict');
	const more = await Promise.all(
		Array.from({ length: 12 }, (_, index) => client.auth.mfa.enroll({ factorType: 'totp', friendlyName: `n${index}` }))
	);
	expect(more.filter(({ error }) => error === null)).toHaveLength(9);
	expect(more.filter(({ error }) => error?.code === 'too_many_enrolled_mfa_factors')).toHaveLength(3);
	await sql`update auth.mfa_factors set created_at = created_at - interval '301 seconds' where user_id = ${user.id}`;
	await enroll(client, 'One');
	expect(await sql`select from auth.mfa_factors where user_id = ${user.id}`).toHaveLength(1);
});

test.each([
	['phone', 422, 'mfa_phone_enroll_not_enabled'],
	['webauthn', 422, 'mfa_webauthn_enroll_not_enabled'],
	['carrier pigeon', 400, 'validation_failed']
])('a %s is refused by name', async (factor_type, status, code) => {
	const { session } = await newPerson();
	const headers = { apikey: publishableKey, authorization: `Bearer ${session.access_token}` };
	const response = await call('/auth/v1/factors', { method: 'POST', headers, body: JSON.stringify({ factor_type }) });
	expect(await outcome(response)).toEqual([status, code]);
});

test('an operator sees, renames and removes factors', async () => {
	const person = await withFactor();
	const admin = operator().auth.admin.mfa;
	const { factors } = succeeded(await admin.listFactors({ userId: person.user.id }));
	expect(factors).toMatchObject([{ id: person.app.factorId, status: 'verified' }]);
	expect(JSON.stringify(factors)).not.toContain(person.app.secret);
	const path = `/auth/v1/admin/users/${person.user.id}/factors/${person.app.factorId}`;
	const renamed = await call(path, { method: 'PUT', headers: { apikey: secretKey }, body: '{"friendly_name":"Old phone"}' });
	expect(await renamed.json()).toMatchObject({ friendly_name: 'Old phone' });
	succeeded(await admin.deleteFactor({ id: person.app.factorId, userId: person.user.id }));
	const { client } = await signInAgain(person);
	expect(await levelOf(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' });
	succeeded(await client.auth.updateUser({ password: 'a new one without a factor' }));
});
