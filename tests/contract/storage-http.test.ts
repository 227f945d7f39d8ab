import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from './auth-clients.ts';
import { isLocal } from './local.ts';
import { call, given, newBucket, operator } from './storage-clients.ts';

const sql = connect();
let bucket: string;
beforeAll(async () => {
	bucket = await newBucket('http', { public: true });
	given(await files().upload('digits.txt', '0123456789', { contentType: 'text/plain', cacheControl: '120' }));
});
afterAll(() => sql.end());
const files = () => operator().storage.from(bucket);
const get = (name: string, headers: Record<string, string> = {}, method = 'GET') =>
	call(`/object/public/${bucket}/${name}`, { key: '', headers, method });
const eTag = `"${createHash('md5').update('0123456789').digest('hex')}"`;

test('a file comes with its type, length, tag, time and cache time', async () => {
	const answer = await get('digits.txt');
	expect(Object.fromEntries(answer.headers)).toMatchObject({
		'content-type': 'text/plain',
		'content-length': '10',
		'cache-control': 'max-age=120',
		'accept-ranges': 'bytes',
		'x-robots-tag': 'none',
		etag: eTag
	});
	expect(Date.parse(answer.headers.get('last-modified') ?? '')).not.toBeNaN();
	expect(await answer.text()).toBe('0123456789');
	const head = await get('digits.txt', {}, 'HEAD');
	expect([head.status, head.headers.get('content-length'), head.headers.get('etag'), await head.text()]).toEqual([200, '10', eTag, '']);
	expect((await get('nothing', {}, 'HEAD')).status).toBe(400);
});

test('what the client has already is not sent again', async () => {
	const modified = (await get('digits.txt')).headers.get('last-modified') ?? '';
	const fresh: Record<string, string>[] = [
		{ 'if-none-match': eTag },
		{ 'if-none-match': `"x", W/${eTag}` },
		{ 'if-none-match': '*' },
		{ 'if-modified-since': modified }
	];
	for (const headers of fresh) {
		const answer = await get('digits.txt', headers);
		expect([answer.status, answer.headers.get('etag'), await answer.text()], JSON.stringify(headers)).toEqual([304, eTag, '']);
	}
	const stale: Record<string, string>[] = [
		{ 'if-none-match': '"other"' },
		{ 'if-modified-since': new Date(Date.parse(modified) - 1000).toUTCString() },
		{ 'if-none-match': '"other"', 'if-modified-since': modified }
	];
	for (const headers of stale) expect((await get('digits.txt', headers)).status, JSON.stringify(headers)).toBe(200);
});

test('a range is a part, and a wrong one is refused', async () => {
	const parts: [string, string, string][] = [
		['bytes=0-3', '0123', 'bytes 0-3/10'],
		['bytes=4-', '456789', 'bytes 4-9/10'],
		['bytes=-2', '89', 'bytes 8-9/10'],
		['bytes=8-99', '89', 'bytes 8-9/10'],
		['bytes=-99', '0123456789', 'bytes 0-9/10']
	];
	for (const [range, content, shown] of parts) {
		const answer = await get('digits.txt', { range });
		expect([answer.status, answer.headers.get('content-range'), answer.headers.get('content-length'), await answer.text()]).toEqual([
			206,
			shown,
			String(content.length),
			content
		]);
	}
	for (const range of ['bytes=10-', 'bytes=5-4', 'bytes=-0', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2']) {
		const answer = await get('digits.txt', { range });
		expect([range, answer.status, await answer.json()]).toMatchObject([
			range,
			416,
			{ statusCode: '416', code: 'InvalidRange', error: 'invalid_range' }
		]);
	}
	expect((await get('digits.txt', { range: 'bytes=0-3', 'if-range': '"older"' })).status).toBe(200);
});

test('a download is named as asked, and the name cannot add headers', async () => {
	const disposition = async (query: string) => (await get(`digits.txt${query}`)).headers.get('content-disposition');
	expect(await disposition('')).toBeNull();
	expect(await disposition('?download')).toBe('attachment;');
	expect(await disposition('?download=Bericht%20%C3%BC.txt')).toBe(
		"attachment; filename=Bericht%20%C3%BC.txt; filename*=UTF-8''Bericht%20%C3%BC.txt"
	);
	expect(await disposition('?download=%0d%0aset-cookie:%20a%3Db')).toBe(
		"attachment; filename=%0D%0Aset-cookie%3A%20a%3Db; filename*=UTF-8''%0D%0Aset-cookie%3A%20a%3Db"
	);
	const { publicUrl } = files().getPublicUrl('digits.txt', { download: 'x.txt' }).data;
	expect((await fetch(publicUrl)).headers.get('content-disposition')).toContain('filename=x.txt');
});

// The hosted service has an origin of its own for files; here it is the app's.
test.runIf(isLocal)('an uploaded page or picture runs no script', async () => {
	const script = '<script>alert(document.cookie)</script>';
	given(await files().upload('page.html', script, { contentType: 'text/html; charset=utf-8' }));
	given(await files().upload('picture.svg', `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, { contentType: 'image/svg+xml' }));
	given(await files().upload('page.xhtml', script, { contentType: 'application/xhtml+xml' }));
	expect((await get('page.html')).headers.get('content-type')).toBe('text/plain');
	expect((await get('picture.svg')).headers.get('content-type')).toBe('image/svg+xml');
	for (const name of ['page.html', 'picture.svg', 'page.xhtml']) {
		const { headers } = await get(name);
		expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
		expect(headers.get('x-content-type-options')).toBe('nosniff');
	}
});

test('a type with a line end is refused at the upload, and one in the row is not sent', async () => {
	const form = new FormData();
	form.append('contentType', 'text/plain\nset-cookie: a=b');
	form.append('', new Blob(['x']));
	expect((await files().upload('header', form)).error).toMatchObject({
		statusCode: '400',
		message: expect.stringContaining('Invalid character')
	});
	given(await files().upload('row', 'x'));
	await sql`update storage.objects set metadata = jsonb_build_object('mimetype', ${'a\r\nb: c'}::text, 'cacheControl', 7, 'size', 'x')
		where bucket_id = ${bucket} and name = 'row'`;
	const answer = await get('row');
	expect([answer.headers.get('content-type'), answer.headers.get('cache-control'), await answer.text()]).toEqual([
		'application/octet-stream',
		'no-cache',
		'x'
	]);
});
