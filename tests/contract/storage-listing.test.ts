import { beforeAll, expect, test } from 'vitest';
import { call, given, newBucket, operator } from './storage-clients.ts';

let bucket: string;
const names = [
	'Zebra.txt',
	'a.txt',
	'b/1.txt',
	'b/2.txt',
	'b/deep/3.txt',
	'B2.txt',
	'c_d.txt',
	'cxd.txt',
	'c/.emptyFolderPlaceholder',
	'z/9.txt'
];
beforeAll(async () => {
	bucket = await newBucket('listing');
	const { storage } = operator();
	// One after the other, so that they are sorted by time as they stand here.
	for (const name of names)
		given(await storage.from(bucket).upload(name, name.startsWith('c/') ? '' : name, { contentType: 'text/plain' }));
});
const files = () => operator().storage.from(bucket);
const list = async (...options: Parameters<ReturnType<typeof files>['list']>) =>
	given(await files().list(...options)).map(({ name }) => name);

test('a folder shows its files, and its folders without an id, whatever the case', async () => {
	expect(await list()).toEqual(['a.txt', 'b', 'B2.txt', 'c', 'c_d.txt', 'cxd.txt', 'z', 'Zebra.txt']);
	expect(await list('b')).toEqual(['1.txt', '2.txt', 'deep']);
	expect(await list('b/')).toEqual(['1.txt', '2.txt', 'deep']);
	expect(await list('b/deep')).toEqual(['3.txt']);
	expect(await list('nowhere')).toEqual([]);
	const [file, folder] = given(await files().list('', { limit: 2 }));
	expect(file).toEqual({
		name: 'a.txt',
		id: expect.any(String),
		updated_at: expect.any(String),
		created_at: expect.any(String),
		last_accessed_at: expect.any(String),
		metadata: {
			eTag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
			size: 5,
			mimetype: 'text/plain',
			cacheControl: 'max-age=3600',
			lastModified: expect.any(String),
			contentLength: 5,
			httpStatusCode: 200
		}
	});
	expect(folder).toEqual({ name: 'b', id: null, updated_at: null, created_at: null, last_accessed_at: null, metadata: null });
});

test('a listing is paged, searched and sorted', async () => {
	expect(await list('', { limit: 2, offset: 1 })).toEqual(['b', 'B2.txt']);
	expect(await list('', { sortBy: { column: 'name', order: 'desc' } })).toEqual((await list()).toReversed());
	expect(await list('', { search: 'B' })).toEqual(['b', 'B2.txt']);
	expect(await list('', { search: 'c_' })).toEqual(['c_d.txt']);
	expect(await list('b', { search: 'de' })).toEqual(['deep']);
	expect(await list('', { search: 'b/1' })).toEqual(['b/1.txt']);
	expect(await list('', { sortBy: { column: 'created_at', order: 'asc' } })).toEqual([
		'b',
		'c',
		'z',
		'Zebra.txt',
		'a.txt',
		'B2.txt',
		'c_d.txt',
		'cxd.txt'
	]);
	expect(await list('', { sortBy: { column: 'updated_at', order: 'desc' }, search: 'c_' })).toEqual(['c_d.txt']);
	const wrong = await call(`/object/list/${bucket}`, { method: 'POST', body: '{"prefix":"","limit":0}' });
	expect([wrong.status, await wrong.json()]).toMatchObject([400, { message: 'body/limit must be >= 1' }]);
});

/** Every page of a listing by cursor. */
async function pages(options: NonNullable<Parameters<ReturnType<typeof files>['listV2']>[0]>) {
	const seen: { files: string[]; folders: string[] }[] = [];
	let cursor: string | undefined;
	do {
		const page = given(await files().listV2({ ...options, ...(cursor ? { cursor } : {}) }));
		seen.push({ files: page.objects.map(({ name }) => name), folders: page.folders.map(({ name }) => name) });
		cursor = page.hasNext ? page.nextCursor : undefined;
	} while (cursor);
	return seen;
}

test('cursors go through everything once, in every order', async () => {
	const flat = await pages({ limit: 3 });
	expect(flat.length).toBe(4);
	expect(flat.flatMap((page) => page.files)).toEqual(names.toSorted());
	expect((await pages({ limit: 4, sortBy: { column: 'created_at', order: 'desc' } })).flatMap((page) => page.files)).toEqual(
		names.toReversed()
	);
	expect((await pages({ prefix: 'b/', limit: 1 })).flatMap((page) => page.files)).toEqual(['b/1.txt', 'b/2.txt', 'b/deep/3.txt']);

	for (const order of ['asc', 'desc'] as const) {
		const folded = await pages({ with_delimiter: true, limit: 2, sortBy: { column: 'name', order } });
		expect(folded.flatMap((page) => page.files).toSorted()).toEqual(['B2.txt', 'Zebra.txt', 'a.txt', 'c_d.txt', 'cxd.txt']);
		expect(folded.flatMap((page) => page.folders)).toEqual(order === 'asc' ? ['b/', 'c/', 'z/'] : ['z/', 'c/', 'b/']);
		const byTime = await pages({ with_delimiter: true, limit: 3, sortBy: { column: 'created_at', order } });
		expect(byTime.flatMap((page) => page.files)).toEqual(
			order === 'asc' ? ['Zebra.txt', 'a.txt', 'B2.txt', 'c_d.txt', 'cxd.txt'] : ['cxd.txt', 'c_d.txt', 'B2.txt', 'a.txt', 'Zebra.txt']
		);
	}
	expect(await pages({ prefix: 'b/', with_delimiter: true })).toEqual([{ files: ['b/1.txt', 'b/2.txt'], folders: ['b/deep/'] }]);
	expect((await files().listV2({ cursor: 'bm8gY3Vyc29y' })).error).toMatchObject({ message: 'Invalid Parameter continuation token' });
});
