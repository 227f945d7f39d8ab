import { decodeJwt } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { connect, newPerson, operator, refusal, succeeded, visitor } from './auth-clients.ts';

const sql = connect();
afterAll(() => sql.end());

const refresh = (refresh_token: string) => visitor().auth.refreshSession({ refresh_token });

async function refreshed(token: string) {
	const { session } = succeeded(await refresh(token));
	if (!session) throw new Error('no session');
	return session;
}

/** As if everything the session did had happened `seconds` earlier. */
async function letPass(seconds: number, userId: string): Promise<void> {
	await sql`
		update auth.refresh_tokens set updated_at = updated_at - make_interval(secs => ${seconds}), created_at = created_at - make_interval(secs => ${seconds})
		where user_id = ${userId}`;
}

test('a refresh gives new tokens for the same session', async () => {
	const { session, user } = await newPerson();
	const next = await refreshed(session.refresh_token);
	expect(next.refresh_token).not.toBe(session.refresh_token);
	expect(next.user.id).toBe(user.id);
	const before = decodeJwt(session.access_token);
	const after = decodeJwt(next.access_token);
	expect(after.session_id).toBe(before.session_id);
	expect(after.amr).toEqual(before.amr);
	expect((await refreshed(next.refresh_token)).refresh_token).not.toBe(next.refresh_token);
});

test('ten refreshes at once with one token all succeed and agree on its successor', async () => {
	const { session, user } = await newPerson();
	const token = session.refresh_token;
	const answers = await sql.begin(async (tx) => {
		// Held until most of them stand at the same door, so that they do meet.
		await tx`select from auth.refresh_tokens where token = ${token} for update`;
		const racing = Promise.all(Array.from({ length: 10 }, () => refreshed(token)));
		const waiting = async () => {
			const [row] = await sql`
				select count(*)::int as sessions from pg_stat_activity
				where usename = 'supabase_auth_admin' and wait_event_type = 'Lock'`;
			return row?.sessions;
		};
		await expect.poll(waiting, { timeout: 10_000, interval: 10 }).toBeGreaterThanOrEqual(5);
		return { racing };
	});
	const sessions = await answers.racing;
	expect(new Set(sessions.map((each) => each.refresh_token)).size).toBe(1);
	const tokens = await sql`select revoked from auth.refresh_tokens where user_id = ${user.id}`;
	expect(tokens.map(({ revoked }) => revoked).sort()).toEqual([false, true]);
});

test('a used token still answers within the grace, with the token that counts now', async () => {
	const { session, user } = await newPerson();
	const second = await refreshed(session.refresh_token);
	const third = await refreshed(second.refresh_token);
	await letPass(5, user.id);
	expect((await refreshed(session.refresh_token)).refresh_token).toBe(third.refresh_token);
});

test('a used token that comes back after the grace ends the session for both holders', async () => {
	const { session, user } = await newPerson();
	const second = await refreshed(session.refresh_token);
	await letPass(11, user.id);
	expect(refusal(await refresh(session.refresh_token))).toEqual({ status: 400, code: 'refresh_token_already_used' });
	expect(refusal(await refresh(second.refresh_token))).toEqual({ status: 400, code: 'refresh_token_not_found' });
	expect((await visitor().auth.getUser(second.access_token)).error).toMatchObject({ name: 'AuthSessionMissingError' });
	expect(await sql`select from auth.sessions where user_id = ${user.id}`).toHaveLength(0);
});

test('the token that counts has no age limit of its own', async () => {
	const { session, user } = await newPerson();
	await letPass(30 * 24 * 3600, user.id);
	expect((await refreshed(session.refresh_token)).user.id).toBe(user.id);
});

test('a session past its end cannot be refreshed', async () => {
	const { session, user } = await newPerson();
	await sql`update auth.sessions set not_after = now() - interval '1 second' where user_id = ${user.id}`;
	expect(refusal(await refresh(session.refresh_token))).toEqual({ status: 400, code: 'session_expired' });
});

test('a banned person cannot refresh', async () => {
	const { session, user } = await newPerson();
	succeeded(await operator().auth.admin.updateUserById(user.id, { ban_duration: '24h' }));
	expect(refusal(await refresh(session.refresh_token))).toEqual({ status: 400, code: 'user_banned' });
});

test('a made-up token is not found', async () => {
	expect(refusal(await refresh('made-up'))).toEqual({ status: 400, code: 'refresh_token_not_found' });
});

test('new metadata is in the next token', async () => {
	const { session, client } = await newPerson({ full_name: 'Before' });
	succeeded(await client.auth.updateUser({ data: { full_name: 'After' } }));
	const claims = decodeJwt((await refreshed(session.refresh_token)).access_token);
	expect(claims.user_metadata).toMatchObject({ full_name: 'After' });
});
