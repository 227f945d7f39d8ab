import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { connect, newPerson } from './auth-clients.ts';
import { isLocal } from './local.ts';
import { call, given, newBucket, operator } from './storage-clients.ts';

const sql = connect();
afterAll(() => sql.end());
let bucket: string;
beforeEach(async () => void (bucket = await newBucket('files')));
const files = () => operator().storage.from(bucket);
const text = async (name: string) => given(await files().download(name)).text();

test('text, bytes, blobs, forms and streams arrive as they were sent', async () => {
	const bytes = new Uint8Array(300_000).map((_, index) => (index * 7919) % 256);
	// What looks like the end of a form inside a file is content.
	const tricky = new Blob(['a\r\n--', '\r\n--boundary--\r\n', bytes, '\r\n'], { type: 'application/x-tricky' });
	const form = new FormData();
	form.append('cacheControl', '60');
	form.append('metadata', JSON.stringify({ from: 'form' }));
	form.append('anything', new File(['from a form'], 'ignored "name".txt', { type: 'text/csv' }));

	const uploaded = given(await files().upload('folder/text.txt', 'grüße', { contentType: 'text/plain;charset=UTF-8' }));
	expect(uploaded).toEqual({
		path: 'folder/text.txt',
		fullPath: `${bucket}/folder/text.txt`,
		id: expect.stringMatching(/^[0-9a-f-]{36}$/)
	});
	given(await files().upload('bytes.bin', bytes, { contentType: 'application/octet-stream' }));
	given(await files().upload('blob', tricky));
	given(await files().upload('form', form));
	given(await files().upload('stream', new Blob([bytes]).stream(), { contentType: 'video/mp4' }));
	given(await files().upload('empty', '', { contentType: 'text/plain' }));
	given(await files().upload('object.json', JSON.stringify({ a: 1 }), { contentType: 'application/json' }));

	expect(await text('folder/text.txt')).toBe('grüße');
	expect(new Uint8Array(await given(await files().download('bytes.bin')).arrayBuffer())).toEqual(bytes);
	const blob = given(await files().download('blob'));
	expect(blob.type).toBe('application/x-tricky');
	expect(new Uint8Array(await blob.arrayBuffer())).toEqual(new Uint8Array(await tricky.arrayBuffer()));
	expect(await text('form')).toBe('from a form');
	expect((await files().info('form')).data).toMatchObject({
		contentType: 'text/csv',
		cacheControl: 'max-age=60',
		metadata: { from: 'form' }
	});
	expect(new Uint8Array(await given(await files().download('stream')).arrayBuffer())).toEqual(bytes);
	expect(await text('empty')).toBe('');
	expect(await text('object.json')).toBe('{"a":1}');
	const streamed = given(await files().download('bytes.bin').asStream());
	expect(
		createHash('md5')
			.update(new Uint8Array(await new Response(streamed).arrayBuffer()))
			.digest('hex')
	).toBe(createHash('md5').update(bytes).digest('hex'));
});

test('info tells what was uploaded, and exists whether', async () => {
	given(
		await files().upload('a/b.txt', 'twelve bytes', {
			contentType: 'text/plain',
			cacheControl: '7',
			metadata: { color: 'grün', deep: { n: 1 } }
		})
	);
	expect(given(await files().info('a/b.txt'))).toEqual({
		id: expect.any(String),
		name: 'a/b.txt',
		version: expect.stringMatching(/^[0-9a-f-]{36}$/),
		bucketId: bucket,
		size: 12,
		contentType: 'text/plain',
		cacheControl: 'max-age=7',
		etag: `"${createHash('md5').update('twelve bytes').digest('hex')}"`,
		metadata: { color: 'grün', deep: { n: 1 } },
		lastModified: expect.any(String),
		createdAt: expect.any(String)
	});
	expect(await files().exists('a/b.txt')).toEqual({ data: true, error: null });
	expect(await files().exists('a')).toMatchObject({ data: false });
	expect((await files().info('a')).error).toMatchObject({ status: 400, statusCode: '404', code: 'NoSuchKey', message: 'Object not found' });
	expect((await files().download('a')).error).toMatchObject({ status: 400, statusCode: '404', message: 'Object not found' });
	expect((await operator().storage.from('nowhere').download('a')).error).toMatchObject({
		statusCode: '404',
		message: 'Bucket not found'
	});
	expect((await operator().storage.from('nowhere').upload('a', 'x')).error).toMatchObject({ statusCode: '404', code: 'NoSuchBucket' });
});

