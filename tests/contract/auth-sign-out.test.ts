import { afterAll, expect, inject, test } from 'vitest';
import { call, connect, newPerson, operator, signInAgain, succeeded, visitor } from './auth-clients.ts';

const { publishableKey } = inject('platform');
const sql = connect();
afterAll(() => sql.end());

/** A person with three devices; the first is the one they act on. */
async function threeDevices() {
	const person = await newPerson();
	const second = await signInAgain(person);
	const third = await signInAgain(person);
	return { person, devices: [{ client: person.client, session: person.session }, second, third] };
}

/** Which devices may still read the user and refresh. */
async function alive(devices: { session: { access_token: string; refresh_token: string } }[]): Promise<boolean[]> {
	const answers: boolean[] = [];
	for (const { session } of devices) {
		const seen = await visitor().auth.getUser(session.access_token);
		const renewed = await visitor().auth.refreshSession({ refresh_token: session.refresh_token });
		expect(seen.error === null, 'reading and refreshing agree').toBe(renewed.error === null);
		answers.push(seen.error === null);
	}
	return answers;
}

test.each([
	['local', [false, true, true]],
	['others', [true, false, false]],
	['global', [false, false, false]]
] as const)('signing out with scope %s', async (scope, expected) => {
	const { person, devices } = await threeDevices();
	const stranger = await newPerson();
	expect((await person.client.auth.signOut({ scope })).error).toBeNull();
	expect(await alive(devices)).toEqual(expected);
	expect(await alive([stranger])).toEqual([true]);
});

test('the token of a signed-out session is refused by name', async () => {
	const { client, session } = await newPerson();
	await client.auth.signOut({ scope: 'local' });
	const { error } = await visitor().auth.getUser(session.access_token);
	// auth-js turns session_not_found into this error.
	expect(error).toMatchObject({ name: 'AuthSessionMissingError' });
});

test('an unknown scope is refused and nothing ends', async () => {
	const { session } = await newPerson();
	const response = await call('/auth/v1/logout?scope=sideways', {
		method: 'POST',
		headers: { apikey: publishableKey, authorization: `Bearer ${session.access_token}` }
	});
	expect(response.status).toBe(400);
	expect(await response.json()).toMatchObject({ error_code: 'validation_failed' });
	expect(await alive([{ session }])).toEqual([true]);
});

test('a new password ends the other sessions and keeps this one', async () => {
	const { person, devices } = await threeDevices();
	succeeded(await person.client.auth.updateUser({ password: 'a whole new password' }));
	expect(await alive(devices)).toEqual([true, false, false]);
});

test('a password set by an operator ends every session', async () => {
	const { person, devices } = await threeDevices();
	succeeded(await operator().auth.admin.updateUserById(person.user.id, { password: 'a whole new password' }));
	expect(await alive(devices)).toEqual([false, false, false]);
});

test('signing out while refreshing leaves no living session behind', async () => {
	const { client, session, user } = await newPerson();
	await Promise.all([
		client.auth.signOut({ scope: 'global' }),
		...Array.from({ length: 5 }, () => visitor().auth.refreshSession({ refresh_token: session.refresh_token }))
	]);
	expect(await sql`select from auth.sessions where user_id = ${user.id}`).toHaveLength(0);
	expect(await sql`select from auth.refresh_tokens where user_id = ${user.id}`).toHaveLength(0);
});
