import { beforeEach, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { enrolFactor, type Session, signIn, signUp } from './world.ts';

// Where a person is signed in, and the way to end that: their own sessions only, seen from one that is worth something.

const database = await useDatabase();
const { sql, tries } = database;

let person = '';
let here: Session;
let elsewhere: Session;
let stranger: Session;
beforeEach(async () => {
	person = await signUp(sql);
	here = await signIn(sql, person);
	elsewhere = await signIn(sql, person, { hoursAgo: 2 });
	stranger = await signIn(sql, await signUp(sql));
});

const list = (caller: Caller) => tries(caller, 'select id, is_current from public.list_sessions()');
const revoke = (caller: Caller, { session_id }: Session) => tries(caller, 'select public.revoke_session($1) as ended', [session_id]);
const lives = async ({ session_id }: Session) => (await sql`select from auth.sessions where id = ${session_id}`).length === 1;

test('sessions are listed to their person, the last active first, without those that ended', async () => {
	const over = await signIn(sql, person);
	await sql`update auth.sessions set not_after = now() where id = ${over.session_id}`;
	expect((await list(here)).rows).toEqual([
		{ id: here.session_id, is_current: true },
		{ id: elsewhere.session_id, is_current: false }
	]);
});

test('a person ends their own sessions and nobody else’s', async () => {
	expect((await revoke(here, stranger)).rows).toEqual([{ ended: false }]);
	expect((await revoke(here, elsewhere)).rows).toEqual([{ ended: true }]);
	expect([await lives(here), await lives(elsewhere), await lives(stranger)]).toEqual([true, false, true]);
});

describe('neither is for', () => {
	test.each<[string, () => Promise<Caller>]>([
		['a session that was ended', async () => sql`delete from auth.sessions where id = ${here.session_id}`.then(() => here)],
		['a session past its time', async () => sql`update auth.sessions set not_after = now() where id = ${here.session_id}`.then(() => here)],
		['a token without a session', async () => person],
		['somebody else’s session', async () => ({ ...here, sub: stranger.sub })],
		['a session that owes its second factor', async () => enrolFactor(sql, person).then(() => here)],
		[
			'a person who is banned',
			async () => sql`update auth.users set banned_until = now() + interval '1 day' where id = ${person}`.then(() => here)
		],
		['a visitor', async () => null]
	])('%s', async (_, caller) => {
		const by = await caller();
		expect((await list(by)).error?.code).toBe('42501');
		expect((await revoke(by, elsewhere)).error?.code).toBe('42501');
		expect(await lives(elsewhere)).toBe(true);
	});
});
