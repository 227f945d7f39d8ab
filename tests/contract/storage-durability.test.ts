import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createStorage } from '../../embedded/storage/index.ts';
import { given, operator, type Door } from './storage-clients.ts';
import { person, secretKey, signingSecret, startLoneStorage, type LoneStorage } from './storage-server.ts';
import { embeddedTest as test } from './local.ts';

let lone: LoneStorage;
let bucket: string;
beforeAll(async () => void (lone = await startLoneStorage()));
afterAll(() => lone.stop());
beforeEach(async () => {
	bucket = `durable-${randomUUID()}`;
	given(await operator(lone).storage.createBucket(bucket));
});

const processes: ChildProcess[] = [];
afterEach(async () => {
	for (const child of processes.splice(0)) await kill(child);
});

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGKILL');
	await once(child, 'exit');
}

const files = () => operator(lone).storage.from(bucket);
const onDisk = () => readdir(join(lone.folder, 'files'));
const named = async () => (await lone.sql<{ version: string }[]>`select version from storage.objects`).map(({ version }) => version);

/** The service in another process, over the same rows and files as this test's. */
async function startProgram(): Promise<Door & { child: ChildProcess }> {
	const program = fileURLToPath(new URL('./storage-program.ts', import.meta.url));
	const child = spawn(process.execPath, [program, lone.storageUrl, lone.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
	processes.push(child);
	const [line] = await once(createInterface(child.stdout), 'line');
	const { port, key } = JSON.parse(String(line));
	return { ...lone, child, apiUrl: `http://127.0.0.1:${port}`, secretKey: key };
}

test('a kill at any moment leaves no row without its file, and no file without a row after the next start', async () => {
	/** What the service acknowledged last, by name; undefined for a file that was removed. */
	const acknowledged = new Map<string, string | undefined>();
	/** Names whose last work nobody answered: both outcomes are right. */
	const unsure = new Set<string>();
	const hash = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

	for (let round = 0; round < 5; round += 1) {
		const program = await startProgram();
		const client = operator(program).storage.from(bucket);
		let running = true;
		/** The kill comes upon one answer, in the middle of what the others do. */
		let answersLeft = randomInt(3, 40);
		const work = async (worker: number) => {
			for (let turn = 0; running; turn += 1) {
				const name = `worker-${worker}/${turn % 4}`;
				const bytes = randomBytes(randomInt(1, 200_000));
				unsure.add(name);
				const isRemoval = turn % 5 === 4;
				const { error } = await (isRemoval ? client.remove([name]) : client.upload(name, bytes, { upsert: true })).catch(
					(error: unknown) => ({ error })
				);
				if (error) continue;
				acknowledged.set(name, isRemoval ? undefined : hash(bytes));
				unsure.delete(name);
				answersLeft -= 1;
				if (answersLeft > 0 || !running) continue;
				running = false;
				await kill(program.child);
			}
		};
		await Promise.all([1, 2, 3, 4].map(work));

		await lone.restart();
		expect((await onDisk()).toSorted()).toEqual((await named()).toSorted());
		expect(await readdir(join(lone.folder, 'incoming'))).toEqual([]);
		for (const [name, sum] of acknowledged) {
			if (unsure.has(name)) continue;
			const { data } = await files().download(name);
			expect([name, data ? hash(new Uint8Array(await data.arrayBuffer())) : undefined]).toEqual([name, sum]);
		}
		for (const { version, metadata } of await lone.sql`select version, metadata from storage.objects`) {
			expect(hash(await readFile(join(lone.folder, 'files', version)))).toBe(metadata.eTag.replaceAll('"', ''));
		}
	}
	expect(acknowledged.size).toBeGreaterThan(0);
});

test('of many who want one name at once one gets it', async () => {
	const bodies = Array.from({ length: 8 }, () => randomBytes(50_000));
	const results = await Promise.all(bodies.map((body) => files().upload('one', body)));
	const [winner, ...others] = bodies.flatMap((body, index) => (results[index]?.error ? [] : [body]));
	expect(others).toEqual([]);
	for (const { error } of results) if (error) expect(error).toMatchObject({ statusCode: '409', code: 'KeyAlreadyExists' });
	expect(Buffer.from(await given(await files().download('one')).arrayBuffer())).toEqual(winner);
	expect((await onDisk()).toSorted()).toEqual((await named()).toSorted());
});

test('of many who replace a file at once the last is there whole, and readers always see a whole one', async () => {
	const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(300_000, index + 1));
	given(await files().upload('one', Buffer.alloc(300_000, 0)));
	let writing = true;
	const read = async () => {
		const seen: Buffer[] = [];
		while (writing) seen.push(Buffer.from(await given(await files().download('one')).arrayBuffer()));
		return seen;
	};
	const readers = [read(), read()];
	for (const result of await Promise.all(bodies.map((body) => files().upload('one', body, { upsert: true })))) given(result);
	writing = false;
	const last = Buffer.from(await given(await files().download('one')).arrayBuffer());
	for (const seen of [last, ...(await Promise.all(readers)).flat()]) {
		expect(seen.equals(Buffer.alloc(300_000, seen[0]))).toBe(true);
	}
	expect(last[0]).toBeGreaterThan(0);
	expect((await onDisk()).toSorted()).toEqual((await named()).toSorted());
});

test('a file replaced between its row and its bytes is read anew', async () => {
	// A policy that waits for the test holds the reader after it found the row.
	await lone.sql.unsafe(`
		create function public.wait_for_test() returns boolean language plpgsql as $$
			begin perform pg_advisory_xact_lock_shared(42); return true; end $$;
		create policy "readers wait" on storage.objects for select to authenticated
			using (bucket_id = '${bucket}' and public.wait_for_test());
	`);
	given(await files().upload('one', 'old'));
	const holder = await lone.sql.reserve();
	try {
		await holder`select pg_advisory_lock(42)`;
		const reading = person(lone, randomUUID())
			.storage.from(bucket)
			.download('one')
			.then((answer) => given(answer).text());
		const waiting = () => lone.sql`select from pg_locks where locktype = 'advisory' and objid = 42 and not granted`;
		await expect.poll(waiting).toHaveLength(1);
		given(await files().upload('one', 'new', { upsert: true }));
		await holder`select pg_advisory_unlock(42)`;
		expect(await reading).toBe('new');
	} finally {
		holder.release();
		await lone.sql`drop policy "readers wait" on storage.objects`;
	}
});

test('a start sweeps what no row names, and leaves what it did not make', async () => {
	given(await files().upload('kept', 'kept'));
	const stray = randomUUID();
	await writeFile(join(lone.folder, 'files', stray), 'stray');
	await writeFile(join(lone.folder, 'files', 'notes.txt'), 'not ours');
	await writeFile(join(lone.folder, 'incoming', randomUUID()), 'half');
	await lone.restart();
	const left = await onDisk();
	expect(left).toContain('notes.txt');
	await rm(join(lone.folder, 'files', 'notes.txt'));
	expect(left).not.toContain(stray);
	expect(await readdir(join(lone.folder, 'incoming'))).toEqual([]);
	expect(await given(await files().download('kept')).text()).toBe('kept');
});

/** The service in this process, with a body given chunk by chunk. */
async function uploadStream(folder: string, chunks: AsyncGenerator<Uint8Array>, headers: Record<string, string>): Promise<Response> {
	const storage = await createStorage({ url: lone.storageUrl, folder, signingSecret, fileSizeLimit: 1e9 });
	try {
		const body = new ReadableStream<Uint8Array>({
			async pull(controller) {
				const { done, value } = await chunks.next();
				if (done) controller.close();
				else controller.enqueue(value);
			}
		});
		const init = { method: 'POST', body, headers, duplex: 'half' };
		const request = new Request(`http://storage/storage/v1/object/${bucket}/streamed`, init);
		return await storage.fetch(request, { role: 'service_role', claims: { role: 'service_role' } });
	} finally {
		await storage.stop();
	}
}

test('an upload that breaks off leaves nothing', async () => {
	async function* broken() {
		yield randomBytes(1000);
		throw new Error('the connection broke');
	}
	async function* short() {
		yield randomBytes(1000);
	}
	const folder = join(lone.folder, 'second');
	expect((await uploadStream(folder, broken(), { 'content-type': 'text/plain' })).status).toBe(500);
	const cut = await uploadStream(folder, short(), { 'content-type': 'text/plain', 'content-length': '2000' });
	expect([cut.status, await cut.json()]).toMatchObject([400, { message: 'Request stream closed before upload could complete' }]);
	expect(await readdir(join(folder, 'files'))).toEqual([]);
	expect(await readdir(join(folder, 'incoming'))).toEqual([]);
	expect(await lone.sql`select from storage.objects where bucket_id = ${bucket}`).toHaveLength(0);
});

test('a client that leaves in the middle of its upload leaves nothing', async () => {
	const leaving = new AbortController();
	async function* endless() {
		for (;;) yield randomBytes(1000);
	}
	const chunks = endless();
	const body = new ReadableStream<Uint8Array>({
		async pull(controller) {
			const { value } = await chunks.next();
			if (value) controller.enqueue(value);
			// Something of it has arrived: the client goes.
			if ((await readdir(join(lone.folder, 'incoming'))).length > 0) leaving.abort();
		}
	});
	const init = {
		method: 'POST',
		body,
		duplex: 'half',
		signal: leaving.signal,
		headers: { apikey: secretKey, 'content-type': 'video/mp4' }
	};
	await expect(fetch(`${lone.apiUrl}/storage/v1/object/${bucket}/gone`, init)).rejects.toThrow();
	await expect.poll(() => readdir(join(lone.folder, 'incoming'))).toEqual([]);
	expect((await onDisk()).toSorted()).toEqual((await named()).toSorted());
	expect((await files().download('gone')).error).toMatchObject({ statusCode: '404' });
});

test('a reader who leaves lets go of the file', async () => {
	given(await files().upload('long', randomBytes(1_000_000)));
	const storage = await createStorage({ url: lone.storageUrl, folder: lone.folder, signingSecret, fileSizeLimit: 1e9 });
	const ask = (signal?: AbortSignal) =>
		storage.fetch(new Request(`http://storage/storage/v1/object/${bucket}/long`, signal ? { signal } : {}), {
			role: 'service_role',
			claims: { role: 'service_role' }
		});
	try {
		expect((await (await ask()).arrayBuffer()).byteLength).toBe(1_000_000);
		const open = async () => (await readdir('/dev/fd')).length;
		const before = await open();
		const leaving = new AbortController();
		const unread = [await ask(leaving.signal), await ask(leaving.signal)];
		const cancelled = await ask();
		expect(await open()).toBe(before + 3);
		leaving.abort();
		await cancelled.body?.cancel();
		await expect.poll(open).toBe(before);
		await expect(unread[0]?.arrayBuffer()).rejects.toThrow();
	} finally {
		await storage.stop();
	}
});

test('a large upload goes to the disk as it comes, as a form and as it is', async () => {
	const chunk = randomBytes(65_536);
	const count = 2_500;
	const start = process.memoryUsage().rss;
	let most = start;
	async function* content(head = '', tail = '') {
		yield Buffer.from(head);
		for (let index = 0; index < count; index += 1) {
			most = Math.max(most, process.memoryUsage().rss);
			yield chunk;
		}
		yield Buffer.from(tail);
	}
	const folder = join(lone.folder, 'third');
	const form = content('--X\r\ncontent-disposition: form-data; name=""; filename="a"\r\n\r\n', '\r\n--X--\r\n');
	expect((await uploadStream(folder, form, { 'content-type': 'multipart/form-data; boundary=X' })).status).toBe(200);
	expect((await uploadStream(folder, content(), { 'content-type': 'video/mp4', 'x-upsert': 'true' })).status).toBe(200);
	const [row] = await lone.sql`select (metadata ->> 'size')::int as size from storage.objects where bucket_id = ${bucket}`;
	expect(row?.size).toBe(count * chunk.length);
	// 160 MB came in, twice.
	expect(most - start).toBeLessThan(80 * 2 ** 20);
});
