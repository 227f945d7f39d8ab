import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshEmail, pkceVisitor, refusal, succeeded, visitor, operator } from './auth-clients.ts';
import { follow, lettersTo, letterTo } from './letters.ts';
import { isLocal } from './local.ts';
import { ownPlatform } from './own-platform.ts';

// Source: supabase/auth internal/api/{signup,verify,user}.go with MAILER_AUTOCONFIRM off, SECURE_EMAIL_CHANGE and
// UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION on.
describe.runIf(isLocal)('a project that wants addresses confirmed (needs settings of its own)', () => {
	const { use } = ownPlatform(({ auth }) => {
		auth.email.enableConfirmations = true;
		auth.email.securePasswordChange = true;
	});
	let sql: postgres.Sql;
	beforeAll(() => {
		sql = postgres(use().dbUrl, { max: 1, onnotice: () => {} });
	});
	afterAll(() => sql.end());
	const mail = (address: string, nth = 1) => letterTo(address, nth, use());

	/** Somebody who signed up and confirmed their address. */
	async function confirmed() {
		const [email, password] = [freshEmail(), 'confirmed by letter'];
		const client = visitor(use());
		succeeded(await client.auth.signUp({ email, password }));
		const { user } = succeeded(await client.auth.verifyOtp({ email, token: (await mail(email)).code, type: 'signup' }));
		if (!user) throw new Error('no user');
		return { email, password, client, user };
	}

	test('signing up mails a link; until it is followed there is no session and no signing in', async () => {
		const [email, password] = [freshEmail(), 'long enough'];
		const { user, session } = succeeded(
			await visitor(use()).auth.signUp({ email, password, options: { emailRedirectTo: 'http://localhost:3000/hello' } })
		);
		expect(session).toBeNull();
		expect(user).toMatchObject({ email, confirmation_sent_at: expect.any(String), role: 'authenticated' });
		expect(user?.email_confirmed_at).toBeUndefined();
		expect(refusal(await visitor(use()).auth.signInWithPassword({ email, password }))).toEqual({
			status: 400,
			code: 'email_not_confirmed'
		});
		const { to, fragment } = await follow((await mail(email)).link);
		expect([to.pathname, fragment.get('type')]).toEqual(['/hello', 'signup']);
		succeeded(await visitor(use()).auth.signInWithPassword({ email, password }));
	});

	test('the same with PKCE ends in a code', async () => {
		const email = freshEmail();
		const client = pkceVisitor(use());
		succeeded(await client.auth.signUp({ email, password: 'long enough' }));
		const { to } = await follow((await mail(email)).link);
		const { user } = succeeded(await client.auth.exchangeCodeForSession(to.searchParams.get('code') ?? ''));
		expect(user.email_confirmed_at).toBeDefined();
		expect((await client.auth.getClaims()).data?.claims.amr).toMatchObject([{ method: 'email/signup' }]);
	});

	test('signing up again before confirming sends the letter again, and changes nothing the mailbox did not ask for', async () => {
		const email = freshEmail();
		const again = () => visitor(use()).auth.signUp({ email, password: 'the same password', options: { data: { admin: true } } });
		succeeded(await visitor(use()).auth.signUp({ email, password: 'the same password' }));
		succeeded(await again());
		const { user } = succeeded(await visitor(use()).auth.verifyOtp({ email, token: (await mail(email, 2)).code, type: 'signup' }));
		expect(user?.user_metadata).not.toHaveProperty('admin');
		succeeded(await visitor(use()).auth.signInWithPassword({ email, password: 'the same password' }));
	});

	const thiefs = 'planted by somebody else';
	test.each<[string, (email: string) => Promise<unknown>]>([
		['signing up', (email) => visitor(use()).auth.signUp({ email, password: 'of the owner' })],
		['asking for a magic link', (email) => visitor(use()).auth.signInWithOtp({ email })],
		['being invited', (email) => operator(use()).auth.admin.inviteUserByEmail(email)],
		['asking for a new password', (email) => visitor(use()).auth.resetPasswordForEmail(email)]
	])('a password that somebody else put before the mailbox’s owner came is gone after %s', async (_, come) => {
		const email = freshEmail();
		succeeded(await visitor(use()).auth.signUp({ email, password: thiefs }));
		await come(email);
		expect((await follow((await mail(email, 2)).link)).fragment.get('access_token')).toBeTruthy();
		expect(refusal(await visitor(use()).auth.signInWithPassword({ email, password: thiefs })).code).toBe('invalid_credentials');
	});

	test('an address that has an account, confirmed, unconfirmed or invited, answers like a new one, every time and in every field', async () => {
		const owner = await confirmed();
		const [unconfirmed, invited] = [freshEmail(), freshEmail()];
		succeeded(await visitor(use()).auth.signUp({ email: unconfirmed, password: 'long enough', options: { data: { salary: 5 } } }));
		succeeded(await operator(use()).auth.admin.inviteUserByEmail(invited, { data: { tenant: 'acme' } }));
		const options = { data: { full_name: 'Ada', nested: { a: [1] } } };
		const ask = async (email: string) => succeeded(await visitor(use()).auth.signUp({ email, password: 'somebody else', options }));
		/** The answer without what differs between any two people. Times are numbered: which are equal shows too. */
		const shape = (answer: unknown, address: string) => {
			const times: string[] = [];
			return JSON.stringify(answer)
				.replaceAll(address, 'ADDRESS')
				.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
				.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => {
					if (!times.includes(time)) times.push(time);
					return `TIME${times.indexOf(time)}`;
				});
		};
		const unknown = `a$&b$$-${freshEmail()}`;
		const expected = shape(await ask(unknown), unknown);
		for (const email of [unknown, owner.email, owner.email, unconfirmed, unconfirmed, invited, invited]) {
			const [first, second] = [await ask(email), await ask(email)];
			expect(shape(first, email)).toBe(expected);
			expect(shape(second, email)).toBe(expected);
			expect(second.user?.id).not.toBe(first.user?.id);
			expect(first.user?.id).not.toBe(owner.user.id);
		}
		expect(await lettersTo(owner.email, use())).toHaveLength(1);
	});

	test('a change of address needs both mailboxes, in either order', async () => {
		for (const order of ['new first', 'present first']) {
			const { email, client } = await confirmed();
			const moved = freshEmail();
			succeeded(await client.auth.updateUser({ email: moved }));
			const letters = [await mail(moved), await mail(email, 2)];
			const [first, second] = order === 'new first' ? letters : letters.toReversed();
			const half = await follow(first?.link ?? '');
			expect(half.fragment.get('message')).toMatch(/^Confirmation link accepted/);
			expect(half.fragment.get('access_token')).toBeNull();
			expect((await client.auth.getUser()).data.user?.email, 'still').toBe(email);
			expect((await follow(first?.link ?? '')).fragment.get('error_code'), 'the same mailbox twice').toBe('otp_expired');
			expect((await follow(second?.link ?? '')).fragment.get('type')).toBe('email_change');
			expect((await client.auth.getUser()).data.user?.email).toBe(moved);
			expect((await mail(email, 3)).subject, 'the former mailbox is told').toMatch(/address/i);
		}
	});

	test('the codes of both mailboxes do the same, and one’s code is not the other’s', async () => {
		const { email, client } = await confirmed();
		const moved = freshEmail();
		succeeded(await client.auth.updateUser({ email: moved }));
		const [toNew, toPresent] = [await mail(moved), await mail(email, 2)];
		const verify = (address: string, token: string) => visitor(use()).auth.verifyOtp({ email: address, token, type: 'email_change' });
		expect(refusal(await verify(moved, toPresent.code)).code).toBe('otp_expired');
		const half = succeeded(await verify(email, toPresent.code));
		expect(half.session).toBeNull();
		expect(succeeded(await verify(moved, toNew.code)).user?.email).toBe(moved);
	});

	test('asking for a third address forgets what was agreed to for the second', async () => {
		const { email, client } = await confirmed();
		const [second, third] = [freshEmail(), freshEmail()];
		succeeded(await client.auth.updateUser({ email: second }));
		await follow((await mail(email, 2)).link);
		succeeded(await client.auth.updateUser({ email: third }));
		expect((await follow((await mail(second)).link)).fragment.get('error_code')).toBe('otp_expired');
		expect((await follow((await mail(third)).link)).fragment.get('message')).toMatch(/other email/);
		expect((await client.auth.getUser()).data.user?.email).toBe(email);
	});

	test('resend: once more for an unfinished change', async () => {
		const { email, client } = await confirmed();
		const moved = freshEmail();
		succeeded(await client.auth.updateUser({ email: moved }));
		succeeded(await client.auth.resend({ type: 'email_change', email }));
		expect((await follow((await mail(moved, 1)).link)).fragment.get('error_code')).toBe('otp_expired');
		expect((await follow((await mail(moved, 2)).link)).fragment.get('message')).toMatch(/other email/);
	});

	test('a password may be changed on the day of signing in; later only with the code of a letter', async () => {
		const { email, client, user } = await confirmed();
		succeeded(await client.auth.updateUser({ password: 'on the first day' }));
		await sql`update auth.sessions set created_at = created_at - interval '25 hours' where user_id = ${user.id}`;
		expect(refusal(await client.auth.updateUser({ password: 'on the second day' }))).toEqual({
			status: 400,
			code: 'reauthentication_needed'
		});
		succeeded(await client.auth.reauthenticate());
		await expect.poll(async () => (await lettersTo(email, use()))[0]?.subject).toMatch(/code|confirm|verif/i);
		const nonce = (await lettersTo(email, use()))[0]?.code ?? '';
		const wrong = nonce === '000000' ? '111111' : '000000';
		expect(refusal(await client.auth.updateUser({ password: 'on the second day', nonce: wrong }))).toEqual({
			status: 422,
			code: 'reauthentication_not_valid'
		});
		succeeded(await client.auth.updateUser({ password: 'on the second day', nonce }));
		expect(refusal(await client.auth.updateUser({ password: 'once more with it', nonce })).code, 'a code works once').toBe(
			'reauthentication_not_valid'
		);
	});

	test('somebody else’s code changes no password', async () => {
		const [one, other] = [await confirmed(), await confirmed()];
		await sql`update auth.sessions set created_at = created_at - interval '25 hours' where user_id = ${one.user.id}`;
		succeeded(await other.client.auth.reauthenticate());
		const nonce = (await mail(other.email, 2)).code;
		expect(refusal(await one.client.auth.updateUser({ password: 'with a stolen code', nonce })).code).toBe('reauthentication_not_valid');
	});

	test('a letter that cannot be sent leaves nobody half made, and the former link good', async () => {
		const faults = `${use().mailUrl}/api/faults`;
		const { email } = await confirmed();
		succeeded(await visitor(use()).auth.resetPasswordForEmail(email));
		const earlier = await mail(email, 2);
		const effect = { kind: 'reject', errorCode: 451, message: 'Try later' };
		await fetch(faults, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ at: 'smtp', effect }) });
		try {
			// Without signing in nobody hears of it: there would be nothing to hear for an address nobody has.
			const fresh = freshEmail();
			expect((await visitor(use()).auth.signUp({ email: fresh, password: 'long enough' })).error).toBeNull();
			expect(await sql`select from auth.users where email = ${fresh}`).toHaveLength(0);
			expect((await visitor(use()).auth.resetPasswordForEmail(email)).error).toBeNull();
			expect((await visitor(use()).auth.signInWithOtp({ email: fresh })).error).toBeNull();
			expect((await operator(use()).auth.admin.inviteUserByEmail(fresh)).error).toMatchObject({ message: 'Error sending invite email' });
			expect(await sql`select from auth.users where email = ${fresh}`).toHaveLength(0);
		} finally {
			await fetch(faults, { method: 'DELETE' });
		}
		expect((await follow(earlier.link)).fragment.get('type')).toBe('recovery');
	});
});
