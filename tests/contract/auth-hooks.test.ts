import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshEmail, newPerson, operator, refusal, succeeded, visitor } from './auth-clients.ts';
import { isLocal } from './local.ts';
import { ownPlatform } from './own-platform.ts';

// Source: supabase/auth internal/hooks, supabase.com/docs/guides/auth/auth-hooks.
describe.runIf(isLocal)('hooks in SQL (need settings of their own)', () => {
	const hook = (name: string) => ({ schema: 'public', function: name, uri: `pg-functions://postgres/public/${name}` });
	const { use } = ownPlatform(({ auth }) => {
		auth.hooks = { customAccessToken: hook('add_claims'), beforeUserCreated: hook('admit') };
	});
	let sql: postgres.Sql;

	/** Puts a body in the place of a hook's function. */
	const define = (name: 'add_claims' | 'admit', body: string) =>
		sql.unsafe(`
			create or replace function public.${name}(event jsonb) returns jsonb language plpgsql as $$ begin ${body} end $$;
			grant execute on function public.${name}(jsonb) to supabase_auth_admin;
			revoke execute on function public.${name}(jsonb) from public, anon, authenticated`);

	beforeAll(() => {
		sql = postgres(use().dbUrl, { max: 1, onnotice: () => {} });
	});
	beforeEach(async () => {
		await sql`create table if not exists public.heard (event jsonb)`;
		await sql`grant insert on public.heard to supabase_auth_admin`;
		await sql`truncate public.heard`;
		await define('add_claims', `return jsonb_build_object('claims', event -> 'claims');`);
		await define('admit', `return '{}';`);
	});
	afterAll(() => sql.end());

	test('claims of one’s own are in every token, at sign-in and refresh, and the hook is told which', async () => {
		await define(
			'add_claims',
			`insert into public.heard values (event);
			return jsonb_build_object('claims', jsonb_set(event -> 'claims', '{plan}', '"gold"'));`
		);
		const { client, user, session } = await newPerson({}, use());
		const claims = async () => (await client.auth.getClaims()).data?.claims;
		expect(await claims()).toMatchObject({ plan: 'gold', sub: user.id, role: 'authenticated' });
		succeeded(await client.auth.refreshSession());
		expect(await claims()).toMatchObject({ plan: 'gold' });
		const heard = await sql`select event from public.heard`;
		expect(heard.map(({ event }) => event.authentication_method)).toEqual(['password', 'token_refresh']);
		expect(heard[0]?.event).toMatchObject({
			user_id: user.id,
			claims: { email: user.email, aal: 'aal1' },
			metadata: { name: 'customize-access-token', ip_address: '127.0.0.1' }
		});
		expect(session.access_token).not.toBe('');
	});

	test('a hook that refuses is heard, with its status, and nobody is signed in', async () => {
		const person = await newPerson({}, use());
		await define('add_claims', `return '{"error": {"http_code": 403, "message": "Not during the night"}}';`);
		const { error } = await visitor(use()).auth.signInWithPassword(person);
		expect(error).toMatchObject({ status: 403, message: 'Not during the night' });
		expect(refusal(await person.client.auth.refreshSession()).status).toBe(403);
		const sessions = await sql`select from auth.sessions where user_id = ${person.user.id}`;
		expect(sessions).toHaveLength(1);
		await define('add_claims', `return jsonb_build_object('claims', event -> 'claims');`);
		succeeded(await visitor(use()).auth.refreshSession({ refresh_token: person.session.refresh_token }));
	});

	test.each([
		['raises', `raise exception 'secret detail';`],
		['takes more than two seconds', `perform pg_sleep(3); return jsonb_build_object('claims', event -> 'claims');`],
		['gives nothing', `return null;`],
		['gives no claims', `return '{"claims": "all"}';`]
	])('a hook that %s fails the sign-in with 500 and no detail', async (_, body) => {
		await define('add_claims', body);
		const { error } = await visitor(use()).auth.signUp({ email: freshEmail(), password: 'long enough' });
		expect(error).toMatchObject({ status: 500, message: 'Error running hook URI: pg-functions://postgres/public/add_claims' });
	});

	test('a hook cannot take away what Supabase needs', async () => {
		const person = await newPerson({}, use());
		for (const claim of ['sub', 'exp', 'aal', 'session_id', 'role']) {
			await define('add_claims', `return jsonb_build_object('claims', (event -> 'claims') - '${claim}');`);
			const { error } = await visitor(use()).auth.signInWithPassword(person);
			expect(error?.status).toBe(500);
			expect(error?.message).toContain(claim);
		}
	});

	test('before_user_created decides on every way in, and leaves nothing behind', async () => {
		await define(
			'admit',
			`insert into public.heard values (event);
			if event #>> '{user,email}' like '%@blocked.test' then
				return '{"error": {"http_code": 403, "message": "Not with this address"}}';
			end if;
			return '{}';`
		);
		const email = () => freshEmail().replace('example.test', 'blocked.test');
		const admin = operator(use()).auth.admin;
		const answers = [
			await visitor(use()).auth.signUp({ email: email(), password: 'long enough' }),
			await admin.inviteUserByEmail(email()),
			await admin.generateLink({ type: 'signup', email: email(), password: 'long enough' }),
			await admin.generateLink({ type: 'invite', email: email() })
		];
		for (const answer of answers) expect(answer.error).toMatchObject({ status: 403, message: 'Not with this address' });
		expect((await visitor(use()).auth.signInWithOtp({ email: email() })).error, 'a refusal would tell that the address is new').toBeNull();
		expect(await sql`select from auth.users where email like '%@blocked.test'`).toHaveLength(0);
		await newPerson({ full_name: 'Welcome' }, use());
		const [last] = await sql`select event from public.heard where event #>> '{user,user_metadata,full_name}' = 'Welcome'`;
		expect(last?.event).toMatchObject({
			metadata: { name: 'before-user-created' },
			user: { aud: 'authenticated', app_metadata: { provider: 'email' } }
		});
	});

	test('people who exist are not asked about again', async () => {
		const person = await newPerson({}, use());
		await define('admit', `return '{"error": {"http_code": 403, "message": "Closed"}}';`);
		await signInAgainAt(person);
		expect(refusal(await visitor(use()).auth.signUp({ email: person.email, password: 'long enough' })).code).toBe('user_already_exists');
	});

	const signInAgainAt = async ({ email, password }: { email: string; password: string }) =>
		succeeded(await visitor(use()).auth.signInWithPassword({ email, password }));
});
