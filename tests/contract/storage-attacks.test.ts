import { randomUUID } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { connect, newPerson, type Person } from './auth-clients.ts';
import { isLocal } from './local.ts';
import { call, given, newBucket, operator, visitor } from './storage-clients.ts';
import { person, startLoneStorage, type LoneStorage } from './storage-server.ts';

const { apiUrl, publishableKey } = inject('platform');
const sql = connect();
let bucket: string;
let ada: Person;
let eve: Person;
const denied = { status: 400, statusCode: '403', code: 'AccessDenied', message: 'new row violates row-level security policy' };
const notFound = { status: 400, statusCode: '404', message: 'Object not found' };

const policies = ['read', 'add', 'change', 'remove'];
const policyName = (which: string) => `${bucket}: ${which}`;

beforeAll(async () => {
	[bucket, ada, eve] = [await newBucket('tenants'), await newPerson(), await newPerson()];
	// As a migration of a project would: each person has a folder of its own.
	await sql.unsafe(`
		create policy "${policyName('read')}" on storage.objects for select to authenticated
			using (bucket_id = '${bucket}' and (storage.foldername(name))[1] = auth.uid()::text);
		create policy "${policyName('add')}" on storage.objects for insert to authenticated
			with check (bucket_id = '${bucket}' and (storage.foldername(name))[1] = (select auth.jwt() ->> 'sub'));
		create policy "${policyName('change')}" on storage.objects for update to authenticated
			using (bucket_id = '${bucket}' and owner_id = auth.uid()::text) with check ((storage.foldername(name))[1] = auth.uid()::text);
		create policy "${policyName('remove')}" on storage.objects for delete to authenticated
			using (bucket_id = '${bucket}' and (storage.foldername(name))[1] = auth.uid()::text
				and storage.allow_any_operation(array['object.delete_many']));
	`);
	given(await files(ada).upload(pathOf(ada, 'diary.txt'), 'dear diary'));
});
afterAll(async () => {
	for (const which of policies) await sql.unsafe(`drop policy if exists "${policyName(which)}" on storage.objects`);
	await sql.end();
});
const files = ({ client }: Person) => client.storage.from(bucket);
const pathOf = ({ user }: Person, name: string) => `${user.id}/${name}`;

test('the owner may do what the policies say', async () => {
	const own = files(ada);
	expect(await given(await own.download(pathOf(ada, 'diary.txt'))).text()).toBe('dear diary');
	given(await own.upload(pathOf(ada, 'diary.txt'), 'dear diary', { upsert: true }));
	given(await own.copy(pathOf(ada, 'diary.txt'), pathOf(ada, 'copy.txt')));
	given(await own.move(pathOf(ada, 'copy.txt'), pathOf(ada, 'moved.txt')));
	expect(given(await own.list(ada.user.id)).map(({ name }) => name)).toEqual(['diary.txt', 'moved.txt']);
	expect(given(await own.remove([pathOf(ada, 'moved.txt')])).length).toBe(1);
	// The delete policy of this project is for the other operation.
	const authorization = `Bearer ${ada.session.access_token}`;
	const options = { method: 'DELETE', key: publishableKey, headers: { authorization } };
	const single = await call(`/object/${bucket}/${pathOf(ada, 'diary.txt')}`, options);
	expect([single.status, await single.json()]).toEqual([
		400,
		{ statusCode: '403', code: 'AccessDenied', error: 'Unauthorized', message: 'Access denied' }
	]);
});

test('another person and a visitor get nowhere, and learn nothing', async () => {
	const attempts = [
		{ who: files(eve), home: eve.user.id },
		{ who: visitor().storage.from(bucket), home: 'visitor' }
	];
	const target = pathOf(ada, 'diary.txt');
	for (const { who, home } of attempts) {
		expect((await who.download(target)).error).toMatchObject(notFound);
		expect((await who.info(target)).error).toMatchObject(notFound);
		expect(await who.exists(target)).toMatchObject({ data: false });
		expect(given(await who.list(ada.user.id))).toEqual([]);
		expect(given(await who.list('', { search: ada.user.id }))).toEqual([]);
		expect(given(await who.list('', { sortBy: { column: 'created_at', order: 'asc' } }))).toEqual([]);
		expect(given(await who.listV2({ prefix: ada.user.id }))).toMatchObject({ objects: [], folders: [] });
		expect(given(await who.listV2({ with_delimiter: true }))).toMatchObject({ objects: [], folders: [] });
		expect((await who.createSignedUrl(target, 60)).error).toMatchObject(notFound);
		expect(given(await who.createSignedUrls([target], 60))[0]).toMatchObject({ signedUrl: null });
		expect((await who.createSignedUploadUrl(target, { upsert: true })).error).toMatchObject(denied);
		expect((await who.createSignedUploadUrl(pathOf(ada, 'new.txt'))).error).toMatchObject(denied);
		expect((await who.upload(pathOf(ada, 'new.txt'), 'x')).error).toMatchObject(denied);
		expect((await who.upload(target, 'x', { upsert: true })).error).toMatchObject(denied);
		expect((await who.update(target, 'x')).error).toMatchObject(denied);
		expect((await who.move(target, `${home}/mine.txt`)).error).toMatchObject(notFound);
		expect((await who.copy(target, `${home}/mine.txt`)).error).toMatchObject(notFound);
		expect(given(await who.remove([target]))).toEqual([]);
	}
	expect(await given(await files(ada).download(pathOf(ada, 'diary.txt'))).text()).toBe('dear diary');
	expect(await sql`select count(*)::int from storage.objects where bucket_id = ${bucket}`).toEqual([{ count: 1 }]);
});

