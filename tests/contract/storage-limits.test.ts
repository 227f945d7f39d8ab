import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLocal } from './local.ts';
import { call, given, newBucket, operator } from './storage-clients.ts';
import { fileSizeLimit, startLoneStorage, type LoneStorage } from './storage-server.ts';

async function bucketWith(options: { fileSizeLimit?: string | number; allowedMimeTypes?: string[] } = {}) {
	return operator().storage.from(await newBucket('limits', { public: false, ...options }));
}
const tooLarge = { status: 400, statusCode: '413', code: 'EntityTooLarge', message: 'The object exceeded the maximum allowed size' };

test('a file may be as large as its bucket allows and no larger, however it is sent', async () => {
	const files = await bucketWith({ fileSizeLimit: '1KB' });
	const size = (bytes: number) => new Uint8Array(bytes);
	given(await files.upload('raw', size(1000)));
	given(await files.upload('form', new Blob([size(1000)])));
	expect((await files.upload('raw 2', size(1001))).error).toMatchObject(tooLarge);
	expect((await files.upload('form 2', new Blob([size(1001)]))).error).toMatchObject(tooLarge);
	expect((await files.upload('stream 2', new Blob([size(1001)]).stream())).error).toMatchObject(tooLarge);
	expect((await files.update('raw', size(1001))).error).toMatchObject(tooLarge);
	expect(given(await files.list()).map(({ name }) => name)).toEqual(['form', 'raw']);
});

test('a bucket takes the types it is for', async () => {
	const files = await bucketWith({ allowedMimeTypes: ['image/*', 'text/csv'] });
	given(await files.upload('a.png', 'x', { contentType: 'image/png' }));
	given(await files.upload('a.csv', new Blob(['x'], { type: 'text/csv' })));
	given(await files.upload('folder/.emptyFolderPlaceholder', '', { contentType: 'application/x-none' }));
	for (const contentType of ['text/plain', 'imagery/png', 'text/csv2', 'image', 'video/mp4']) {
		expect((await files.upload('b', 'x', { contentType })).error).toMatchObject({
			status: 400,
			statusCode: '415',
			code: 'InvalidMimeType',
			message: `mime type ${contentType} is not supported`
		});
	}
	expect((await files.upload('b', new Blob(['x'], { type: 'text/html' }))).error).toMatchObject({ statusCode: '415' });
	expect((await files.upload('folder/.emptyFolderPlaceholder', 'x', { upsert: true })).error).toMatchObject(tooLarge);
});

// The hosted service compares what stands before and after the first slash, and stores the rest with it.
test.runIf(isLocal)('a type is compared whole', async () => {
	const named = await bucketWith({ allowedMimeTypes: ['image/png', 'text/csv; charset=utf-8'] });
	const any = await bucketWith({ allowedMimeTypes: ['image/*', 'text/*'] });
	given(await named.upload('a.png', 'x', { contentType: 'image/png' }));
	given(await named.upload('a.csv', 'x', { contentType: 'text/csv; charset=utf-8' }));
	given(await any.upload('a.svg', 'x', { contentType: 'image/svg+xml' }));
	given(await any.upload('a.txt', 'x', { contentType: 'text/plain;charset=UTF-8' }));
	const lies = ['image/png/,application/xhtml+xml', 'image/png/x', 'image/png,text/html', 'image/png, text/html', 'image/', 'image/*'];
	for (const contentType of lies) {
		for (const files of [named, any]) {
			const { error } = await files.upload('b', 'x', { contentType });
			expect([contentType, error]).toMatchObject([contentType, { statusCode: '415', code: 'InvalidMimeType' }]);
		}
	}
	for (const contentType of ['image/png;a=b', 'text/csv']) {
		expect((await named.upload('b', 'x', { contentType })).error).toMatchObject({ statusCode: '415' });
	}
});

test('names are what S3 takes, and differ by case', async () => {
	const files = await bucketWith();
	const id = new URL(files.getPublicUrl('x').data.publicUrl).pathname.split('/').at(-2);
	const good = ['A.txt', 'a.txt', "it's (1) & more!.txt", 'a/b/c/d/e/f.txt', 'x'.repeat(1024), 'a/../../b', '.hidden', 'a+b=c@d,e;f:g$h*i'];
	for (const name of good) {
		const sent = await call(`/object/${id}/${encodeURIComponent(name)}`, { method: 'POST', body: name });
		expect([name, sent.status]).toEqual([name, 200]);
		expect(await (await call(`/object/${id}/${encodeURIComponent(name)}`)).text()).toBe(name);
	}
	for (const name of ['ü.txt', '日本', 'a\\b', 'a\nb', 'a\0b', 'a|b', 'a%b', 'a#b', '<x>', '"', 'a~b', 'x'.repeat(1025)]) {
		const refused = await call(`/object/${id}/${encodeURIComponent(name)}`, { method: 'POST', body: 'x' });
		expect([refused.status, await refused.json()]).toEqual([
			400,
			{ statusCode: '400', code: 'InvalidKey', error: 'InvalidKey', message: `Invalid key: ${name}` }
		]);
	}
	expect((await files.move('A.txt', 'ü')).error).toMatchObject({ code: 'InvalidKey' });
	expect((await files.copy('A.txt', 'ü')).error).toMatchObject({ code: 'InvalidKey' });
	expect((await call(`/object/${id}/%E0%A4%A`)).status).toBe(400);
	expect((await operator().storage.from('a|b').upload('x', 'x')).error).toMatchObject({ code: 'InvalidBucketName' });
});

