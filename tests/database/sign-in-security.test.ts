import { beforeEach, describe, expect, test } from 'vitest';
import { useDatabase } from './database.ts';
import { createWorkspace, signIn, signUp } from './world.ts';

// Wrong passwords lock an address for a while, known or not; a browser not seen before is noticed.

const database = await useDatabase();
const { sql, tries } = database;

let address = '';
beforeEach(() => {
	address = `${crypto.randomUUID()}@example.test`;
});

const begin = async (email = address, connection = sql, device: string | null = null) =>
	(await connection`select public.begin_sign_in(${email}, ${device}) as until`)[0]?.until;
const end = (outcome: string, email = address, device: string | null = null) =>
	sql`select public.end_sign_in(${email}, ${outcome}, ${device})`;
/** Wrong passwords, locked or not. */
const fail = (times: number, email = address, device: string | null = null) =>
	sql`insert into private.sign_in_failures (counter)
		select counter from (select private.sign_in_counter(${email}, ${device}) as counter) c, generate_series(1, ${times}::int)`;
const succeed = (email = address) => end('right', email);
/** Minutes until the lock ends, rounded; null when there is none. */
const locked = async (email = address, device: string | null = null) =>
	(
		await sql`select round(extract(epoch from private.sign_in_locked_until(private.sign_in_counter(${email}, ${device})) - now()) / 60)::int as minutes`
	)[0]?.minutes ?? null;
/** What the app's server does after a sign-in; whether a letter goes out. */
const note = async (person: string, device: string) => (await sql`select public.note_device(${person}, ${device}) as new`)[0]?.new;
const later = (minutes: number) => sql`update private.sign_in_failures set failed_at = failed_at - make_interval(mins => ${minutes})`;

describe('an address', () => {
	test('is locked for longer the more often its password was wrong', async () => {
		await fail(4);
		expect(await locked()).toBeNull();
		await fail(1);
		expect(await locked()).toBe(1);
		await fail(5);
		expect(await locked()).toBe(15);
		await fail(10);
		expect(await locked()).toBe(60);
	});

	test('opens again by itself, and is as new after a right password or a day', async () => {
		await fail(20);
		await later(61);
		expect(await locked()).toBeNull();
		await fail(1);
		expect(await locked()).toBe(60);
		await succeed();
		expect(await locked()).toBeNull();
		await fail(4);
		expect(await locked()).toBeNull();
		await later(24 * 60);
		await fail(4);
		expect(await locked()).toBeNull();
		await begin();
		expect(await sql`select from private.sign_in_failures`).toHaveLength(5);
	});

	test('is the same in capitals and with spaces, and no other address', async () => {
		await fail(5, ` ${address.toUpperCase()} `);
		expect(await locked()).toBe(1);
		expect(await locked(`x${address}`)).toBeNull();
		await succeed(`x${address}`);
		expect(await locked()).toBe(1);
	});

	test('is counted before the password is looked at, so that tries at once do not slip through together', async () => {
		const connections = Array.from({ length: 12 }, () => database.connect());
		const answers = await Promise.all(connections.map((connection) => begin(address, connection)));
		expect(answers.filter((until) => until === null)).toHaveLength(5);
		expect(await locked()).toBe(1);
	});

	test('forgets a try that nobody answered, and only that', async () => {
		await fail(3);
		await begin();
		await end('unknown');
		await begin();
		await end('wrong');
		expect(await locked()).toBeNull();
		await begin();
		expect(await locked()).toBe(1);
		await expect(end('maybe')).rejects.toThrow(/right, wrong or unknown/);
	});

	test('is swept by age without reading every try of the day', async () => {
		const plan = await sql.begin(async (tx) => {
			await tx`set local enable_seqscan = off`;
			return tx`explain delete from private.sign_in_failures f where f.failed_at < now() - interval '1 day'`;
		});
		expect(JSON.stringify([...plan])).toContain('sign_in_failures_failed_at_idx');
	});

	test('is not kept in the clear', async () => {
		await fail(1);
		expect(JSON.stringify([...(await sql`select * from private.sign_in_failures`)])).not.toContain(address);
	});

	test('is locked and asked for by the app’s server only', async () => {
		const admin = (await createWorkspace(sql)).admin;
		for (const caller of [admin, null])
			for (const call of ["begin_sign_in('a@example.test')", "end_sign_in('a@example.test', 'right')"])
				expect((await tries(caller, `select public.${call}`)).error?.code).toBe('42501');
	});
});

