import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { given, operator, startLoneStorage, type LoneStorage } from './storage-server.ts';

let lone: LoneStorage;
const bucket = `schema-${randomUUID()}`;
beforeAll(async () => {
	lone = await startLoneStorage();
	given(await operator(lone).storage.createBucket(bucket));
	for (const name of ['a.txt', 'folder/b.tar.gz']) given(await operator(lone).storage.from(bucket).upload(name, name));
});
afterAll(() => lone.stop());
const refused = { code: '42501' };

test('a migration writes policies, triggers and buckets, as postgres', async () => {
	await lone.sql.unsafe(`
		insert into storage.buckets (id, name, public) values ('from-migration', 'from-migration', true) on conflict do nothing;
		create policy p on storage.objects for select to authenticated using (bucket_id = 'from-migration');
		create policy p on storage.buckets for select to authenticated using (true);
		alter policy p on storage.objects using (false);
		drop policy p on storage.objects;
		drop policy if exists p on storage.buckets;
		create function public.noted() returns trigger language plpgsql as $$ begin return new; end $$;
		create trigger noted after insert on storage.objects for each row execute function public.noted();
		drop trigger noted on storage.objects;
		create table public.attachments (object_id uuid references storage.objects (id) on delete cascade);
		drop table public.attachments;
	`);
	given(await operator(lone).storage.from('from-migration').upload('x', 'x'));
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
	for (const statement of statements) await expect(lone.sql.unsafe(statement), statement).rejects.toMatchObject(refused);
});

test('rows are not deleted past the service', async () => {
	await expect(lone.sql`delete from storage.objects where bucket_id = ${bucket}`).rejects.toMatchObject({
		...refused,
		message: 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
	});
	await expect(lone.sql`delete from storage.buckets where id = ${bucket}`).rejects.toMatchObject(refused);
	// Who says it means it may; the file goes at the next start.
	await lone.sql.begin(async (sql) => {
		await sql`select set_config('storage.allow_delete_query', 'true', true)`;
		await sql`delete from storage.objects where bucket_id = 'nothing'`;
	});
});

test('names are taken apart as policies expect', async () => {
	const [parts] = await lone.sql`
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
	const [row] = await lone.sql`select path_tokens from storage.objects where name = 'folder/b.tar.gz'`;
	expect(row?.path_tokens).toEqual(['folder', 'b.tar.gz']);
	expect(await lone.sql`select size::int, bucket_id from storage.get_size_by_bucket() where bucket_id = ${bucket}`).toEqual([
		{ size: 20, bucket_id: bucket }
	]);
	await expect(lone.sql`select storage.can_insert_object(${bucket}, 'new', null, '{}')`).rejects.toMatchObject({ code: 'PT200' });
	await expect(lone.sql`insert into storage.buckets (id, name) values ('long', ${'x'.repeat(101)})`).rejects.toThrow('too long');
});

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
