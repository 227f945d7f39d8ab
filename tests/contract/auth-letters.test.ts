import { afterAll, describe, expect, inject, test } from 'vitest';
import { call, connect, freshEmail, newPerson, operator, outcome, pkceVisitor, refusal, succeeded, visitor } from './auth-clients.ts';
import { answer, enroll } from './authenticator.ts';
import { follow, lettersTo, letterTo } from './letters.ts';
import { isLocal } from './local.ts';

const { publishableKey, secretKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

// Letters are read from the mailbox of this machine. Source: supabase/auth internal/api/{recover,magic_link,otp,resend,invite,reauthenticate,user}.go.
describe.runIf(isLocal)('what is mailed (needs the local mailbox)', () => {
	test('recovery: a letter with a link and a code, both of which lead in', async () => {
		const { email, user } = await newPerson();
		succeeded(await visitor().auth.resetPasswordForEmail(email));
		const letter = await letterTo(email);
		expect(letter.code).toMatch(/^\d{6}$/);
		expect(letter.link.searchParams.get('type')).toBe('recovery');
		const { to, fragment } = await follow(letter.link);
		expect(to.origin).toBe('http://localhost:3000');
		expect(fragment.get('type')).toBe('recovery');
		expect((await visitor().auth.getUser(fragment.get('access_token') ?? '')).data.user?.id).toBe(user.id);
		expect(refusal(await visitor().auth.verifyOtp({ email, token: letter.code, type: 'recovery' })).code, 'used up').toBe('otp_expired');
	});

	test('magic link: somebody who is there gets one, somebody new is made', async () => {
		const { email, user } = await newPerson();
		succeeded(await visitor().auth.signInWithOtp({ email }));
		const known = succeeded(await visitor().auth.verifyOtp({ email, token: (await letterTo(email)).code, type: 'email' }));
		expect(known.user?.id).toBe(user.id);
		const fresh = freshEmail();
		succeeded(await visitor().auth.signInWithOtp({ email: fresh, options: { data: { full_name: 'New' } } }));
		const made = succeeded(await visitor().auth.verifyOtp({ email: fresh, token: (await letterTo(fresh)).code, type: 'email' }));
		expect(made.user).toMatchObject({ email: fresh, user_metadata: { full_name: 'New' } });
		expect(refusal(await visitor().auth.signInWithPassword({ email: fresh, password: '' })).code).toBe('invalid_credentials');
	});

	test('a link for people who exist only: the answer is the same, the letter is not', async () => {
		const { email } = await newPerson();
		const unknown = freshEmail();
		const ask = (address: string) => visitor().auth.signInWithOtp({ email: address, options: { shouldCreateUser: false } });
		expect(await ask(unknown)).toEqual(await ask(email));
		expect((await letterTo(email)).code).not.toBe('');
		expect(await lettersTo(unknown)).toHaveLength(0);
		expect(await visitor().auth.resetPasswordForEmail(unknown)).toEqual(await visitor().auth.resetPasswordForEmail(email));
		expect(await lettersTo(unknown)).toHaveLength(0);
	});

	test('invite: a letter leads in, once more when asked, and not for somebody who is in', async () => {
		const email = freshEmail();
		const { user } = succeeded(
			await operator().auth.admin.inviteUserByEmail(email, { data: { team: 'south' }, redirectTo: 'http://localhost:3000/welcome' })
		);
		expect(user).toMatchObject({ email, user_metadata: { team: 'south' }, invited_at: expect.any(String) });
		succeeded(await operator().auth.admin.inviteUserByEmail(email));
		const [first, second] = [await letterTo(email, 1), await letterTo(email, 2)];
		expect((await follow(first.link)).fragment.get('error_code'), 'replaced').toBe('otp_expired');
		expect(first.link.searchParams.get('redirect_to')).toBe('http://localhost:3000/welcome');
		expect((await follow(second.link)).fragment.get('type')).toBe('invite');
		expect(refusal(await operator().auth.admin.inviteUserByEmail(email))).toEqual({ status: 422, code: 'email_exists' });
	});

	test('only the secret key invites and makes links', async () => {
		const { session } = await newPerson();
		for (const path of ['/auth/v1/invite', '/auth/v1/admin/generate_link']) {
			for (const apikey of [publishableKey, secretKey]) {
				const headers = { apikey, authorization: `Bearer ${session.access_token}` };
				const response = await call(path, { method: 'POST', headers, body: JSON.stringify({ email: freshEmail(), type: 'magiclink' }) });
				expect(await outcome(response)).toEqual([403, 'not_admin']);
			}
		}
	});

	test('changing the address: both mailboxes agree, also where new addresses need no confirmation', async () => {
		const { client, email, user } = await newPerson();
		const moved = freshEmail();
		const asked = succeeded(await client.auth.updateUser({ email: moved }));
		expect(asked.user).toMatchObject({ email, new_email: moved });
		const letter = await letterTo(moved);
		expect(letter.text).toContain(moved);
		const half = succeeded(await visitor().auth.verifyOtp({ email: moved, token: letter.code, type: 'email_change' }));
		expect(half.session).toBeNull();
		expect((await client.auth.getUser()).data.user?.email).toBe(email);
		const { code } = await letterTo(email);
		const { user: changed } = succeeded(await visitor().auth.verifyOtp({ email, token: code, type: 'email_change' }));
		expect(changed).toMatchObject({ id: user.id, email: moved });
		expect(changed?.new_email).toBeUndefined();
		expect(changed?.identities?.[0]?.identity_data).toMatchObject({ email: moved, email_verified: true });
	});

	test('an address that is taken looks free until its mailbox confirms it', async () => {
		const [one, other] = [await newPerson(), await newPerson()];
		const asked = await one.client.auth.updateUser({ email: other.email });
		expect(asked.error).toBeNull();
		expect((await follow((await letterTo(other.email)).link)).fragment.get('message')).toMatch(/other email/);
		expect((await follow((await letterTo(one.email)).link)).fragment.get('error_code')).toBe('email_exists');
		expect((await one.client.auth.getUser()).data.user?.email).toBe(one.email);
		expect((await other.client.auth.getUser()).data.user?.email).toBe(other.email);
	});

	test.each(['a new password', 'a password set by the operator', 'a first second factor'])(
		'%s ends a change of address that somebody else began, for good',
		async (how) => {
			const { client, email, user } = await newPerson();
			const thief = freshEmail();
			succeeded(await client.auth.updateUser({ email: thief }));
			const { link } = await letterTo(thief);
			if (how === 'a new password') succeeded(await client.auth.updateUser({ password: 'mine again, and new' }));
			else if (how === 'a first second factor') {
				const app = await enroll(client);
				succeeded(await answer(client, app, app.code()));
			} else succeeded(await operator().auth.admin.updateUserById(user.id, { password: 'given by the operator' }));
			expect((await follow(link)).fragment.get('error_code')).toBe('otp_expired');
			succeeded(await visitor().auth.resend({ type: 'email_change', email }));
			expect(await lettersTo(thief)).toHaveLength(1);
		}
	);

	test('a change nobody finished within the hour is not renewed by anybody', async () => {
		const { client, email, user } = await newPerson();
		const mistyped = freshEmail();
		succeeded(await client.auth.updateUser({ email: mistyped }));
		await sql`update auth.users set email_change_sent_at = email_change_sent_at - interval '3601 seconds' where id = ${user.id}`;
		succeeded(await visitor().auth.resend({ type: 'email_change', email }));
		expect(await lettersTo(mistyped)).toHaveLength(1);
	});

	test('reauthentication: the code of the letter is no way to sign in', async () => {
		const { client, email } = await newPerson();
		succeeded(await client.auth.reauthenticate());
		const { code } = await letterTo(email);
		expect(code).toMatch(/^\d{6}$/);
		for (const type of ['email', 'recovery', 'magiclink', 'signup'] as const) {
			expect(refusal(await visitor().auth.verifyOtp({ email, token: code, type })).code).toBe('otp_expired');
		}
	});

	test('a new password and a new factor are told to the mailbox', async () => {
		const { client, email } = await newPerson();
		succeeded(await client.auth.updateUser({ password: 'another long one' }));
		expect((await letterTo(email)).subject).toMatch(/password/i);
	});

	test('what a person says of themselves cannot break out of a letter', async () => {
		const email = freshEmail();
		const name = '</p><script>alert(1)</script>{{ .Token }}';
		succeeded(await operator().auth.admin.inviteUserByEmail(email, { data: { full_name: name, name } }));
		const letter = await letterTo(email);
		expect(letter.html).not.toContain('<script>');
	});

	test('a lost letter is asked for again', async () => {
		const email = freshEmail();
		succeeded(await operator().auth.admin.createUser({ email, password: 'never confirmed' }));
		succeeded(await visitor().auth.resend({ type: 'signup', email }));
		const { user } = succeeded(await visitor().auth.verifyOtp({ email, token: (await letterTo(email)).code, type: 'signup' }));
		expect(user?.email_confirmed_at).toBeDefined();
		succeeded(await visitor().auth.resend({ type: 'signup', email }));
		expect(await lettersTo(email), 'nothing to confirm any more').toHaveLength(1);
	});
});

describe.runIf(isLocal)('PKCE: a link ends in a code that only its beginner can exchange (needs the local mailbox)', () => {
	test('recovery, magic link, a new person and a change of address', async () => {
		const { email, user, client, password } = await newPerson();
		const asker = pkceVisitor();
		succeeded(await asker.auth.resetPasswordForEmail(email, { redirectTo: 'http://localhost:3000/set-password?from=letter' }));
		const { to } = await follow((await letterTo(email)).link);
		expect(to.hash).toBe('');
		expect(`${to.origin}${to.pathname}`).toBe('http://localhost:3000/set-password');
		expect(to.searchParams.get('from')).toBe('letter');
		const recovered = succeeded(await asker.auth.exchangeCodeForSession(to.searchParams.get('code') ?? ''));
		expect(recovered.user.id).toBe(user.id);
		expect((await asker.auth.getClaims()).data?.claims.amr).toMatchObject([{ method: 'recovery' }]);

		const fresh = freshEmail();
		const newcomer = pkceVisitor();
		succeeded(await newcomer.auth.signInWithOtp({ email: fresh }));
		const magic = await follow((await letterTo(fresh)).link);
		expect(succeeded(await newcomer.auth.exchangeCodeForSession(magic.to.searchParams.get('code') ?? '')).user.email).toBe(fresh);

		const moved = freshEmail();
		const mover = pkceVisitor();
		succeeded(await mover.auth.signInWithPassword({ email, password }));
		succeeded(await mover.auth.updateUser({ email: moved }));
		await follow((await letterTo(email, 2)).link);
		const change = await follow((await letterTo(moved)).link);
		expect(succeeded(await mover.auth.exchangeCodeForSession(change.to.searchParams.get('code') ?? '')).user.email).toBe(moved);
		expect((await client.auth.getUser()).data.user?.email).toBe(moved);
	});

	test('the code of the same letter may be typed instead', async () => {
		const { email, user } = await newPerson();
		succeeded(await pkceVisitor().auth.signInWithOtp({ email }));
		const { code } = await letterTo(email);
		expect(succeeded(await visitor().auth.verifyOtp({ email, token: code, type: 'email' })).user?.id).toBe(user.id);
	});

	test('a stolen code is worth nothing without its secret, and works once', async () => {
		const { email } = await newPerson();
		const [asker, thief] = [pkceVisitor(), pkceVisitor()];
		succeeded(await thief.auth.resetPasswordForEmail(freshEmail()));
		succeeded(await asker.auth.resetPasswordForEmail(email));
		const code = (await follow((await letterTo(email)).link)).to.searchParams.get('code') ?? '';
		expect(refusal(await thief.auth.exchangeCodeForSession(code))).toEqual({ status: 400, code: 'bad_code_verifier' });
		succeeded(await asker.auth.exchangeCodeForSession(code));
		const again = { auth_code: code, code_verifier: 'x'.repeat(64) };
		const response = await call('/auth/v1/token?grant_type=pkce', {
			method: 'POST',
			headers: { apikey: publishableKey },
			body: JSON.stringify(again)
		});
		expect(await outcome(response)).toEqual([404, 'flow_state_not_found']);
	});

	test('a code is good for five minutes, after its link was clicked, and not for the banned', async () => {
		const exchange = async (between: (userId: string) => Promise<unknown>) => {
			const { email, user } = await newPerson();
			const asker = pkceVisitor();
			succeeded(await asker.auth.resetPasswordForEmail(email));
			const [flow] = await sql`select auth_code from auth.flow_state where user_id = ${user.id}`;
			expect(refusal(await asker.auth.exchangeCodeForSession(String(flow?.auth_code))).code, 'before the click').toBe(
				'flow_state_not_found'
			);
			// The library forgets its secret with every attempt.
			const again = pkceVisitor();
			succeeded(await again.auth.resetPasswordForEmail(email));
			const { to } = await follow((await letterTo(email, 2)).link);
			await between(user.id);
			return again.auth.exchangeCodeForSession(to.searchParams.get('code') ?? '');
		};
		const late = (userId: string) =>
			sql`update auth.flow_state set created_at = created_at - interval '301 seconds' where user_id = ${userId}`;
		expect(refusal(await exchange(late))).toEqual({ status: 422, code: 'flow_state_expired' });
		const ban = (userId: string) => operator().auth.admin.updateUserById(userId, { ban_duration: '1h' });
		expect(refusal(await exchange(ban))).toEqual({ status: 403, code: 'user_banned' });
		succeeded(await exchange(async () => {}));
	});

	test('a code from before a new password, a sign-out everywhere, a new address or a deletion opens nothing', async () => {
		const ways: ((person: Awaited<ReturnType<typeof newPerson>>) => Promise<unknown>)[] = [
			({ client }) => client.auth.updateUser({ password: 'changed in between' }),
			({ client }) => client.auth.signOut({ scope: 'global' }),
			({ user }) => operator().auth.admin.updateUserById(user.id, { email: freshEmail() }),
			({ user }) => operator().auth.admin.deleteUser(user.id, true)
		];
		for (const way of ways) {
			const person = await newPerson();
			const asker = pkceVisitor();
			succeeded(await asker.auth.resetPasswordForEmail(person.email));
			const { to } = await follow((await letterTo(person.email)).link);
			await way(person);
			const late = await asker.auth.exchangeCodeForSession(to.searchParams.get('code') ?? '');
			expect(refusal(late)).toEqual({ status: 404, code: 'flow_state_not_found' });
		}
	});

	test('a link that fails tells the app’s server why', async () => {
		const { email } = await newPerson();
		succeeded(await pkceVisitor().auth.resetPasswordForEmail(email));
		const { link } = await letterTo(email);
		await follow(link);
		const { to, fragment } = await follow(link);
		expect(to.searchParams.get('error_code')).toBe('otp_expired');
		expect(fragment.get('error_code')).toBe('otp_expired');
		expect(to.searchParams.get('code')).toBeNull();
	});

	test.each([
		['half a challenge', { code_challenge: 'x'.repeat(43) }],
		['a short challenge', { code_challenge: 'x'.repeat(42), code_challenge_method: 's256' }],
		['a challenge of other characters', { code_challenge: 'ü'.repeat(43), code_challenge_method: 's256' }],
		['a method that is none', { code_challenge: 'x'.repeat(43), code_challenge_method: 'md5' }]
	])('%s is refused', async (_, challenge) => {
		const headers = { apikey: publishableKey };
		for (const path of ['recover', 'otp', 'magiclink']) {
			const body = JSON.stringify({ email: freshEmail(), ...challenge });
			expect(await outcome(await call(`/auth/v1/${path}`, { method: 'POST', headers, body }))).toEqual([400, 'validation_failed']);
		}
	});
});