describe('a browser its person has signed in from', () => {
	const laptop = 'the laptop of the person';
	/** A person at an address with a browser that is known. */
	async function person(device = laptop): Promise<{ id: string; email: string }> {
		const id = await signUp(sql);
		await note(id, device);
		return { id, email: `${id}@example.test` };
	}
	const newPassword = (id: string) => sql`update auth.users set encrypted_password = ${crypto.randomUUID()} where id = ${id}`;

	test('is not locked out by strangers, who are, however long they try', async () => {
		const { email } = await person();
		for (let n = 0; n < 30; n++) await begin(email);
		expect(await locked(email)).toBe(1);
		await fail(15, email);
		expect([await locked(email), await locked(email, 'another browser, unknown')]).toEqual([60, 60]);
		expect(await begin(email, sql, laptop)).toBeNull();
		await end('right', email, laptop);
		// Their tries are not forgiven by it.
		expect([await locked(email), await locked(email, laptop)]).toEqual([60, null]);
		expect(await locked(` ${email.toUpperCase()} `, laptop)).toBeNull();
	});

	test('has a lock of its own, also for tries at once, and it is no lock for others', async () => {
		const { email } = await person();
		const connections = Array.from({ length: 12 }, () => database.connect());
		const answers = await Promise.all(connections.map((connection) => begin(email, connection, laptop)));
		expect(answers.filter((until) => until === null)).toHaveLength(5);
		await fail(5, email, laptop);
		expect([await locked(email, laptop), await locked(email)]).toEqual([15, null]);
		await end('right', email, laptop);
		expect(await locked(email, laptop)).toBeNull();
	});

	test('is known for its own account only, and an unknown name is worth nothing', async () => {
		const [victim, attacker] = [await person(), await person('the browser of an attacker')];
		await fail(5, victim.email);
		for (const device of ['the browser of an attacker', '', 'x'.repeat(10_000), `${laptop} `, laptop.toUpperCase()])
			expect(await locked(victim.email, device), device.slice(0, 30)).toBe(1);
		expect(await locked(victim.email, laptop)).toBeNull();
		// Where nobody lives, a name changes nothing either.
		await fail(5);
		expect([await locked(address, laptop), await locked(attacker.email, 'the browser of an attacker')]).toEqual([1, null]);
	});

	test('is trusted no more after a new password, until its person signs in there again', async () => {
		const { id, email } = await person();
		const phone = 'the phone of the person';
		await note(id, phone);
		await fail(5, email);
		await fail(5, email, phone);
		await newPassword(id);
		expect([await locked(email, laptop), await locked(email, phone)]).toEqual([1, 1]);
		await note(id, phone);
		// What was guessed there against the former password is over with it.
		expect([await locked(email, laptop), await locked(email, phone)]).toEqual([1, null]);
		await fail(5, email, phone);
		expect(await locked(email, phone)).toBe(1);
		// Signing in again where one is trusted opens no lock.
		await note(id, phone);
		expect(await locked(email, phone)).toBe(1);
	});

	test('stays trusted when anything else of the account changes', async () => {
		const { id, email } = await person();
		await fail(5, email);
		await sql`update auth.users set encrypted_password = encrypted_password, last_sign_in_at = now() where id = ${id}`;
		expect(await locked(email, laptop)).toBeNull();
	});
});

describe('a browser', () => {
	const device = (name: string) => name.padEnd(16, '-');

	test('is new when the person had another before, once', async () => {
		const person = await signUp(sql);
		expect(await note(person, device('laptop'))).toBe(false);
		expect(await note(person, device('laptop'))).toBe(false);
		expect(await note(person, device('phone'))).toBe(true);
		expect(await note(person, device('phone'))).toBe(false);
		// Somebody else's knowledge of it does not count.
		const other = await signUp(sql);
		await note(other, device('tablet'));
		expect(await note(other, device('laptop'))).toBe(true);
	});

	test('without a proper cookie is not kept', async () => {
		const person = await signUp(sql);
		expect(await note(person, 'short')).toBe(false);
		expect(await sql`select from private.known_devices where user_id = ${person}`).toHaveLength(0);
	});

	test('is made known by the app’s server only, or a stolen password would do it without a letter', async () => {
		const person = await signUp(sql);
		for (const caller of [await signIn(sql, person), null])
			expect((await tries(caller, 'select public.note_device($1, $2)', [person, device('mine')])).error?.code).toBe('42501');
		expect(await sql`select from private.known_devices where user_id = ${person}`).toHaveLength(0);
	});

	test('is forgotten when fifty others came after it', async () => {
		const person = await signUp(sql);
		for (let n = 0; n < 51; n++) await note(person, device(`browser-${n}`));
		expect(await sql`select from private.known_devices where user_id = ${person}`).toHaveLength(50);
		expect(await note(person, device('browser-50'))).toBe(false);
		expect(await note(person, device('browser-0'))).toBe(true);
	});
});
