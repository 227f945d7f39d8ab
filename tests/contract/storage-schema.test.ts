import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from './auth-clients.ts';
import { isLocal } from './local.ts';
import { bucketName, given, newBucket, operator } from './storage-clients.ts';
import { startLoneStorage, type LoneStorage } from './storage-server.ts';

const sql = connect();
let bucket: string;
beforeAll(async () => {
	bucket = await newBucket('schema');
	for (const name of ['a.txt', 'folder/b.tar.gz']) given(await operator().storage.from(bucket).upload(name, name));
});
afterAll(() => sql.end());

/** Does something as a migration would, and takes it back whatever came of it: the project may be one that others use. */
async function undone(statement: string): Promise<void> {
	await sql.begin(async (tx) => {
		await tx.unsafe(statement);
		await tx.unsafe("do $$ begin raise exception using errcode = 'P0999', message = 'it was allowed'; end $$");
	});
}
const refused = { code: '42501' };

test('a migration writes policies, triggers and buckets, as postgres', async () => {
	const id = bucketName('migrated');
	await sql.unsafe(`
		insert into storage.buckets (id, name, public) values ('${id}', '${id}', true) on conflict do nothing;
		create policy "${id}" on storage.objects for select to authenticated using (bucket_id = '${id}');
		create policy "${id}" on storage.buckets for select to authenticated using (id = '${id}');
		alter policy "${id}" on storage.objects using (false);
		drop policy "${id}" on storage.objects;
		drop policy if exists "${id}" on storage.buckets;
		create function public."${id}"() returns trigger language plpgsql as $$ begin return new; end $$;
		create trigger "${id}" after insert on storage.objects for each row execute function public."${id}"();
		drop trigger "${id}" on storage.objects;
		drop function public."${id}"();
		create table public."${id}" (object_id uuid references storage.objects (id) on delete cascade);
		drop table public."${id}";
	`);
	given(await operator().storage.from(id).upload('x', 'x'));
});

test('a migration that alters the tables fails, as it does on the hosted service', async () => {
	const statements = [
		'alter table storage.objects disable row level security',
		'alter table storage.objects add column more text',
		'alter table storage.objects disable trigger protect_objects_delete',
		'create table storage.mine ()',
		'create index on storage.objects (owner_id)',
		"create or replace function storage.protect_delete() returns trigger language plpgsql as 'begin return null; end'",
		'drop table storage.objects cascade',
		'drop function storage.search'
	];
	for (const statement of statements) await expect(undone(statement), statement).rejects.toMatchObject(refused);
});

test('rows are not deleted past the service', async () => {
	await expect(undone(`delete from storage.objects where bucket_id = '${bucket}'`)).rejects.toMatchObject({
		...refused,
		message: 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
	});
	await expect(undone(`delete from storage.buckets where id = '${bucket}'`)).rejects.toMatchObject(refused);
	// Who says it means it may; the file goes at the next start.
	await sql.begin(async (sql) => {
		await sql`select set_config('storage.allow_delete_query', 'true', true)`;
		await sql`delete from storage.objects where bucket_id = 'nothing'`;
	});
});

test('names are taken apart as policies expect', async () => {
	const [parts] = await sql`
		select storage.foldername('a/b/c.tar.gz') as folders, storage.foldername('c') as none, storage.filename('a/b/c.tar.gz') as file,
			storage.extension('a/b/c.tar.gz') as extension, storage.extension('a.b/c') as bare, storage.get_common_prefix('a/b/c', 'a/', '/') as prefix,
			storage.get_common_prefix('a/b', 'a/', '/') as leaf, storage.operation() as operation`;
	expect(parts).toEqual({
		folders: ['a', 'b'],
		none: [],
		file: 'c.tar.gz',
		extension: 'gz',
		bare: 'c',
		prefix: 'a/b/',
		leaf: null,
		operation: null
	});
	const [row] = await sql`select path_tokens from storage.objects where bucket_id = ${bucket} and name = 'folder/b.tar.gz'`;
	expect(row?.path_tokens).toEqual(['folder', 'b.tar.gz']);
	expect(await sql`select size::int, bucket_id from storage.get_size_by_bucket() where bucket_id = ${bucket}`).toEqual([
		{ size: 20, bucket_id: bucket }
	]);
	await expect(sql`select storage.can_insert_object(${bucket}, 'new', null, '{}')`).rejects.toMatchObject({ code: 'PT200' });
	await expect(sql`insert into storage.buckets (id, name) values ('long', ${'x'.repeat(101)})`).rejects.toThrow('too long');
});

describe.runIf(isLocal)('what the platform does with the schema itself', () => {
	let lone: LoneStorage;
	const bucket = `schema-${randomUUID()}`;
	beforeAll(async () => {
		lone = await startLoneStorage();
		given(await operator(lone).storage.createBucket(bucket));
		for (const name of ['a.txt', 'folder/b.tar.gz']) given(await operator(lone).storage.from(bucket).upload(name, name));
	});
	afterAll(() => lone.stop());

	test('the service itself cannot become more than the API roles', async () => {
		const service = postgres(lone.storageUrl, { max: 1, onnotice: () => {} });
		try {
			for (const role of ['anon', 'authenticated', 'service_role']) {
				await service.begin((sql) => sql.unsafe(`set local role ${role}`));
			}
			for (const role of ['postgres', 'supabase_admin', 'supabase_auth_admin']) {
				await expect(service.begin((sql) => sql.unsafe(`set local role ${role}`))).rejects.toMatchObject(refused);
			}
			await expect(service`select * from auth.users`).rejects.toMatchObject(refused);
		} finally {
			await service.end();
		}
	});

	test('the schema is applied again without harm', async () => {
		const before = await lone.sql`select id, name, version from storage.objects order by id`;
		await lone.applySchema();
		expect(await lone.sql`select id, name, version from storage.objects order by id`).toEqual(before);
		expect(given(await operator(lone).storage.from(bucket).list()).length).toBe(2);
	});
});
