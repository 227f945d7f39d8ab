import { afterAll, expect, test } from 'vitest';
import { connect, freshEmail, newPerson, refusal, succeeded, visitor } from './auth-clients.ts';

const sql = connect();
afterAll(() => sql.end());

test('signing up gives a session and a user with the data that was sent', async () => {
	const { user, session, email } = await newPerson({ full_name: 'Ada Lovelace' });
	expect(session.token_type).toBe('bearer');
	expect(session.expires_in).toBe(3600);
	expect(session.refresh_token).not.toBe('');
	expect(user).toMatchObject({ email, aud: 'authenticated', role: 'authenticated', is_anonymous: false, phone: '' });
	expect(user.email_confirmed_at).toBeDefined();
	expect(user.app_metadata).toEqual({ provider: 'email', providers: ['email'] });
	expect(user.user_metadata).toMatchObject({ full_name: 'Ada Lovelace', email, email_verified: true, sub: user.id });
	expect(user.identities).toHaveLength(1);
	expect(user.identities?.[0]).toMatchObject({ provider: 'email', id: user.id, user_id: user.id });
});

test('what a person says about their own verification is not believed', async () => {
	const { user } = await newPerson({ email_verified: false, sub: 'somebody-else', email: 'other@example.test' });
	expect(user.identities?.[0]?.identity_data).toMatchObject({ sub: user.id, email: user.email, email_verified: false });
	expect(user.user_metadata.sub).toBe(user.id);
});

test('the password is stored as bcrypt of cost 10 and nowhere else', async () => {
	const { user, password } = await newPerson();
	const [row] = await sql`select u::text as row, encrypted_password as hash from auth.users u where id = ${user.id}`;
	expect(row?.hash).toMatch(/^\$2a\$10\$/);
	expect(row?.row).not.toContain(password);
});

test('an address is the same however its letters are written', async () => {
	const { email, password } = await newPerson();
	const shouted = email.toUpperCase();
	expect(refusal(await visitor().auth.signUp({ email: shouted, password }))).toEqual({ status: 422, code: 'user_already_exists' });
	const { user } = succeeded(await visitor().auth.signInWithPassword({ email: shouted, password }));
	expect(user?.email).toBe(email);
});

test('a taken address is refused and leaves the account as it was', async () => {
	const { email, password } = await newPerson({ full_name: 'First' });
	const second = await visitor().auth.signUp({ email, password: 'another password', options: { data: { full_name: 'Second' } } });
	expect(refusal(second)).toEqual({ status: 422, code: 'user_already_exists' });
	const { user } = succeeded(await visitor().auth.signInWithPassword({ email, password }));
	expect(user?.user_metadata.full_name).toBe('First');
});

test('of ten sign-ups at once with one address exactly one wins', async () => {
	const email = freshEmail();
	const answers = await Promise.all(
		Array.from({ length: 10 }, (_, index) => visitor().auth.signUp({ email, password: `password number ${index}` }))
	);
	expect(answers.filter(({ error }) => error === null)).toHaveLength(1);
	for (const answer of answers.filter(({ error }) => error)) expect(refusal(answer).code).toBe('user_already_exists');
	const [counted] = await sql`select count(*)::int as users from auth.users where email = ${email}`;
	expect(counted?.users).toBe(1);
});

test('a weak password is refused with the reason', async () => {
	const { error } = await visitor().auth.signUp({ email: freshEmail(), password: 'short' });
	expect(error).toMatchObject({ name: 'AuthWeakPasswordError', status: 422, code: 'weak_password', reasons: ['length'] });
});

test('a password longer than bcrypt reads is refused, by bytes', async () => {
	const tooLong = await visitor().auth.signUp({ email: freshEmail(), password: 'é'.repeat(37) });
	expect(refusal(tooLong)).toEqual({ status: 400, code: 'validation_failed' });
	const longest = await visitor().auth.signUp({ email: freshEmail(), password: 'é'.repeat(36) });
	expect(longest.error).toBeNull();
});

test.each([
	['no @', 'nobody'],
	['a space', 'a b@example.test'],
	['no domain', 'a@'],
	['256 characters', `${'a'.repeat(244)}@example.test`],
	['a NUL byte', 'a\0b@example.test']
])('an address with %s is refused', async (_, email) => {
	expect(refusal(await visitor().auth.signUp({ email, password: 'long enough' }))).toEqual({ status: 400, code: 'validation_failed' });
});

test('text the database cannot store is the caller’s error, not a crash', async () => {
	const nul = await visitor().auth.signUp({ email: freshEmail(), password: 'long enough', options: { data: { name: 'a\0b' } } });
	expect(refusal(nul)).toEqual({ status: 400, code: 'validation_failed' });
	const halfAnEmoji = await visitor().auth.signUp({ email: freshEmail(), password: 'long enough', options: { data: { name: '\ud83d' } } });
	expect(refusal(halfAnEmoji)).toEqual({ status: 400, code: 'validation_failed' });
});
