import { SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isLocal } from './local.ts';
import { call, given, newBucket, operator, visitor } from './storage-clients.ts';
import { signingSecret, startLoneStorage, tokenOf, type LoneStorage } from './storage-server.ts';

let bucket: string;
beforeAll(async () => {
	bucket = await newBucket('signed');
	given(await files().upload('a (1)/b.txt', 'secret', { contentType: 'text/plain' }));
	given(await files().upload('other.txt', 'other secret'));
});
const files = () => operator().storage.from(bucket);

const read = async (token: string, name = 'other.txt') => {
	const answer = await call(`/object/sign/${bucket}/${name}?token=${token}`, { key: '' });
	return { status: answer.status, text: await answer.text() };
};
const tokenIn = (url: string) => new URL(url).searchParams.get('token') ?? '';

test('whoever has a signed address reads that file, until it ends', async () => {
	const { signedUrl } = given(await files().createSignedUrl('a (1)/b.txt', 60));
	const answer = await fetch(signedUrl);
	expect([answer.status, await answer.text()]).toEqual([200, 'secret']);
	const expires = Date.parse(answer.headers.get('expires') ?? '');
	expect(Math.abs(expires - Date.now() - 60_000)).toBeLessThan(5_000);
	expect((await fetch(signedUrl, { headers: { range: 'bytes=0-2' } })).status).toBe(206);
	expect((await fetch(signedUrl, { method: 'HEAD' })).headers.get('content-length')).toBe('6');
	const named = given(await files().createSignedUrl('other.txt', 60, { download: 'mine.txt' }));
	expect((await fetch(named.signedUrl)).headers.get('content-disposition')).toContain('filename=mine.txt');

	const short = tokenIn(given(await files().createSignedUrl('other.txt', 2)).signedUrl);
	expect(await read(short)).toEqual({ status: 200, text: 'other secret' });
	await expect.poll(async () => (await read(short)).status, { timeout: 15_000 }).toBe(400);
	expect(JSON.parse((await read(short)).text)).toMatchObject({ code: 'InvalidJWT', message: '"exp" claim timestamp check failed' });
});

test('many addresses at once, with an error for each file that is not there', async () => {
	const signed = given(await files().createSignedUrls(['other.txt', 'nothing.txt', 'a (1)/b.txt'], 60));
	expect(signed.map(({ error, path }) => [path, error])).toEqual([
		['other.txt', null],
		['nothing.txt', 'Either the object does not exist or you do not have access to it'],
		['a (1)/b.txt', null]
	]);
	expect(signed[1]?.signedUrl).toBeNull();
	expect(await (await fetch(signed[2]?.signedUrl ?? '')).text()).toBe('secret');
	expect((await files().createSignedUrl('nothing.txt', 60)).error).toMatchObject({ statusCode: '404', message: 'Object not found' });
	expect((await files().createSignedUrl('other.txt', 0)).error).toMatchObject({ message: 'body/expiresIn must be >= 1' });
	expect((await files().createSignedUrl('other.txt', 1e15)).error).toMatchObject({ message: 'Invalid Parameter expiresIn' });
});

