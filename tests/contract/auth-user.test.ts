import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, newPerson, operator, outcome, refusal, signInAgain, succeeded, visitor } from './auth-clients.ts';

const { publishableKey, secretKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

const showUser = (headers: Record<string, string>) => call('/auth/v1/user', { headers });

test('a person sees themselves', async () => {
	const { session, user } = await newPerson();
	const seen = succeeded(await visitor().auth.getUser(session.access_token));
	expect(seen.user).toMatchObject({ id: user.id, email: user.email, last_sign_in_at: expect.any(String) });
	expect(JSON.stringify(seen)).not.toContain('encrypted_password');
});

test('metadata is merged, and null takes a key away', async () => {
	const { client } = await newPerson({ full_name: 'Ada', phone_model: 'brick' });
	const { user } = succeeded(await client.auth.updateUser({ data: { full_name: 'Ada L.', phone_model: null, theme: 'dark' } }));
	expect(user.user_metadata).toMatchObject({ full_name: 'Ada L.', theme: 'dark' });
	expect(user.user_metadata).not.toHaveProperty('phone_model');
});

test('a new password replaces the old one', async () => {
	const { client, email, password } = await newPerson();
	succeeded(await client.auth.updateUser({ password: 'a whole new password' }));
	expect(refusal(await visitor().auth.signInWithPassword({ email, password })).code).toBe('invalid_credentials');
	await signInAgain({ email, password: 'a whole new password' });
});

test('the same password and a weak one are refused', async () => {
	const { client, password } = await newPerson();
	expect(refusal(await client.auth.updateUser({ password }))).toEqual({ status: 422, code: 'same_password' });
	expect(refusal(await client.auth.updateUser({ password: 'short' }))).toEqual({ status: 422, code: 'weak_password' });
});

test('nobody makes themselves an administrator', async () => {
	const { session, user } = await newPerson();
	const response = await call('/auth/v1/user', {
		method: 'PUT',
		headers: { apikey: publishableKey, authorization: `Bearer ${session.access_token}` },
		body: JSON.stringify({ app_metadata: { admin: true }, data: { nickname: 'boss' } })
	});
	expect(await outcome(response)).toEqual([403, 'not_admin']);
	const [row] = await sql`select raw_app_meta_data as app, raw_user_meta_data as own from auth.users where id = ${user.id}`;
	expect(row?.app).toEqual({ provider: 'email', providers: ['email'] });
	expect(row?.own).not.toHaveProperty('nickname');
});

test('one’s own address is no change, and text that is no address is refused', async () => {
	const { client, email } = await newPerson();
	expect(succeeded(await client.auth.updateUser({ email: email.toUpperCase() })).user.new_email).toBeUndefined();
	expect(refusal(await client.auth.updateUser({ email: 'nowhere' }))).toEqual({ status: 400, code: 'validation_failed' });
});

test('without a person behind the token there is no user to show', async () => {
	const cases: [Record<string, string>, number, string][] = [
		[{ apikey: publishableKey }, 401, 'no_authorization'],
		[{ apikey: publishableKey, authorization: 'Basic abc' }, 401, 'no_authorization'],
		[{ apikey: publishableKey, authorization: `Bearer ${publishableKey}` }, 403, 'bad_jwt'],
		[{ apikey: secretKey, authorization: `Bearer ${secretKey}` }, 403, 'bad_jwt'],
		[{ apikey: publishableKey, authorization: `Bearer ${secretKey}` }, 403, 'bad_jwt'],
		[{ apikey: publishableKey, authorization: 'Bearer a.b.c' }, 403, 'bad_jwt']
	];
	for (const [headers, status, code] of cases) {
		const response = await showUser(headers);
		expect(await outcome(response)).toEqual([status, code]);
	}
});

test('a banned person’s token stops working at once, a deleted person’s too', async () => {
	const { session, user } = await newPerson();
	const bearer = { apikey: publishableKey, authorization: `Bearer ${session.access_token}` };
	succeeded(await operator().auth.admin.updateUserById(user.id, { ban_duration: '1h' }));
	const banned = await showUser(bearer);
	expect(await outcome(banned)).toEqual([403, 'user_banned']);
	succeeded(await operator().auth.admin.deleteUser(user.id));
	const deleted = await showUser(bearer);
	expect(await outcome(deleted)).toEqual([403, 'user_not_found']);
});

test('what happens to an account is in the audit trail, with the address it came from', async () => {
	const { client, user } = await newPerson();
	succeeded(await client.auth.refreshSession());
	await client.auth.signOut();
	const entries = await sql`
		select payload ->> 'action' as action, ip_address from auth.audit_log_entries
		where payload ->> 'actor_id' = ${user.id} order by created_at`;
	expect(entries.map(({ action }) => action).sort()).toEqual(['login', 'logout', 'token_refreshed', 'token_revoked', 'user_signedup']);
	expect(new Set(entries.map(({ ip_address }) => ip_address))).toEqual(new Set(['127.0.0.1']));
});