test('a name is taken once, unless it may be replaced', async () => {
	const first = given(await files().upload('name', 'first', { metadata: { kept: false } }));
	expect((await files().upload('name', 'second')).error).toMatchObject({
		status: 400,
		statusCode: '409',
		code: 'KeyAlreadyExists',
		message: 'The resource already exists'
	});
	expect(await text('name')).toBe('first');
	const before = given(await files().info('name'));
	const replaced = given(await files().upload('name', 'third', { upsert: true }));
	expect(replaced.id).toBe(first.id);
	expect(await text('name')).toBe('third');
	expect(given(await files().info('name'))).toMatchObject({ metadata: {}, createdAt: before.createdAt });
	expect(given(await files().info('name')).version).not.toBe(before.version);
	given(await files().update('name', 'fourth', { contentType: 'text/markdown' }));
	expect(await text('name')).toBe('fourth');
	given(await files().update('new', 'made'));
	expect(await text('new')).toBe('made');
});

test('whoever uploads becomes the owner', async () => {
	const [ada, bo] = [await newPerson(), await newPerson()];
	const policy = `${bucket}: all to everybody`;
	await sql.unsafe(
		`create policy "${policy}" on storage.objects to authenticated using (bucket_id = '${bucket}') with check (bucket_id = '${bucket}')`
	);
	try {
		given(await ada.client.storage.from(bucket).upload('mine', 'x'));
		const ownerOf = async (name: string) => [
			...(await sql`select owner, owner_id from storage.objects where bucket_id = ${bucket} and name = ${name}`)
		];
		expect(await ownerOf('mine')).toEqual([{ owner: ada.user.id, owner_id: ada.user.id }]);
		given(await files().upload('mine', 'y', { upsert: true }));
		expect(await ownerOf('mine')).toEqual([{ owner: ada.user.id, owner_id: ada.user.id }]);
		given(await bo.client.storage.from(bucket).copy('mine', 'theirs'));
		expect(await ownerOf('theirs')).toMatchObject([{ owner_id: bo.user.id }]);
	} finally {
		await sql.unsafe(`drop policy "${policy}" on storage.objects`);
	}
});

test('files move and are copied, within a bucket and to another one', async () => {
	const other = await newBucket('other');
	const elsewhere = operator().storage.from(other);
	given(await files().upload('from', 'content', { contentType: 'text/css', cacheControl: '9', metadata: { tag: 1 } }));
	const { id } = given(await files().info('from'));

	expect(given(await files().move('from', 'to/there'))).toMatchObject({ message: 'Successfully moved' });
	expect(given(await files().info('to/there'))).toMatchObject({ id, contentType: 'text/css', metadata: { tag: 1 } });
	expect((await files().download('from')).error).toMatchObject({ statusCode: '404' });
	given(await files().move('to/there', 'moved', { destinationBucket: other }));
	expect(await given(await elsewhere.download('moved')).text()).toBe('content');

	expect(given(await elsewhere.copy('moved', 'copied', { destinationBucket: bucket }))).toEqual({ path: `${bucket}/copied` });
	given(await elsewhere.remove(['moved']));
	expect(await text('copied')).toBe('content');
	expect(given(await files().info('copied'))).toMatchObject({ contentType: 'text/css', cacheControl: 'max-age=9', metadata: { tag: 1 } });

	given(await files().upload('taken', 'stays'));
	expect((await files().move('copied', 'taken')).error).toMatchObject({ statusCode: '409' });
	expect((await files().copy('copied', 'taken')).error).toMatchObject({ statusCode: '409' });
	expect(await text('taken')).toBe('stays');
	expect((await files().move('nothing', 'x')).error).toMatchObject({ statusCode: '404', message: 'Object not found' });
	expect((await files().copy('nothing', 'x')).error).toMatchObject({ statusCode: '404', message: 'Object not found' });
	expect((await files().move('copied', 'x', { destinationBucket: 'nowhere' })).error).toMatchObject({ statusCode: '404' });
	expect((await files().copy('copied', 'x', { destinationBucket: 'nowhere' })).error).toMatchObject({ statusCode: '404' });
	const overwritten = await call('/object/copy', {
		method: 'POST',
		headers: { 'x-upsert': 'true' },
		body: JSON.stringify({ bucketId: bucket, sourceKey: 'copied', destinationKey: 'taken' })
	});
	expect(overwritten.status).toBe(200);
	expect(await text('taken')).toBe('content');
});