test('JSON that is none, and metadata that is none', async () => {
	const files = await bucketWith();
	const id = new URL(files.getPublicUrl('x').data.publicUrl).pathname.split('/').at(-2);
	for (const body of ['{', '[]', '"x"', '{"prefix":7}', '{"prefix":"\\u0000"}']) {
		const refused = await call(`/object/list/${id}`, { method: 'POST', body });
		expect([body, refused.status]).toEqual([body, 400]);
	}
	const headers = { 'x-metadata': 'bm8ganNvbg==' };
	expect((await call(`/object/${id}/x`, { method: 'POST', body: 'x', headers })).status).toBe(200);
	expect(given(await files.info('x')).metadata).toEqual({});
	const unstorable = { 'x-metadata': Buffer.from('{"a":"\\u0000"}').toString('base64') };
	expect((await call(`/object/${id}/y`, { method: 'POST', body: 'x', headers: unstorable })).status).toBe(400);
	expect((await files.remove([])).error).toMatchObject({ message: 'body/prefixes must NOT have fewer than 1 items' });
});

describe.runIf(isLocal)('limits that no request can set, and what is left on the disk', () => {
	let lone: LoneStorage;
	beforeAll(async () => void (lone = await startLoneStorage()));
	afterAll(() => lone.stop());
	async function loneBucket(options: { fileSizeLimit?: string } = {}) {
		const id = `limits-${randomUUID()}`;
		given(await operator(lone).storage.createBucket(id, { public: false, ...options }));
		return id;
	}

	test('a file may be as large as the project allows; what is larger is not kept', async () => {
		const files = operator(lone).storage.from(await loneBucket());
		const size = (bytes: number) => new Uint8Array(bytes);
		expect((await files.upload('large', size(fileSizeLimit + 1))).error).toMatchObject(tooLarge);
		expect((await files.upload('large', new Blob([size(fileSizeLimit + 1)]))).error).toMatchObject(tooLarge);
		given(await files.upload('fits', size(fileSizeLimit)));
		expect((await readdir(join(lone.folder, 'files'))).length).toBe(1);
		expect(await readdir(join(lone.folder, 'incoming'))).toEqual([]);
		await expect(loneBucket({ fileSizeLimit: '50MB' })).rejects.toMatchObject({ statusCode: '413' });
	});

	test('bodies that are no upload are refused, and nothing is kept of them', async () => {
		const id = await loneBucket();
		const files = operator(lone).storage.from(id);
		const form = { 'content-type': 'multipart/form-data; boundary=X' };
		const head = 'content-disposition: form-data; name=""; filename="a"\r\n\r\n';
		const field = 'content-disposition: form-data; name="f"\r\n\r\nv';
		const bodies: [Record<string, string>, string][] = [
			[{ 'content-type': 'multipart/form-data' }, ''],
			[form, ''],
			[form, '--X--\r\n'],
			[form, `--X\r\n${head}cut off`],
			[form, `--X\r\n${head}cut off\r\n--`],
			[form, `--X\r\n${'h: v\r\n'.repeat(5000)}\r\nx\r\n--X--`],
			[form, `--X\r\n${field}\r\n--X--`],
			[form, `--X\r\n${`${field}\r\n--X\r\n`.repeat(11)}${head}x\r\n--X--`],
			[form, `--Xjunk`]
		];
		for (const [headers, body] of bodies) {
			const refused = await call(`/object/${id}/x`, { door: lone, method: 'POST', headers, body });
			expect([body.slice(0, 80), refused.status, await refused.json()]).toMatchObject([body.slice(0, 80), 400, { statusCode: '400' }]);
		}
		const large = `--X\r\ncontent-disposition: form-data; name="metadata"\r\n\r\n${'x'.repeat(2 ** 20 + 1)}\r\n--X\r\n${head}x\r\n--X--`;
		const refused = await call(`/object/${id}/x`, { door: lone, method: 'POST', headers: form, body: large });
		expect(await refused.json()).toMatchObject({ statusCode: '413', message: 'The user_metadata exceeded the maximum allowed size' });
		expect(given(await files.list())).toEqual([]);
		expect(await readdir(join(lone.folder, 'incoming'))).toEqual([]);

		const accepted = await call(`/object/${id}/x`, {
			door: lone,
			method: 'POST',
			headers: form,
			body: `before\r\n--X\r\n${head}whole\r\n--X--`
		});
		expect(accepted.status).toBe(200);
		expect(await given(await files.download('x')).text()).toBe('whole');
	});
});
