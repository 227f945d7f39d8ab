import type { ISql } from 'postgres';
import { beforeAll, expect, inject, test } from 'vitest';
import { databaseUnderTest, only, soon } from './jobs-clients.ts';
import { bucketName, given, newBucket, operator } from './storage-clients.ts';

/* pg_net as a project's `postgres` meets it. What it calls is the project's own API, which its database reaches wherever both are. */
const { apiUrlFromDatabase, secretKey } = inject('platform');
const storage = `${apiUrlFromDatabase}/storage/v1`;
const sql = databaseUnderTest();
let bucket: string;

beforeAll(async () => {
	bucket = await newBucket('net', { public: true });
	given(await operator().storage.from(bucket).upload('file.txt', 'from the project', { contentType: 'text/plain' }));
});

const opened = { 'Content-Type': 'application/json', apikey: secretKey };

async function responseTo(id: string) {
	await expect.poll(() => sql`select from net._http_response where id = ${id}`, soon).toHaveLength(1);
	return only(await sql`select status_code, content_type, headers, content, timed_out, error_msg from net._http_response where id = ${id}`);
}

const post = async (path: string, body: object, db: ISql = sql) =>
	only(
		await db<
			{ id: string }[]
		>`select net.http_post(${`${storage}${path}`}, body := ${db.json({ ...body })}, headers := ${db.json(opened)}) as id`
	).id;

test('a request goes out as it was asked for, and its answer is kept', async () => {
	const { id } = only(
		await sql<
			{ id: string }[]
		>`select net.http_get(${`${storage}/object/public/${bucket}/file.txt`}, params := '{"download": "ä.txt"}') as id`
	);
	expect(await responseTo(id)).toEqual({
		status_code: 200,
		content_type: 'text/plain',
		headers: expect.objectContaining({ 'content-disposition': expect.stringContaining('filename=%C3%A4.txt') }),
		content: 'from the project',
		timed_out: false,
		error_msg: null
	});
	const listed = await responseTo(await post(`/object/list/${bucket}`, { prefix: '' }));
	expect([listed.status_code, JSON.parse(listed.content)]).toEqual([200, [expect.objectContaining({ name: 'file.txt' })]]);
	expect(only(await sql`select (net._http_collect_response(${id})).*`)).toMatchObject({ status: 'SUCCESS', message: 'ok' });
});

test('nothing is sent before the commit, and nothing at all after a rollback', async () => {
	const { storage: buckets } = operator();
	const [never, late, other] = [bucketName('never'), bucketName('late'), bucketName('other')];
	const isThere = async (name: string) => (await buckets.getBucket(name)).error === null;
	const rolledBack = sql.begin(async (tx) => {
		await post('/bucket', { name: never }, tx);
		throw new Error('no');
	});
	await expect(rolledBack).rejects.toThrow('no');
	await sql.begin(async (tx) => {
		await post('/bucket', { name: late }, tx);
		// Another transaction's request overtakes this one.
		expect(await responseTo(await post('/bucket', { name: other }))).toMatchObject({ status_code: 200 });
		expect([await isThere(other), await isThere(late)]).toEqual([true, false]);
	});
	await expect.poll(() => isThere(late), soon).toBe(true);
	expect(await isThere(never)).toBe(false);
});

test('what goes wrong is a row that says so, or is refused when it is asked for', async () => {
	const { id } = only(await sql<{ id: string }[]>`select net.http_get('http://127.0.0.1:1/') as id`);
	expect(await responseTo(id)).toMatchObject({
		status_code: null,
		content: null,
		timed_out: false,
		error_msg: expect.stringMatching(/n.t connect to server/)
	});
	const refused = await responseTo(await post('/bucket', { name: 'a/b' }));
	expect([refused.status_code, JSON.parse(refused.content)]).toMatchObject([400, { message: 'Bucket name invalid' }]);
	await expect(sql`select net.http_get(null)`).rejects.toThrow('null value in column "url"');
	await expect(sql`select net.http_post(${storage}, headers := '{"content-type": "text/plain"}')`).rejects.toThrow(
		'must be "application/json"'
	);
});

test('every role of the API may call, as with pg_net', async () => {
	for (const role of ['anon', 'authenticated', 'service_role']) {
		const id = await sql.begin(async (tx) => {
			await tx.unsafe(`set local role ${role}`);
			return only(await tx<{ id: string }[]>`select net.http_get(${`${storage}/object/public/${bucket}/file.txt`}) as id`).id;
		});
		expect(await responseTo(id), role).toMatchObject({ status_code: 200 });
	}
});