test('nobody moves or copies a file into a folder that is not theirs', async () => {
	given(await files(eve).upload(pathOf(eve, 'bait.txt'), 'bait'));
	expect((await files(eve).move(pathOf(eve, 'bait.txt'), pathOf(ada, 'bait.txt'))).error).toMatchObject(denied);
	expect((await files(eve).copy(pathOf(eve, 'bait.txt'), pathOf(ada, 'bait.txt'))).error).toMatchObject(denied);
	expect((await files(eve).move(pathOf(eve, 'bait.txt'), pathOf(ada, 'diary.txt'))).error).not.toBeNull();
	expect(given(await files(ada).list(ada.user.id)).map(({ name }) => name)).toEqual(['diary.txt']);
});

test('claims and roles come from the verified token, not from headers', async () => {
	const headers = { apikey: publishableKey, role: 'service_role', 'x-role': 'service_role', 'x-forwarded-user': ada.user.id };
	const query = new URLSearchParams({
		'request.jwt.claims': JSON.stringify({ sub: ada.user.id, role: 'service_role' }),
		role: 'service_role'
	});
	const answer = await fetch(`${apiUrl}/storage/v1/object/${bucket}/${pathOf(ada, 'diary.txt')}?${query}`, { headers });
	expect([answer.status, await answer.json()]).toMatchObject([400, { statusCode: '404' }]);
});

test('names in lists and searches are text, not SQL or patterns', async () => {
	const own = files(ada);
	for (const text of ["' or true --", '%', '_', '$1', "'); drop table storage.objects; --"]) {
		expect(given(await own.list('', { search: text })), text).toEqual([]);
		expect(given(await own.list('', { search: text, sortBy: { column: 'created_at', order: 'asc' } })), text).toEqual([]);
		expect(given(await own.listV2({ prefix: text })), text).toMatchObject({ objects: [] });
		expect(given(await own.remove([text])), text).toEqual([]);
	}
	const wrong = await call(`/object/list/${bucket}`, {
		method: 'POST',
		body: JSON.stringify({ prefix: '', sortBy: { column: 'name; drop table x', order: 'asc' } })
	});
	expect([wrong.status, await wrong.json()]).toMatchObject([
		400,
		{ message: 'body/sortBy/column must be equal to one of the allowed values' }
	]);
});

describe.runIf(isLocal)('what others cannot see of a project: its disk, and tokens of its making', () => {
	let lone: LoneStorage;
	const bucket = `own-${randomUUID()}`;
	beforeAll(async () => {
		lone = await startLoneStorage();
		given(await operator(lone).storage.createBucket(bucket));
	});
	afterAll(() => lone.stop());

	test('who is refused leaves nothing on the disk', async () => {
		for (const { storage } of [visitor(lone), person(lone, randomUUID())]) {
			expect((await storage.from(bucket).upload('x.txt', 'x')).error).toMatchObject(denied);
			expect((await storage.from(bucket).upload('x.txt', 'x', { upsert: true })).error).toMatchObject(denied);
		}
		expect(await readdir(join(lone.folder, 'files'))).toEqual([]);
		expect(await readdir(join(lone.folder, 'incoming'))).toEqual([]);
	});

	test('what a token says of its owner is text, not SQL', async () => {
		given(await operator(lone).storage.from(bucket).upload('secret.txt', 'secret'));
		const injected = person(lone, `${randomUUID()}', true); reset role; --`);
		expect((await injected.storage.from(bucket).download('secret.txt')).error).toMatchObject(notFound);
		expect(given(await injected.storage.from(bucket).list())).toEqual([]);
	});

	test('no name and no row leads out of the folder of files', async () => {
		await writeFile(join(lone.folder, 'outside.txt'), 'outside');
		const { storage } = operator(lone);
		for (const name of ['../outside.txt', '..%2F..%2Foutside.txt', 'a%2F..%2F..%2F..%2Foutside.txt', '%2e%2e/outside.txt', '/etc/passwd']) {
			const answer = await call(`/object/${bucket}/${name}`, { door: lone });
			expect([400, 404], name).toContain(answer.status);
		}
		given(await storage.from(bucket).upload('row.txt', 'row'));
		const [row] = await lone.sql<{ version: string }[]>`select version from storage.objects where name = 'row.txt'`;
		for (const version of ['../outside.txt', '/etc/passwd', `../files/${row?.version}`, '', null]) {
			await lone.sql`update storage.objects set version = ${version} where name = 'row.txt'`;
			expect((await storage.from(bucket).download('row.txt')).error).toMatchObject({
				statusCode: '404',
				message: 'The resource was not found'
			});
			expect((await storage.from(bucket).copy('row.txt', `copy-${version?.length}`)).error).not.toBeNull();
		}
		await lone.sql`update storage.objects set version = '../outside.txt' where name = 'row.txt'`;
		given(await storage.from(bucket).remove(['row.txt']));
		expect(await readdir(lone.folder)).toContain('outside.txt');
		expect(await readdir(join(lone.folder, 'files'))).toContain(row?.version);
	});
});
