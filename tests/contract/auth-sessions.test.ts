import { afterAll, describe, expect, inject, test } from 'vitest';
import { call, connect, freshEmail, newPerson, operator, refusal, signInAgain, succeeded, visitor } from './auth-clients.ts';
import { answer, enroll } from './authenticator.ts';
import { isLocal } from './local.ts';
import { ownPlatform } from './own-platform.ts';
import postgres from 'postgres';

const sql = connect();
afterAll(() => sql.end());

type Listed = { id: string; user_agent: string; ip: string; aal: string; is_current: boolean; created_at: string; last_active_at: string };

async function sessionsOf(client: Awaited<ReturnType<typeof newPerson>>['client']): Promise<Listed[]> {
	const { data, error } = await client.rpc('list_sessions');
	if (error) throw error;
	return data;
}

test('of sign-ins and a change of password at once, the old password opens nothing that outlives the change', async () => {
	const person = await newPerson();
	let old = person.password;
	for (let round = 0; round < 8; round++) {
		const password = `another one ${round}`;
		const [changed, ...signIns] = await Promise.all([
			person.client.auth.updateUser({ password }),
			...Array.from({ length: 4 }, () => visitor().auth.signInWithPassword({ email: person.email, password: old }))
		]);
		succeeded(changed);
		for (const { data, error } of signIns) {
			if (error) expect(error.code).toBe('invalid_credentials');
			else expect((await visitor().auth.getUser(data.session.access_token)).error?.name).toBe('AuthSessionMissingError');
		}
		old = password;
	}
});

