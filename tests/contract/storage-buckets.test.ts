import { expect, test } from 'vitest';
import { newPerson } from './auth-clients.ts';
import { bucketName, call, given, newBucket, operator, visitor } from './storage-clients.ts';

const fresh = () => bucketName('bucket');

test('a bucket is made, shown, changed, listed and deleted', async () => {
	const { storage } = operator();
	const id = fresh();
	expect(
		given(await storage.createBucket(id, { public: false, fileSizeLimit: '1MB', allowedMimeTypes: ['image/*', 'text/plain'] }))
	).toEqual({
		name: id
	});
	expect(given(await storage.getBucket(id))).toEqual({
		id,
		name: id,
		owner: '',
		public: false,
		file_size_limit: 1_000_000,
		allowed_mime_types: ['image/*', 'text/plain'],
		created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
		updated_at: expect.any(String)
	});
	expect(given(await storage.updateBucket(id, { public: true, fileSizeLimit: 1000 }))).toEqual({ message: 'Successfully updated' });
	expect(given(await storage.getBucket(id))).toMatchObject({
		public: true,
		file_size_limit: 1000,
		allowed_mime_types: ['image/*', 'text/plain']
	});
	given(await storage.updateBucket(id, { public: true, fileSizeLimit: null, allowedMimeTypes: null }));
	expect(given(await storage.getBucket(id))).toMatchObject({ file_size_limit: null, allowed_mime_types: null });
	expect(given(await storage.listBuckets()).find((bucket) => bucket.id === id)).toMatchObject({ type: 'STANDARD', public: true });
	expect(given(await storage.deleteBucket(id))).toEqual({ message: 'Successfully deleted' });
	expect((await storage.getBucket(id)).error).toMatchObject({ status: 400, statusCode: '404', message: 'Bucket not found' });
});

test('the list is searched, sorted and paged', async () => {
	const { storage } = operator();
	const [b, c, a] = [await newBucket('list_b'), await newBucket('list_c'), await newBucket('list_a')];
	const names = async (options: Parameters<typeof storage.listBuckets>[0]) =>
		given(await storage.listBuckets({ search: 'list_', ...options }))
			.map(({ id }) => id)
			.filter((id) => [a, b, c].includes(id));
	expect(await names({ sortColumn: 'name', sortOrder: 'asc' })).toEqual([a, b, c]);
	expect(await names({ sortColumn: 'name', sortOrder: 'desc' })).toEqual([c, b, a]);
	const mine = (options: Parameters<typeof storage.listBuckets>[0]) => names({ search: b.slice(-12), ...options });
	expect([await mine({ limit: 1 }), await mine({ limit: 1, offset: 1 })]).toEqual([[b], []]);
	expect(await names({ search: 'a%x' })).toEqual([]);
});

test('refusals say what the hosted service says', async () => {
	const { storage } = operator();
	const id = fresh();
	given(await storage.createBucket(id));
	expect((await storage.createBucket(id)).error).toMatchObject({
		status: 400,
		statusCode: '409',
		code: 'BucketAlreadyExists',
		message: 'The resource already exists'
	});
	expect((await storage.createBucket('a/b')).error).toMatchObject({
		statusCode: '400',
		code: 'InvalidBucketName',
		message: 'Bucket name invalid'
	});
	expect((await storage.createBucket(' padded')).error).toMatchObject({ code: 'InvalidBucketName' });
	expect((await storage.createBucket('x'.repeat(101))).error).toMatchObject({ code: 'InvalidBucketName' });
	expect((await storage.createBucket(fresh(), { public: false, fileSizeLimit: '50 bananas' })).error).toMatchObject({
		message: 'Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B'
	});
	expect((await storage.createBucket(fresh(), { public: false, fileSizeLimit: '9000GB' })).error).toMatchObject({ statusCode: '413' });
	expect((await storage.createBucket(fresh(), { public: false, allowedMimeTypes: ['pictures'] })).error).toMatchObject({
		statusCode: '415',
		message: 'mime type pictures is not supported'
	});
	expect((await storage.updateBucket(fresh(), { public: true })).error).toMatchObject({ statusCode: '404' });
	const nameless = await call('/bucket', { method: 'POST', body: '{}' });
	expect(await nameless.json()).toMatchObject({ statusCode: '400', error: 'Error', message: "body must have required property 'name'" });
});

test('a bucket with files is emptied before it goes, and only by the service role', async () => {
	const { storage } = operator();
	const id = fresh();
	given(await storage.createBucket(id));
	for (const name of ['a.txt', 'deep/b.txt']) given(await storage.from(id).upload(name, 'text'));
	expect((await storage.deleteBucket(id)).error).toMatchObject({
		statusCode: '409',
		code: 'ResourceNotEmpty',
		message: 'The bucket you tried to delete is not empty'
	});
	const { client } = await newPerson();
	expect((await client.storage.emptyBucket(id)).error).toMatchObject({ status: 403, statusCode: '403' });
	given(await storage.emptyBucket(id));
	await expect.poll(async () => given(await storage.from(id).list()), { timeout: 15_000 }).toEqual([]);
	given(await storage.deleteBucket(id));
	expect((await storage.emptyBucket(id)).error).toMatchObject({ message: 'Bucket not found' });
});

test('who is nobody in particular sees no bucket and makes none', async () => {
	const id = fresh();
	given(await operator().storage.createBucket(id, { public: true }));
	for (const { storage } of [visitor(), (await newPerson()).client]) {
		expect(given(await storage.listBuckets())).toEqual([]);
		expect((await storage.getBucket(id)).error).toMatchObject({ statusCode: '404' });
		expect((await storage.createBucket(fresh())).error).toMatchObject({
			status: 400,
			statusCode: '403',
			message: 'new row violates row-level security policy'
		});
		expect((await storage.updateBucket(id, { public: false })).error).toMatchObject({ statusCode: '404' });
		expect((await storage.deleteBucket(id)).error).toMatchObject({ statusCode: '404' });
	}
	expect(given(await operator().storage.getBucket(id))).toMatchObject({ public: true });
});
