import assert from 'node:assert/strict';
import { check, given } from './checks.ts';
import { signUp, visitor, type Person } from './project.ts';

const isInitialized = async () => given(await visitor().from('init_state').select('is_initialized').single()).is_initialized;

/** Who opens the app first becomes its administrator, who comes later does not. Null when nobody could sign up. */
export async function checkPeople(): Promise<{ admin: Person; other: Person } | null> {
	const people: Person[] = [];
	await check('a visitor learns from init_state that nobody is there yet', async () => assert.equal(await isInitialized(), 0));
	await check('the first to sign up has a session, and a trigger on auth.users made an administrator of them', async () => {
		const ada = await signUp('Ada', 'Byron');
		people.push(ada);
		const sale = given(
			await ada.client.from('sales').select('id, first_name, last_name, email, administrator').match({ user_id: ada.userId }).single()
		);
		assert.deepEqual({ ...sale, id: 0 }, { id: 0, first_name: 'Ada', last_name: 'Byron', email: 'ada@outside.test', administrator: true });
		assert.equal(await isInitialized(), 1);
	});
	await check('the second is none', async () => {
		const bo = await signUp('Bo', 'Chen');
		people.push(bo);
		assert.equal(given(await bo.client.from('sales').select('administrator').eq('user_id', bo.userId).single()).administrator, false);
	});
	const [admin, other] = people;
	if (!admin || !other) return null;
	await check('signing in: a wrong password is refused, the right one leads in; signing out ends it everywhere', async () => {
		const wrong = await visitor().auth.signInWithPassword({ email: admin.email, password: 'wrong' });
		assert.equal(wrong.error?.code, 'invalid_credentials');
		const credentials = { email: admin.email, password: admin.password };
		const elsewhere = visitor();
		assert.equal((await elsewhere.auth.signInWithPassword(credentials)).error, null);
		assert.equal((await elsewhere.auth.getUser()).data.user?.id, admin.userId);
		assert.equal((await elsewhere.auth.signOut()).error, null);
		assert.equal((await admin.client.auth.getUser()).error?.name, 'AuthSessionMissingError');
		assert.equal((await admin.client.auth.signInWithPassword(credentials)).error, null);
	});
	await check('a visitor reads no contact, signed out or never in', async () => {
		for (const table of ['contacts', 'contacts_summary', 'sales', 'activity_log']) {
			// Where it has a grant on the view but none on what the view reads, that is refused; where policies hide all rows, there are none.
			const { data, error } = await visitor().from(table).select('*');
			assert.ok(error ? error.code === '42501' : data.length === 0, `${table}: ${JSON.stringify(data ?? error)}`);
		}
	});
	await check('settings are everybody’s to read and the administrator’s to write', async () => {
		const read = async ({ client }: Person) => given(await client.from('configuration').select('config').eq('id', 1).maybeSingle());
		given(
			await admin.client
				.from('configuration')
				.upsert({ id: 1, config: { title: 'Outside' } })
				.select()
				.single()
		);
		assert.deepEqual(await read(other), { config: { title: 'Outside' } });
		const tried = await other.client.from('configuration').update({ config: {} }).eq('id', 1).select();
		assert.deepEqual(tried.data, []);
		assert.deepEqual(await read(admin), { config: { title: 'Outside' } });
	});
	return { admin, other };
}