test('whatever one person does at once, nothing waits for itself and nothing breaks', async () => {
	const person = await newPerson();
	const { access_token, refresh_token } = person.session;
	const headers = {
		apikey: inject('platform').publishableKey,
		authorization: `Bearer ${access_token}`,
		'content-type': 'application/json'
	};
	const ask = async (path: string, method: string, body?: object) =>
		(await call(`/auth/v1/${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) })).status;
	const statuses = await Promise.all(
		Array.from({ length: 8 }, (_, index) => [
			ask('token?grant_type=password', 'POST', { email: person.email, password: person.password }),
			ask('token?grant_type=refresh_token', 'POST', { refresh_token }),
			ask('user', 'PUT', { data: { index } }),
			ask('user', 'PUT', { email: freshEmail() }),
			ask('factors', 'POST', { factor_type: 'totp', friendly_name: `phone ${index}` }),
			ask('recover', 'POST', { email: person.email }),
			ask('otp', 'POST', { email: person.email }),
			ask('logout?scope=others', 'POST')
		]).flat()
	);
	expect(statuses.filter((status) => status >= 500)).toEqual([]);
	expect(statuses).toContain(200);
});

describe('a person sees where they are signed in (supabase/migrations/…_sessions.sql)', () => {
	test('their own sessions, this one marked, with device and address', async () => {
		const person = await newPerson();
		await newPerson();
		const other = await signInAgain(person);
		const listed = await sessionsOf(person.client);
		expect(listed).toHaveLength(2);
		expect(listed.filter(({ is_current }) => is_current)).toHaveLength(1);
		for (const session of listed) expect(session).toMatchObject({ ip: '127.0.0.1', user_agent: expect.any(String), aal: 'aal1' });
		expect((await sessionsOf(other.client)).find(({ is_current }) => is_current)?.id).toBe(
			listed.find(({ is_current }) => !is_current)?.id
		);
	});

	test('and ends one: it cannot be refreshed, its user is gone, the others live', async () => {
		const person = await newPerson();
		const other = await signInAgain(person);
		const id = (await sessionsOf(other.client)).find(({ is_current }) => is_current)?.id;
		expect(await person.client.rpc('revoke_session', { session_id: id })).toMatchObject({ data: true, error: null });
		expect(refusal(await visitor().auth.refreshSession({ refresh_token: other.session.refresh_token })).code).toBe(
			'refresh_token_not_found'
		);
		expect((await visitor().auth.getUser(other.session.access_token)).error?.name).toBe('AuthSessionMissingError');
		succeeded(await person.client.auth.refreshSession());
		expect(await person.client.rpc('revoke_session', { session_id: id })).toMatchObject({ data: false, error: null });
	});

	test('but nobody else’s, and nothing without signing in', async () => {
		const [one, other] = [await newPerson(), await newPerson()];
		const id = (await sessionsOf(other.client))[0]?.id;
		expect(await one.client.rpc('revoke_session', { session_id: id })).toMatchObject({ data: false, error: null });
		succeeded(await other.client.auth.refreshSession());
		expect((await visitor().rpc('list_sessions')).error?.code).toBe('42501');
		expect((await visitor().rpc('revoke_session', { session_id: id })).error?.code).toBe('42501');
	});

	test('not from a session that has ended, whatever its token says', async () => {
		const person = await newPerson();
		const thief = await signInAgain(person);
		const listed = await sessionsOf(person.client);
		const of = (isCurrent: boolean) => listed.find(({ is_current }) => is_current === isCurrent)?.id;
		expect(await person.client.rpc('revoke_session', { session_id: of(false) })).toMatchObject({ data: true });
		expect(await thief.client.rpc('list_sessions')).toMatchObject({ status: 401, error: { hint: 'session_ended' } });
		expect(await thief.client.rpc('revoke_session', { session_id: of(true) })).toMatchObject({ status: 401 });
		succeeded(await person.client.auth.refreshSession());
		succeeded(await operator().auth.admin.updateUserById(person.user.id, { ban_duration: '1h' }));
		expect((await person.client.rpc('list_sessions')).error).toMatchObject({ code: '42501' });
	});

	test('with a second factor only after using it', async () => {
		const person = await newPerson();
		const app = await enroll(person.client);
		succeeded(await answer(person.client, app, app.code()));
		const thief = await signInAgain(person);
		const id = (await sessionsOf(person.client)).find(({ is_current }) => is_current)?.id;
		expect(await thief.client.rpc('list_sessions')).toMatchObject({ status: 403, error: { hint: 'second_factor' } });
		expect(await thief.client.rpc('revoke_session', { session_id: id })).toMatchObject({ status: 403 });
		expect(await sessionsOf(person.client)).toHaveLength(2);
	});
});

describe.runIf(isLocal)('sessions end by themselves (needs settings of its own)', () => {
	const { use } = ownPlatform(({ auth }) => {
		auth.sessions = { timebox: 3600, inactivityTimeout: 600 };
	});
	/** As if the session had begun, or last been refreshed, so many seconds earlier. */
	async function letPass(column: 'created_at' | 'refreshed_at', seconds: number): Promise<void> {
		const own = postgres(use().dbUrl, { max: 1, onnotice: () => {} });
		await own`update auth.sessions set ${own(column)} = ${own(column)} - make_interval(secs => ${seconds})`;
		await own.end();
	}
	const refresh = (refresh_token: string) => visitor(use()).auth.refreshSession({ refresh_token });

	test('after ten minutes without a refresh', async () => {
		const { session } = await newPerson({}, use());
		const token = succeeded(await refresh(session.refresh_token)).session?.refresh_token ?? '';
		await letPass('refreshed_at', 590);
		const next = succeeded(await refresh(token)).session?.refresh_token ?? '';
		await letPass('refreshed_at', 601);
		const { error } = await refresh(next);
		expect(error).toMatchObject({ status: 400, code: 'session_expired', message: 'Invalid Refresh Token: Session Expired (Inactivity)' });
	});

	test('after an hour, however busy', async () => {
		const { session } = await newPerson({}, use());
		const token = succeeded(await refresh(session.refresh_token)).session?.refresh_token ?? '';
		await letPass('created_at', 3601);
		const { error } = await refresh(token);
		expect(error).toMatchObject({ status: 400, code: 'session_expired', message: 'Invalid Refresh Token: Session Expired' });
	});
});
