import { randomUUID } from 'node:crypto';
import type { EmailOtpType, GenerateLinkParams } from '@supabase/supabase-js';
import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, freshEmail, newPerson, operator, outcome, refusal, succeeded, visitor } from './auth-clients.ts';
import { follow, followRaw } from './letters.ts';

// Links and codes are made by the operator here, so that these run against any project. Source: supabase/auth internal/api/verify.go, mail.go
// (adminGenerateLink).
const { publishableKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

const admin = operator().auth.admin;
const linkFor = async (params: GenerateLinkParams) => succeeded(await admin.generateLink(params)).properties;
const magicLinkFor = (email: string) => linkFor({ type: 'magiclink', email });
const byHash = (token_hash: string, type: EmailOtpType = 'email') => visitor().auth.verifyOtp({ token_hash, type });
const byCode = (email: string, token: string, type: EmailOtpType = 'email') => visitor().auth.verifyOtp({ email, token, type });

test('a magic link signs in by its code, by its hash, and by being followed', async () => {
	const { email, user } = await newPerson();
	const one = succeeded(await byCode(email, (await magicLinkFor(email)).email_otp));
	expect(one.user?.id).toBe(user.id);
	const other = succeeded(await byHash((await magicLinkFor(email)).hashed_token));
	expect(other.user?.id).toBe(user.id);
	const { status, fragment } = await follow((await magicLinkFor(email)).action_link);
	expect(status).toBe(303);
	expect(Object.fromEntries(fragment)).toMatchObject({ token_type: 'bearer', expires_in: '3600', type: 'magiclink', sb: '' });
	expect((await visitor().auth.getUser(fragment.get('access_token') ?? '')).data.user?.id).toBe(user.id);
	succeeded(await visitor().auth.refreshSession({ refresh_token: fragment.get('refresh_token') ?? '' }));
});

test('a session by a link says so in amr, and has a session of its own', async () => {
	const { email, client } = await newPerson();
	const { session } = succeeded(await byHash((await magicLinkFor(email)).hashed_token));
	const { data } = await visitor().auth.getClaims(session?.access_token);
	expect(data?.claims).toMatchObject({ aal: 'aal1', amr: [{ method: 'otp' }] });
	const first = await client.auth.getClaims();
	expect(data?.claims.session_id).not.toBe(first.data?.claims.session_id);
});

test('signup: a person made by the operator confirms their address and is signed in', async () => {
	const email = freshEmail();
	const made = succeeded(
		await admin.generateLink({ type: 'signup', email, password: 'a long password', options: { data: { plan: 'pro' } } })
	);
	expect(made.user).toMatchObject({ email, user_metadata: { plan: 'pro' } });
	expect(made.user?.email_confirmed_at).toBeUndefined();
	expect(refusal(await visitor().auth.signInWithPassword({ email, password: 'a long password' })).code).toBe('email_not_confirmed');
	const { user } = succeeded(await byHash(made.properties.hashed_token, 'signup'));
	expect(user?.email_confirmed_at).toBeDefined();
	expect(user?.user_metadata.email_verified).toBe(true);
	expect(user?.identities?.[0]?.identity_data?.email_verified).toBe(true);
	succeeded(await visitor().auth.signInWithPassword({ email, password: 'a long password' }));
});

test('recovery: a session with which a new password is set; what was mailed before stops working', async () => {
	const { email, password } = await newPerson();
	const client = visitor();
	succeeded(await client.auth.verifyOtp({ type: 'recovery', token_hash: (await linkFor({ type: 'recovery', email })).hashed_token }));
	const earlier = await magicLinkFor(email);
	succeeded(await client.auth.updateUser({ password: 'found again and new' }));
	succeeded(await visitor().auth.signInWithPassword({ email, password: 'found again and new' }));
	expect(refusal(await visitor().auth.signInWithPassword({ email, password })).code).toBe('invalid_credentials');
	expect(refusal(await byHash(earlier.hashed_token)).code).toBe('otp_expired');
});

test('invite: somebody without a password comes in by the link and sets one', async () => {
	const email = freshEmail();
	const { properties, user } = succeeded(await admin.generateLink({ type: 'invite', email, options: { data: { team: 'north' } } }));
	expect(user).toMatchObject({ email, invited_at: expect.any(String), user_metadata: { team: 'north' } });
	const client = visitor();
	succeeded(await client.auth.verifyOtp({ type: 'invite', token_hash: properties.hashed_token }));
	succeeded(await client.auth.updateUser({ password: 'chosen by myself' }));
	succeeded(await visitor().auth.signInWithPassword({ email, password: 'chosen by myself' }));
	expect(refusal(await admin.generateLink({ type: 'invite', email }))).toEqual({ status: 422, code: 'email_exists' });
});

test('a magic link for an address nobody has makes the person', async () => {
	const email = freshEmail();
	const link = await magicLinkFor(email);
	expect(link.verification_type).toBe('signup');
	expect(succeeded(await byHash(link.hashed_token, 'signup')).user?.email).toBe(email);
});

test('generate_link refuses what cannot be', async () => {
	const { email } = await newPerson();
	const unknown = freshEmail();
	expect(refusal(await admin.generateLink({ type: 'recovery', email: unknown }))).toEqual({ status: 404, code: 'user_not_found' });
	expect(refusal(await admin.generateLink({ type: 'signup', email, password: 'long enough' })).code).toBe('email_exists');
	expect(refusal(await admin.generateLink({ type: 'signup', email: unknown, password: 'short' })).code).toBe('weak_password');
	expect(refusal(await admin.generateLink({ type: 'signup', email: unknown, password: '' })).code).toBe('validation_failed');
	expect(await sql`select from auth.users where email = ${unknown}`).toHaveLength(0);
});

test('a code works once, whoever tries: of ten at once one is let in', async () => {
	const { email } = await newPerson();
	const { hashed_token } = await magicLinkFor(email);
	const answers = await Promise.all(Array.from({ length: 10 }, () => byHash(hashed_token)));
	expect(answers.filter(({ error }) => error === null)).toHaveLength(1);
	for (const answer of answers.filter(({ error }) => error)) expect(refusal(answer)).toEqual({ status: 403, code: 'otp_expired' });
});

test('a link that is used takes back whatever else was mailed', async () => {
	const { email } = await newPerson();
	const change = await linkFor({ type: 'email_change_new', email, newEmail: freshEmail() });
	succeeded(await byHash((await magicLinkFor(email)).hashed_token));
	expect(refusal(await byHash(change.hashed_token, 'email_change')).code).toBe('otp_expired');
});

test('a newer link replaces the older one', async () => {
	const { email } = await newPerson();
	const older = await magicLinkFor(email);
	const newer = await magicLinkFor(email);
	expect(refusal(await byHash(older.hashed_token)).code).toBe('otp_expired');
	succeeded(await byHash(newer.hashed_token));
});

test('a code is no good after an hour, by whichever way', async () => {
	const { email, user } = await newPerson();
	const link = await magicLinkFor(email);
	await sql`update auth.users set recovery_sent_at = recovery_sent_at - interval '3601 seconds' where id = ${user.id}`;
	expect(refusal(await byHash(link.hashed_token))).toEqual({ status: 403, code: 'otp_expired' });
	expect(refusal(await byCode(email, link.email_otp))).toEqual({ status: 403, code: 'otp_expired' });
	const { status, fragment } = await follow(link.action_link);
	expect([status, fragment.get('error'), fragment.get('error_code')]).toEqual([303, 'access_denied', 'otp_expired']);
	await sql`update auth.users set recovery_sent_at = recovery_sent_at + interval '1 minute' where id = ${user.id}`;
	succeeded(await byHash(link.hashed_token));
});

test('a code belongs to its address and to its use', async () => {
	const [one, other] = [await newPerson(), await newPerson()];
	const link = await linkFor({ type: 'recovery', email: one.email });
	expect(refusal(await byCode(other.email, link.email_otp, 'recovery')).code).toBe('otp_expired');
	for (const type of ['signup', 'invite', 'email_change'] as const) {
		expect(refusal(await byHash(link.hashed_token, type)).code, type).toBe('otp_expired');
		expect(refusal(await byCode(one.email, link.email_otp, type)).code, type).toBe('otp_expired');
	}
	// An address that ends in the first digits of a code makes the same text with the rest of it.
	const glued = `${one.email}${link.email_otp.slice(0, 1)}`;
	expect(refusal(await byCode(glued, link.email_otp.slice(1), 'recovery')).code).toBe('otp_expired');
	succeeded(await byCode(one.email, link.email_otp, 'recovery'));
});

test('a link that is none leads to the app with the reason, and asks for nothing but its token', async () => {
	const wrong = await followRaw({ token: randomUUID(), type: 'signup' });
	const to = new URL(wrong.headers.get('location') ?? '');
	expect(wrong.status).toBe(303);
	expect(Object.fromEntries(new URLSearchParams(to.hash.slice(1)))).toEqual({
		error: 'access_denied',
		error_code: 'otp_expired',
		error_description: 'Email link is invalid or has expired',
		sb: ''
	});
	expect((await followRaw({ token: 'x' })).status).toBe(400);
	expect((await followRaw({ type: 'signup' })).status).toBe(400);
});

test.each([
	['nothing', {}],
	['no token', { type: 'email', email: 'a@example.test' }],
	['a code and a hash', { type: 'email', token: '123456', token_hash: 'x', email: 'a@example.test' }],
	['a code without an address', { type: 'email', token: '123456' }],
	['a hash with an address', { type: 'email', token_hash: 'x', email: 'a@example.test' }],
	['a type that is none', { type: 'toString', token_hash: 'x' }]
])('%s is refused before anything is looked up', async (_, body) => {
	const response = await call('/auth/v1/verify', { method: 'POST', headers: { apikey: publishableKey }, body: JSON.stringify(body) });
	expect(await outcome(response)).toEqual([400, 'validation_failed']);
});

test('a banned person’s link opens nothing, and is still there when the ban is over', async () => {
	const { email, user } = await newPerson();
	const { hashed_token } = await magicLinkFor(email);
	succeeded(await admin.updateUserById(user.id, { ban_duration: '1h' }));
	expect(refusal(await byHash(hashed_token))).toEqual({ status: 403, code: 'user_banned' });
	succeeded(await admin.updateUserById(user.id, { ban_duration: 'none' }));
	succeeded(await byHash(hashed_token));
});

test('a link mailed to a former address opens nothing', async () => {
	const { email, user } = await newPerson();
	const link = await magicLinkFor(email);
	succeeded(await admin.updateUserById(user.id, { email: freshEmail() }));
	expect(refusal(await byHash(link.hashed_token)).code).toBe('otp_expired');
	expect(refusal(await byCode(email, link.email_otp)).code).toBe('otp_expired');
});

test('codes have six digits, each as likely as the other', async () => {
	const { email } = await newPerson();
	const codes: string[] = [];
	for (let made = 0; made < 60; made++) codes.push((await magicLinkFor(email)).email_otp);
	for (const code of codes) expect(code).toMatch(/^\d{6}$/);
	// 360 digits: each of ten is missing in fewer than one run of 10^15.
	expect(new Set(codes.join('')).size).toBe(10);
	expect(new Set(codes).size).toBeGreaterThan(55);
});
