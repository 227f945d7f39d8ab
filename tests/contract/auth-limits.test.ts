import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '@supabase/supabase-js';
import { freshEmail, newPerson, operator, refusal, succeeded, visitor } from './auth-clients.ts';
import { lettersTo } from './letters.ts';
import { isLocal } from './local.ts';
import { ownPlatform } from './own-platform.ts';

// Source: supabase/auth internal/api/apilimiter, internal/api/mail.go (validateSentWithinFrequencyLimit).
describe.runIf(isLocal)('limits (need settings of their own)', () => {
	const { use } = ownPlatform(({ auth }) => {
		auth.rateLimit = { emailSent: 40, tokenRefresh: 30, signInSignUps: 30, tokenVerifications: 30, factors: 15 };
		auth.email.maxFrequency = 3600;
	});

	/** Somebody at an address of their own, as the app's server vouches for it with the secret key. */
	function visitorFrom(address: string, key = use().secretKey) {
		return createClient(use().apiUrl, key, {
			auth: { persistSession: false, autoRefreshToken: false },
			global: { headers: { 'sb-forwarded-for': address } }
		});
	}
	const attempt = (client: ReturnType<typeof visitorFrom>) => client.auth.signInWithPassword({ email: freshEmail(), password: 'wrong' });

	test('thirty sign-ins at once from one address, then a pause; others are not held up', async () => {
		const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(visitorFrom('203.0.113.1'))));
		const codes = answers.map((answer) => refusal(answer).code);
		expect(codes.filter((code) => code === 'invalid_credentials').length).toBeGreaterThanOrEqual(30);
		expect(codes).toContain('over_request_rate_limit');
		const late = await attempt(visitorFrom('203.0.113.1'));
		expect(late.error).toMatchObject({ status: 429, code: 'over_request_rate_limit', message: 'Request rate limit reached' });
		expect(refusal(await attempt(visitorFrom('203.0.113.2'))).code).toBe('invalid_credentials');
	});

	test('an address claimed without the secret key counts for nothing', async () => {
		const answers = await Promise.all(
			Array.from({ length: 40 }, (_, index) => attempt(visitorFrom(`198.51.100.${index}`, use().publishableKey)))
		);
		expect(answers.map((answer) => refusal(answer).code)).toContain('over_request_rate_limit');
	});

	test.each([
		['verify', (client: ReturnType<typeof visitorFrom>) => client.auth.verifyOtp({ email: freshEmail(), token: '123456', type: 'email' })],
		['refresh', (client: ReturnType<typeof visitorFrom>) => client.auth.refreshSession({ refresh_token: 'x'.repeat(12) })],
		['sign-up', (client: ReturnType<typeof visitorFrom>) => client.auth.signUp({ email: freshEmail(), password: 'short' })]
	])('%s is limited too, each by itself', async (name, ask) => {
		// A client of their own each: one client asks for one refresh at a time.
		const answers = await Promise.all(Array.from({ length: 35 }, () => ask(visitorFrom(`192.0.2.${name.length}`))));
		expect(answers.filter((answer) => refusal(answer).status === 429).length).toBeGreaterThan(0);
		expect(answers.filter((answer) => refusal(answer).status === 429).length).toBeLessThanOrEqual(5);
	});

	test('a second letter to one address waits, whether somebody has it or not', async () => {
		const { email } = await newPerson({}, use());
		const unknown = freshEmail();
		for (const address of [email, unknown]) {
			const client = visitorFrom('203.0.113.20');
			succeeded(await client.auth.resetPasswordForEmail(address));
			const { error } = await client.auth.resetPasswordForEmail(address);
			expect(error).toMatchObject({ status: 429, code: 'over_email_send_rate_limit' });
			expect(error?.message).toMatch(/^For security purposes, you can only request this after \d+ seconds\.$/);
			expect((await visitorFrom('203.0.113.21').auth.signInWithOtp({ email: address })).error?.code, 'from elsewhere').toBe(
				'over_email_send_rate_limit'
			);
		}
		expect(await lettersTo(email, use())).toHaveLength(1);
	});

	test('codes are not guessed from many addresses: thirty tries, then even the right one waits', async () => {
		const { email } = await newPerson({}, use());
		const link = succeeded(await operator(use()).auth.admin.generateLink({ type: 'magiclink', email }));
		const right = link.properties.email_otp;
		const wrong = right === '000000' ? '111111' : '000000';
		const guess = (index: number, token: string) =>
			visitorFrom(`198.18.${Math.floor(index / 200)}.${index % 200}`).auth.verifyOtp({ email, token, type: 'email' });
		const answers = await Promise.all(Array.from({ length: 60 }, (_, index) => guess(index, wrong)));
		expect(answers.filter((answer) => refusal(answer).code === 'otp_expired').length).toBeLessThanOrEqual(32);
		expect(refusal(await guess(100, right)).code).toBe('over_request_rate_limit');
		succeeded(await visitor(use()).auth.verifyOtp({ token_hash: link.properties.hashed_token, type: 'email' }));
	});
});

describe.runIf(isLocal)('letters in all (needs settings of its own)', () => {
	const { use } = ownPlatform(({ auth }) => {
		auth.rateLimit.emailSent = 3;
	});
	let emails: string[] = [];
	beforeAll(async () => {
		emails = await Promise.all(Array.from({ length: 4 }, async () => (await newPerson({}, use())).email));
	});
	afterAll(() => {
		emails = [];
	});

	test('the fourth letter of an hour is refused, and no token replaces the one that was mailed', async () => {
		for (const email of emails.slice(0, 3)) succeeded(await visitor(use()).auth.resetPasswordForEmail(email));
		expect(refusal(await visitor(use()).auth.resetPasswordForEmail(emails[3] ?? ''))).toEqual({
			status: 429,
			code: 'over_email_send_rate_limit'
		});
		expect(refusal(await visitor(use()).auth.resetPasswordForEmail(emails[0] ?? '')).status).toBe(429);
		const [letter] = await lettersTo(emails[0] ?? '', use());
		succeeded(await visitor(use()).auth.verifyOtp({ email: emails[0] ?? '', token: letter?.code ?? '', type: 'recovery' }));
	});
});
