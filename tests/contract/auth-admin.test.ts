import { randomUUID } from 'node:crypto';
import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, freshEmail, newPerson, operator, outcome, refusal, signInAgain, succeeded, visitor } from './auth-clients.ts';

const { publishableKey, secretKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

test('an operator creates a confirmed person who can sign in', async () => {
	const email = freshEmail();
	const { user } = succeeded(
		await operator().auth.admin.createUser({
			email,
			password: 'correct horse',
			email_confirm: true,
			user_metadata: { full_name: 'Grace' },
			app_metadata: { plan: 'team' }
		})
	);
	expect(user).toMatchObject({ email, role: 'authenticated', app_metadata: { provider: 'email', providers: ['email'], plan: 'team' } });
	expect(user?.user_metadata).toMatchObject({ full_name: 'Grace', email_verified: true });
	const { session } = await signInAgain({ email, password: 'correct horse' });
	expect(session.user.id).toBe(user?.id);
});

test('an operator may choose the id and bring a bcrypt hash', async () => {
	const id = randomUUID();
	const email = freshEmail();
	const [made] = await sql`select extensions.crypt('brought along', extensions.gen_salt('bf', 6)) as hash`;
	const password_hash = String(made?.hash).replace('$2a$', '$2y$');
	const { user } = succeeded(await operator().auth.admin.createUser({ id, email, password_hash, email_confirm: true }));
	expect(user?.id).toBe(id);
	await signInAgain({ email, password: 'brought along' });
});

test('a taken address is email_exists, whoever is first', async () => {
	const email = freshEmail();
	const answers = await Promise.all(
		Array.from({ length: 4 }, () => operator().auth.admin.createUser({ email, password: 'correct horse' }))
	);
	expect(answers.filter(({ error }) => error === null)).toHaveLength(1);
	for (const answer of answers.filter(({ error }) => error)) expect(refusal(answer)).toEqual({ status: 422, code: 'email_exists' });
});

test.each([
	['no address', {}],
	['an address that is none', { email: 'nobody' }],
	['an id that is none', { email: freshEmail(), id: '7' }],
	['a ban of nonsense', { email: freshEmail(), ban_duration: 'soon' }],
	['a hash that is none', { email: freshEmail(), password_hash: 'abc' }]
])('%s is refused', async (_, attributes) => {
	expect(refusal(await operator().auth.admin.createUser(attributes))).toEqual({ status: 400, code: 'validation_failed' });
});

test('people are listed newest first, in pages that say how many there are', async () => {
	const people = [await newPerson(), await newPerson(), await newPerson()];
	const first = succeeded(await operator().auth.admin.listUsers({ page: 1, perPage: 2 }));
	const second = succeeded(await operator().auth.admin.listUsers({ page: 2, perPage: 2 }));
	if (!('total' in first)) throw new Error('no page');
	expect(first.total).toBeGreaterThanOrEqual(3);
	expect(first.nextPage).toBe(2);
	// supabase-js reads one digit of the last page's number only.
	const raw = await call('/auth/v1/admin/users?page=2&per_page=2', { headers: { apikey: secretKey } });
	const lastPage = Math.ceil(Number(raw.headers.get('x-total-count')) / 2);
	expect(raw.headers.get('link')).toContain(`</auth/v1/admin/users?page=${lastPage}&per_page=2>; rel="last"`);
	const seen = succeeded(await operator().auth.admin.listUsers({ page: 1, perPage: 1000 })).users;
	const times = seen.map((user) => Date.parse(user.created_at));
	expect(times).toEqual(times.toSorted((a, b) => b - a));
	for (const { user } of people) expect(seen.map(({ id }) => id)).toContain(user.id);
	const [oldestOfFirst, newestOfSecond] = [first.users.at(-1), second.users[0]].map((user) => Date.parse(user?.created_at ?? ''));
	expect(newestOfSecond).toBeLessThanOrEqual(oldestOfFirst ?? 0);
});

test('people are found by a part of their address or name, whatever signs are in it', async () => {
	const word = randomUUID();
	const person = await newPerson({ full_name: `Ada_${word}%` });
	const found = async (filter: string) => {
		const response = await call(`/auth/v1/admin/users?filter=${encodeURIComponent(filter)}`, { headers: { apikey: secretKey } });
		const { users }: { users: { id: string }[] } = await response.json();
		return { ids: users.map(({ id }) => id), total: response.headers.get('x-total-count') };
	};
	expect(await found(person.email.slice(0, 20))).toEqual({ ids: [person.user.id], total: '1' });
	expect(await found(`_${word}%`)).toEqual({ ids: [person.user.id], total: '1' });
	for (const nothing of [`a_${word.replace('-', '_')}`, `'${word}`, `%${word}`]) expect((await found(nothing)).ids).toEqual([]);
});

test('an operator signs a person out, here or everywhere', async () => {
	const person = await newPerson();
	const [second, third] = [await signInAgain(person), await signInAgain(person)];
	expect((await operator().auth.admin.signOut(second.session.access_token, 'local')).error).toBeNull();
	expect(refusal(await visitor().auth.refreshSession({ refresh_token: second.session.refresh_token })).code).toBe(
		'refresh_token_not_found'
	);
	succeeded(await third.client.auth.refreshSession());
	expect((await operator().auth.admin.signOut(person.session.access_token, 'global')).error).toBeNull();
	expect(await sql`select from auth.sessions where user_id = ${person.user.id}`).toHaveLength(0);
});

test('an operator reads, changes and deletes a person', async () => {
	const { user, email } = await newPerson({ full_name: 'Before', keep: 1 });
	const admin = operator().auth.admin;
	expect(succeeded(await admin.getUserById(user.id)).user?.email).toBe(email);
	const moved = freshEmail();
	const changed = succeeded(
		await admin.updateUserById(user.id, { email: moved, user_metadata: { full_name: 'After' }, app_metadata: { vip: true } })
	);
	expect(changed.user).toMatchObject({
		email: moved,
		user_metadata: { full_name: 'After', keep: 1 },
		app_metadata: { vip: true, provider: 'email' }
	});
	expect(changed.user?.identities?.[0]?.identity_data).toMatchObject({ email: moved });
	succeeded(await admin.deleteUser(user.id));
	expect(refusal(await admin.getUserById(user.id))).toEqual({ status: 404, code: 'user_not_found' });
	for (const table of ['sessions', 'identities'] as const) {
		expect(await sql`select from ${sql(`auth.${table}`)} where user_id = ${user.id}`).toHaveLength(0);
	}
});

test('a soft deletion frees the address and keeps nothing that tells who it was', async () => {
	const { user, email, session } = await newPerson({ full_name: 'Forget Me' });
	succeeded(await operator().auth.admin.deleteUser(user.id, true));
	const [row] = await sql`select u::text as text, deleted_at from auth.users u where id = ${user.id}`;
	expect(row?.deleted_at).toBeInstanceOf(Date);
	expect(row?.text).not.toContain(email);
	expect(row?.text).not.toContain('Forget Me');
	expect((await visitor().auth.getUser(session.access_token)).error).not.toBeNull();
	expect((await visitor().auth.signUp({ email, password: 'somebody new' })).error).toBeNull();
});

test('taking somebody’s address for another account is refused', async () => {
	const one = await newPerson();
	const other = await newPerson();
	expect(refusal(await operator().auth.admin.updateUserById(one.user.id, { email: other.email }))).toEqual({
		status: 422,
		code: 'email_exists'
	});
});

test('only the secret key opens the admin endpoints', async () => {
	const { session, user } = await newPerson();
	const token = `Bearer ${session.access_token}`;
	const body = JSON.stringify({ email: freshEmail(), password: 'correct horse' });
	const attempts: [Record<string, string>, number, string][] = [
		[{ apikey: publishableKey }, 401, 'no_authorization'],
		[{ apikey: publishableKey, authorization: `Bearer ${publishableKey}` }, 403, 'not_admin'],
		[{ apikey: publishableKey, authorization: token }, 403, 'not_admin'],
		[{ apikey: secretKey, authorization: token }, 403, 'not_admin'],
		[{ apikey: publishableKey, authorization: `Bearer ${secretKey}` }, 403, 'bad_jwt']
	];
	for (const [headers, status, code] of attempts) {
		for (const [method, path] of [
			['GET', ''],
			['POST', ''],
			['GET', `/${user.id}`],
			['PUT', `/${user.id}`],
			['DELETE', `/${user.id}`]
		]) {
			const response = await call(`/auth/v1/admin/users${path}`, { method, headers, body: method === 'GET' ? null : body });
			expect([method, ...(await outcome(response))]).toEqual([method, status, code]);
		}
	}
	expect(succeeded(await operator().auth.admin.getUserById(user.id)).user?.id, 'nothing happened to them').toBe(user.id);
	const lone = await call('/auth/v1/admin/users', { headers: { apikey: secretKey } });
	expect(lone.status).toBe(200);
});

test('an id that is none is not found', async () => {
	for (const path of ['7', "'; drop table auth.users; --", 'undefined']) {
		const response = await call(`/auth/v1/admin/users/${encodeURIComponent(path)}`, { headers: { apikey: secretKey } });
		expect(response.status).toBe(404);
	}
});

test('a trigger that fails stops the sign-up and leaves nobody behind', async () => {
	const email = `refused-${freshEmail()}`;
	await sql.unsafe(`
		create or replace function public.refuse_marked_people() returns trigger language plpgsql as $$
		begin if new.email like 'refused-%' then raise exception 'not you'; end if; return new; end $$;
		create trigger refuse_marked_people before insert on auth.users for each row execute function public.refuse_marked_people()`);
	try {
		const answer = await visitor().auth.signUp({ email, password: 'correct horse' });
		expect(answer.error).toMatchObject({ status: 500, message: 'Database error saving new user' });
		expect(await sql`select from auth.users where email = ${email}`).toHaveLength(0);
	} finally {
		await sql.unsafe('drop function public.refuse_marked_people() cascade');
	}
});