test('removing tells what was removed', async () => {
	for (const name of ['a', 'b', 'c']) given(await files().upload(name, name));
	const removed = given(await files().remove(['a', 'c', 'not there']));
	expect(removed.map(({ name }) => name).toSorted()).toEqual(['a', 'c']);
	expect(removed[0]).toMatchObject({ bucket_id: bucket, metadata: { size: 1, mimetype: 'text/plain;charset=UTF-8' } });
	expect(given(await files().list()).map(({ name }) => name)).toEqual(['b']);
	const one = await call(`/object/${bucket}/b`, { method: 'DELETE' });
	expect([one.status, await one.json()]).toEqual([200, { message: 'Successfully deleted' }]);
	const again = await call(`/object/${bucket}/b`, { method: 'DELETE' });
	expect([again.status, await again.json()]).toMatchObject([400, { statusCode: '404', error: 'not_found' }]);
});

test('a public bucket is read without a key, a private one is not there', async () => {
	given(await files().upload('a/u (1).txt', 'for all'));
	const { publicUrl } = files().getPublicUrl('a/u (1).txt').data;
	const hidden = await fetch(publicUrl);
	expect([hidden.status, await hidden.json()]).toEqual([
		400,
		{ statusCode: '404', code: 'NoSuchBucket', error: 'Bucket not found', message: 'Bucket not found' }
	]);
	given(await operator().storage.updateBucket(bucket, { public: true }));
	const shown = await fetch(publicUrl);
	expect([shown.status, await shown.text()]).toEqual([200, 'for all']);
	expect((await fetch(publicUrl, { method: 'HEAD' })).headers.get('content-length')).toBe('7');
	const info = await call(`/object/info/public/${bucket}/a/u%20(1).txt`, { key: '' });
	expect(await info.json()).toMatchObject({ size: 7, bucket_id: bucket });
	expect((await (await newPerson()).client.storage.from(bucket).download('a/u (1).txt')).error).toBeNull();
});

describe.runIf(isLocal)('what the embedded platform leaves out', () => {
	test('what is not offered says so', async () => {
		given(await files().upload('picture.png', 'x', { contentType: 'image/png' }));
		const transform = { width: 10 };
		expect((await files().download('picture.png', { transform })).error).toMatchObject({
			message: expect.stringContaining('does not transform images')
		});
		expect((await files().createSignedUrl('picture.png', 60, { transform })).error).toMatchObject({ code: 'NotSupported' });
		for (const path of ['/upload/resumable', '/upload/resumable/abc', '/s3/bucket/key', '/iceberg/v1/config', '/vector/CreateIndex']) {
			const answer = await call(path, { method: 'POST' });
			expect([answer.status, await answer.json()]).toMatchObject([400, { statusCode: '501', error: 'NotSupported' }]);
		}
		const unknown = await call('/nothing');
		expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: 'Not Found', message: 'Route GET:/nothing not found' }]);
		expect(given(await files().purgeCache('picture.png'))).toMatchObject({ message: 'success' });
	});
});
