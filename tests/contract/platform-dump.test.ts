import { createClient } from '@supabase/supabase-js';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dumpData, restoreData } from '../../embedded/data/index.ts';
import { startPlatform, type Platform } from '../../embedded/platform.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { createPerson, must, serviceClient } from '../support/workspace.ts';

/** A whole database is written, restored and started, while others use the machine. */
vi.setConfig({ testTimeout: 120_000 });

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
beforeAll(async () => void (scratch = await scratchFolder('dump')));
afterAll(() => scratch.remove());

/** A migration of its own project, so that a dump has a schema that a restore must know. */
async function migrationsIn(name: string, files: Record<string, string>): Promise<string> {
	const folder = join(scratch.path, name);
	await mkdir(folder, { recursive: true });
	for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
	return folder;
}

const start = (dataDir: string, migrationsDir: string): Promise<Platform> =>
	startPlatform({ dataDir, migrationsDir, apiPort: 0, dbPort: 0, durable: false });

async function asking<T>(url: string, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	const sql = postgres(url, { max: 1, onnotice: () => {} });
	try {
		return await ask(sql);
	} finally {
		await sql.end();
	}
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

test('a dump taken while everybody writes restores to one moment, with keys, sessions, secrets, mail and files', async () => {
	const migrationsDir = await migrationsIn('entries', {
		'1_entries.sql': `
			create table public.entries (writer int, turn int, primary key (writer, turn));
			grant all on public.entries to service_role;
			create extension if not exists supabase_vault;`
	});
	const source = join(scratch.path, 'source');
	const platform = await start(source, migrationsDir);
	const service = serviceClient(platform);
	const person = await createPerson(platform);
	must(await service.storage.createBucket('papers', { public: true }));
	await asking(platform.dbUrl, (sql) => sql`select vault.create_secret('the secret', 'kept')`);
	const post = createTransport({ host: '127.0.0.1', port: platform.smtpPort });
	await post.sendMail({ from: 'a@example.test', to: 'b@example.test', subject: 'kept letter', text: 'hello' });

	const rest = createClient(platform.apiUrl, platform.secretKey, { auth: { persistSession: false } });
	let writing = true;
	const acknowledged = [0, 0, 0, 0];
	const insert = async (writer: number) => {
		for (let turn = 1; writing; turn += 1) {
			must(await rest.from('entries').insert({ writer, turn }).select());
			acknowledged[writer] = turn;
		}
	};
	// Each name is replaced all the time and removed now and then: files come and go while the dump is made.
	const upload = async (writer: number) => {
		for (let turn = 1; writing; turn += 1) {
			const name = `worker-${writer}/${turn % 3}`;
			if (turn % 7 === 0) must(await rest.storage.from('papers').remove([name]));
			else must(await rest.storage.from('papers').upload(name, randomBytes(20_000), { upsert: true }));
		}
	};
	const writers = Promise.all([0, 1, 2, 3].flatMap((writer) => [insert(writer), upload(writer)]));
	await expect.poll(() => Math.min(...acknowledged), { timeout: 20_000 }).toBeGreaterThan(5);
	const before = [...acknowledged];
	const file = join(scratch.path, 'under-load.tar.gz');
	const dumped = await dumpData({ dataDir: source, file });
	writing = false;
	await writers;
	await platform.stop();
	expect(dumped.missing).toBe(0);
	expect((await stat(file)).mode & 0o777).toBe(0o600);
	expect(await readdir(source), 'nothing is left of it').not.toContainEqual(expect.stringMatching(/^dumping/));

	const restored = join(scratch.path, 'restored');
	await restoreData({ dataDir: restored, file, force: false, migrationsDir });
	const filesOnDisk = await readdir(join(restored, 'storage', 'files'));
	const again = await start(restored, migrationsDir);
	try {
		expect(again.publishableKey).toBe(platform.publishableKey);
		const rows = await asking(
			again.dbUrl,
			(sql) => sql`select writer, max(turn) as last, count(*)::int as rows from entries group by writer order by writer`
		);
		for (const [writer, { last, rows: count }] of rows.entries()) {
			expect(count, 'no turn between is missing').toBe(last);
			expect(last).toBeGreaterThanOrEqual(before[writer] ?? Infinity);
		}
		expect(rows).toHaveLength(4);

		const objects = await asking(again.dbUrl, (sql) => sql`select name, version, metadata ->> 'eTag' as etag from storage.objects`);
		expect(objects.map(({ version }) => version).toSorted()).toEqual(filesOnDisk.toSorted());
		expect(objects.length).toBe(dumped.files);
		for (const { name, etag } of objects) {
			const content = await fetch(`${again.apiUrl}/storage/v1/object/public/papers/${name}`);
			expect([content.status, `"${md5(new Uint8Array(await content.arrayBuffer()))}"`]).toEqual([200, etag]);
		}

		const { data } = await person.client.auth.getSession();
		const client = createClient(again.apiUrl, again.publishableKey, { auth: { persistSession: false, autoRefreshToken: false } });
		const { user } = must(await client.auth.setSession(data.session ?? { access_token: '', refresh_token: '' }));
		expect(user?.id, 'who was signed in still is').toBe(person.id);
		expect(must(await client.auth.refreshSession()).user?.id).toBe(person.id);
		const secrets = await asking(again.dbUrl, (sql) => sql`select decrypted_secret from vault.decrypted_secrets where name = 'kept'`);
		expect(secrets).toEqual([{ decrypted_secret: 'the secret' }]);
		const letters = await fetch(`${again.mailUrl}/messages/outbound?count=10&offset=0`, {
			headers: { accept: 'application/json', 'x-postmark-server-token': again.postmarkToken }
		});
		expect(await letters.json()).toMatchObject({ Messages: expect.arrayContaining([expect.objectContaining({ Subject: 'kept letter' })]) });
	} finally {
		await again.stop();
	}
});

test('a stopped platform can be dumped; nothing is overwritten, and without data there is nothing to dump', async () => {
	const source = join(scratch.path, 'source');
	const file = join(scratch.path, 'stopped.tar.gz');
	expect(await dumpData({ dataDir: source, file })).toMatchObject({ missing: 0 });
	await expect(dumpData({ dataDir: source, file })).rejects.toMatchObject({ code: 'file_exists' });
	const nowhere = join(scratch.path, `nowhere-${randomUUID()}`);
	await expect(dumpData({ dataDir: nowhere, file: `${nowhere}.tar.gz` })).rejects.toMatchObject({ code: 'no_data' });
	expect(await readdir(scratch.path)).not.toContainEqual(expect.stringMatching(/nowhere|\.tar\.gz\./));
	expect((await readFile(file)).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
});
