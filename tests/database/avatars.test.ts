import { beforeAll, describe, expect, test } from 'vitest';
import { type Caller, useDatabase } from './database.ts';
import { addMember, createWorkspace, enrolFactor, signIn, signUp, type Workspace } from './world.ts';

// Photos of people: seen by colleagues, written by oneself.

const database = await useDatabase();
const { sql } = database;

let home: Workspace;
let me = '';
let colleague = '';
let stranger = '';

beforeAll(async () => {
	home = await createWorkspace(sql);
	me = await addMember(sql, home, 'viewer');
	colleague = await addMember(sql, home, 'sales');
	stranger = (await createWorkspace(sql)).admin;
	await sql`insert into storage.buckets (id, name, public) values ('other', 'other', false)`;
	for (const person of [me, colleague, stranger])
		for (const bucket of ['avatars', 'other'])
			await sql`insert into storage.objects (bucket_id, name) values (${bucket}, ${`${person}/photo.png`})`;
});

const file = (person: string) => `${person}/photo.png`;
/** As the storage service asks, undone: it may delete rows, the trigger that keeps others from it aside. */
const asks = (caller: Caller, text: string, values: string[]) =>
	database.rehearse(caller, async (tx) => {
		await tx`select set_config('storage.allow_delete_query', 'true', true)`;
		return tx.unsafe(text, values).then(
			({ count }) => count,
			(error: { code?: string }) => error.code
		);
	});
const sees = (caller: Caller, bucket = 'avatars') =>
	database
		.rehearse(caller, (tx) => tx`select name from storage.objects where bucket_id = ${bucket}`)
		.then((rows) => rows.map(({ name }) => String(name)).sort());
/** What somebody may do with the photo of a person: insert another, replace it, remove it. */
const writes = async (caller: Caller, person: string, bucket = 'avatars') => ({
	// Whoever asks for nothing back need not see what they have added.
	insert: await asks(caller, 'insert into storage.objects (bucket_id, name) values ($1, $2)', [bucket, `${person}/new.png`]),
	update: await asks(caller, "update storage.objects set metadata = '{}' where bucket_id = $1 and name = $2 returning id", [
		bucket,
		file(person)
	]),
	delete: await asks(caller, 'delete from storage.objects where bucket_id = $1 and name = $2 returning id', [bucket, file(person)])
});
const everything = { insert: 1, update: 1, delete: 1 };
const nothing = { insert: '42501', update: 0, delete: 0 };

describe('a photo', () => {
	test('is seen by colleagues and oneself, and by nobody else', async () => {
		expect(await sees(me)).toEqual([file(me), file(colleague)].sort());
		expect(await sees(stranger)).toEqual([file(stranger)]);
		expect(await sees(await signUp(sql))).toEqual([]);
		await expect(sees(null)).resolves.toEqual([]);
	});

	test('is written by oneself only, admin or not', async () => {
		expect(await writes(me, me)).toEqual(everything);
		for (const caller of [colleague, home.admin, stranger]) expect(await writes(caller, me)).toEqual(nothing);
	});

	test('cannot be moved into somebody else’s folder, nor put beside the folders', async () => {
		const move = (name: string) =>
			asks(me, "update storage.objects set name = $1 where bucket_id = 'avatars' and name = $2 returning id", [name, file(me)]);
		expect(await move(`${me}/renamed.png`)).toBe(1);
		for (const name of [`${colleague}/mine.png`, me, `x/${me}/photo.png`]) expect(await move(name)).toBe('42501');
	});

	test('stands in its folder, not deeper, and is one of five at most', async () => {
		const person = await addMember(sql, home, 'viewer');
		const add = (...names: string[]) =>
			asks(
				person,
				"insert into storage.objects (bucket_id, name) select 'avatars', $1 || '/' || n from jsonb_array_elements_text($2::text::jsonb) n returning id",
				[person, JSON.stringify(names)]
			);
		expect(await add('deep/er.png')).toBe('42501');
		expect(await add('1.png', '2.png', '3.png', '4.png', '5.png')).toBe(5);
		expect(await add('1.png', '2.png', '3.png', '4.png', '5.png', '6.png')).toBe('42501');
		for (const n of [1, 2, 3, 4, 5]) await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${`${person}/${n}.png`})`;
		expect(await add('6.png')).toBe('42501');
		const replace = `insert into storage.objects (bucket_id, name) values ('avatars', $1)
			on conflict (bucket_id, name) do update set metadata = '{}' returning id`;
		expect(await asks(person, replace, [`${person}/5.png`])).toBe(1);
		const move = "update storage.objects set name = $1 where bucket_id = 'avatars' and name = $2 returning id";
		expect(await asks(person, move, [`${person}/deep/er.png`, `${person}/5.png`])).toBe('42501');
	});

	test('is none that the secret key has put beside the folders', async () => {
		const before = await sees(me);
		for (const name of [colleague, 'readme.txt', `${'-'.repeat(36)}/photo.png`, `x/${colleague}/photo.png`])
			await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${name})`;
		expect(await sees(stranger)).toEqual([file(stranger)]);
		expect(await sees(me)).toEqual(before);
	});

	test('is no leave for other buckets', async () => {
		expect(await sees(me, 'other')).toEqual([]);
		expect(await writes(me, me, 'other')).toEqual(nothing);
		expect(await asks(me, "update storage.objects set bucket_id = 'other', name = $1", [`${me}/moved.png`])).toBe('42501');
	});
});

describe('a token that opens no data', () => {
	test('opens no photos either: of an ended session, one that owes its second factor, or one made for realtime', async () => {
		const person = await addMember(sql, home, 'viewer');
		await sql`insert into storage.objects (bucket_id, name) values ('avatars', ${file(person)})`;
		const weak = await signIn(sql, person);
		expect(await writes(weak, person)).toEqual(everything);
		const tokens: Caller[] = [
			{ use: 'realtime', actor: person },
			{ use: 'realtime', actor: person, ...{ session_id: weak.session_id } }
		];
		for (const token of tokens) expect([await sees(token), await writes(token, person)]).toEqual([[], nothing]);
		await enrolFactor(sql, person);
		expect([await sees(weak), await writes(weak, person)]).toEqual([[], nothing]);
		const strong = await signIn(sql, person, { aal: 'aal2' });
		expect(await writes(strong, person)).toEqual(everything);
		await sql`delete from auth.sessions where id = ${strong.session_id}`;
		expect([await sees(strong), await writes(strong, person)]).toEqual([[], nothing]);
	});
});

test('the bucket is private, takes pictures only, and none above two megabytes', async () => {
	expect(await sql`select public, file_size_limit::int, allowed_mime_types from storage.buckets where id = 'avatars'`).toEqual([
		{ public: false, file_size_limit: 2_097_152, allowed_mime_types: ['image/png', 'image/jpeg', 'image/webp'] }
	]);
});