test('an address cannot be forged, bent to another file or used for writing', async () => {
	const token = tokenIn(given(await files().createSignedUrl('a (1)/b.txt', 60)).signedUrl);
	expect(await read(token)).toMatchObject({ status: 400, text: expect.stringContaining('"InvalidSignature"') });
	const [header, , signature] = token.split('.');
	const payload = Buffer.from(JSON.stringify({ url: `${bucket}/other.txt`, scope: 'download', exp: 4e9 })).toString('base64url');
	const none = Buffer.from('{"alg":"none"}').toString('base64url');
	const attempts = [`${header}.${payload}.${signature}`, `${none}.${payload}.`, '', 'x'];
	for (const attempt of attempts) expect((await read(attempt)).status, attempt).toBe(400);
	const noToken = await call(`/object/sign/${bucket}/other.txt`, { key: '' });
	expect([noToken.status, await noToken.json()]).toMatchObject([400, { message: "querystring must have required property 'token'" }]);

	const written = await visitor().storage.from(bucket).uploadToSignedUrl('a (1)/b.txt', token, 'overwritten');
	expect(written.error).toMatchObject({ code: 'InvalidSignature', message: 'Token is not scoped for upload' });
	expect(await read(token, 'a%20(1)/b.txt')).toEqual({ status: 200, text: 'secret' });
	// Nor does it open anything as a bearer token.
	expect((await call(`/object/${bucket}/other.txt`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
});

test('a signed upload address takes one file of that name', async () => {
	const { signedUrl, token, path } = given(await files().createSignedUploadUrl('in/box.txt'));
	expect(path).toBe('in/box.txt');
	expect(new URL(signedUrl).pathname).toBe(`/storage/v1/object/upload/sign/${bucket}/in/box.txt`);
	const guest = visitor().storage.from(bucket);
	expect((await guest.uploadToSignedUrl('in/other.txt', token, 'x')).error).toMatchObject({ code: 'InvalidSignature' });
	const uploaded = given(await guest.uploadToSignedUrl(path, token, new Blob(['from outside']), { metadata: { by: 'guest' } }));
	expect(uploaded).toEqual({ path, fullPath: `${bucket}/in/box.txt` });
	expect(await given(await files().download(path)).text()).toBe('from outside');
	expect(given(await files().info(path)).metadata).toEqual({ by: 'guest' });

	expect((await guest.uploadToSignedUrl(path, token, 'again')).error).toMatchObject({ statusCode: '409', code: 'KeyAlreadyExists' });
	expect((await guest.uploadToSignedUrl(path, token, 'again', { upsert: true })).error).toMatchObject({ statusCode: '409' });
	expect((await files().createSignedUploadUrl(path)).error).toMatchObject({ statusCode: '409' });
	expect(await read(token, path)).toMatchObject({ status: 400, text: expect.stringContaining('not scoped for download') });
	expect(await given(await files().download(path)).text()).toBe('from outside');

	const again = given(await files().createSignedUploadUrl(path, { upsert: true }));
	given(await guest.uploadToSignedUrl(path, again.token, 'replaced'));
	expect(await given(await files().download(path)).text()).toBe('replaced');
});

describe.runIf(isLocal)('tokens that only the service could have signed (need its secret)', () => {
	let lone: LoneStorage;
	const bucket = `forged-${randomUUID()}`;
	beforeAll(async () => {
		lone = await startLoneStorage();
		given(await operator(lone).storage.createBucket(bucket));
		given(await loneFiles().upload('other.txt', 'other secret'));
	});
	afterAll(() => lone.stop());
	const loneFiles = (client = operator(lone)) => client.storage.from(bucket);
	const statusOf = async (token: string) => (await call(`/object/sign/${bucket}/other.txt?token=${token}`, { door: lone, key: '' })).status;

	/** A token as the service signs it, but for what the test says. */
	function forged(claims: Record<string, unknown>, { secret = signingSecret, seconds = 60 } = {}): Promise<string> {
		const now = Math.floor(Date.now() / 1000);
		return new SignJWT({ url: `${bucket}/other.txt`, scope: 'download', ...claims })
			.setProtectedHeader({ alg: 'HS256' })
			.setExpirationTime(now + seconds)
			.sign(new TextEncoder().encode(secret));
	}

	test('what a good one lacks keeps the file closed', async () => {
		expect(await statusOf(await forged({}))).toBe(200);
		const attempts = [
			await forged({}, { seconds: -1 }),
			await forged({}, { secret: 'another secret of thirty-two bytes or more' }),
			await forged({ scope: undefined }),
			await forged({ scope: 'upload', upsert: true }),
			await forged({ url: bucket }),
			await tokenOf(randomUUID(), { url: `${bucket}/other.txt`, scope: 'download' })
		];
		for (const attempt of attempts) expect(await statusOf(attempt), attempt).toBe(400);
		const over = await forged({ url: `${bucket}/late`, scope: 'upload', upsert: true }, { seconds: -1 });
		expect((await loneFiles(visitor(lone)).uploadToSignedUrl('late', over, 'x')).error).toMatchObject({ code: 'InvalidJWT' });
	});

	test('an address signed before a restart is good after it', async () => {
		const { pathname, search } = new URL(given(await loneFiles().createSignedUrl('other.txt', 60)).signedUrl);
		const upload = given(await loneFiles().createSignedUploadUrl('after restart'));
		await lone.restart();
		expect(await (await fetch(`${lone.apiUrl}${pathname}${search}`)).text()).toBe('other secret');
		given(await loneFiles(visitor(lone)).uploadToSignedUrl('after restart', upload.token, 'x'));
	});
});
