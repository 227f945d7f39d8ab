import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { packTar, unpackTar } from 'modern-tar';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { dumpData, finishRestore, forgetData, restoreData } from '../../embedded/data/index.ts';
import { startPlatform, type Platform } from '../../embedded/platform.ts';
import { attachPostgres, serverFolders } from '../../embedded/postgres/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { must, serviceClient } from '../support/workspace.ts';

type Entry = Awaited<ReturnType<typeof unpackTar>>[number];

/** Most of these write and start a whole database several times. */
vi.setConfig({ testTimeout: 120_000 });

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
/** A dump of a platform with one row and one stored file. */
let dump: string;
let entries: Entry[];
let migrationsDir: string;

const start = (dataDir: string): Promise<Platform> => startPlatform({ dataDir, migrationsDir, apiPort: 0, dbPort: 0, durable: false });

/** Works on the database of a data folder while no platform runs there. */
async function asking<T>(dataDir: string, ask: (sql: postgres.Sql) => Promise<T>): Promise<T> {
	const server = await attachPostgres(dataDir);
	const sql = postgres(server.adminUrl(), { max: 1 });
	try {
		return await ask(sql);
	} finally {
		await sql.end();
		await server.detach();
	}
}

async function rowsIn(dataDir: string): Promise<string[]> {
	await finishRestore(dataDir);
	return asking(dataDir, async (sql) => (await sql<{ word: string }[]>`select word from public.words`).map(({ word }) => word));
}

beforeAll(async () => {
	scratch = await scratchFolder('restore');
	migrationsDir = join(scratch.path, 'migrations');
	await mkdir(migrationsDir);
	await writeFile(join(migrationsDir, '20260101000000_words.sql'), 'create table public.words (word text);');
	const original = await folder('original');
	const platform = await start(original);
	const service = serviceClient(platform);
	must(await service.storage.createBucket('papers'));
	must(await service.storage.from('papers').upload('one.txt', 'one'));
	await platform.stop();
	await asking(original, (sql) => sql`insert into public.words values ('dumped')`);
	dump = join(scratch.path, 'whole.tar.gz');
	await dumpData({ dataDir: original, file: dump });
	entries = await unpackTar(gunzipSync(await readFile(dump)));
});
afterAll(() => scratch.remove());

/** An empty data folder, which the database's user may enter. */
async function folder(name: string): Promise<string> {
	const path = join(scratch.path, name);
	await mkdir(path);
	await chmod(path, 0o755);
	return path;
}

/** A data folder with the dumped row and one of its own. */
async function filled(name: string): Promise<string> {
	const path = await folder(name);
	await restore(path, dump);
	await asking(path, (sql) => sql`insert into public.words values (${name})`);
	return path;
}

const restore = (dataDir: string, file: string, force = false) => restoreData({ dataDir, file, force, migrationsDir });

/** Another dump, from the entries of the whole one. */
async function forged(name: string, change: (entries: Entry[]) => Entry[]): Promise<string> {
	const path = join(scratch.path, `${name}.tar.gz`);
	await writeFile(path, gzipSync(await packTar(change(entries)), { level: 1 }));
	return path;
}

/** What is refused by its first entry needs no others. */
const withFacts =
	(changes: object) =>
	([entry]: Entry[]): Entry[] => {
		const data = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(entry?.data ?? []).toString()), ...changes }));
		return [{ header: { name: 'dump.json', size: data.length }, data }];
	};

/** Everything below a folder, with size and time of change. */
async function listing(path: string): Promise<string[]> {
	const names = await readdir(path, { recursive: true });
	const facts = names.map(async (name) => {
		const facts = await stat(join(path, name));
		return `${name} ${facts.mode} ${facts.isDirectory() ? '' : `${facts.size} ${facts.mtimeMs}`}`;
	});
	return (await Promise.all(facts)).toSorted();
}

test('a dump replaces data only when told to, and then all of it', async () => {
	const target = await filled('replaced');
	await expect(restore(target, dump)).rejects.toMatchObject({ code: 'not_empty', fix: expect.stringContaining('--force') });
	expect(await rowsIn(target)).toEqual(['dumped', 'replaced']);
	await restore(target, dump, true);
	expect(await rowsIn(target)).toEqual(['dumped']);
	expect(await readdir(target)).toEqual(expect.not.arrayContaining(['restoring']));
});

test('nothing is restored under a running platform', async () => {
	const target = await filled('running');
	const platform = await start(target);
	try {
		await expect(restore(target, dump, true)).rejects.toMatchObject({
			code: 'already_running',
			message: expect.stringContaining(String(process.pid))
		});
		await expect(forgetData(target)).rejects.toMatchObject({ code: 'already_running' });
	} finally {
		await platform.stop();
	}
	expect(await rowsIn(target)).toEqual(['dumped', 'running']);
});

test('a folder that is something else is never touched', async () => {
	const target = await folder('papers');
	await mkdir(join(target, 'storage'));
	await writeFile(join(target, 'storage', 'letter.txt'), 'mine');
	for (const force of [false, true]) await expect(restore(target, dump, force)).rejects.toMatchObject({ code: 'foreign_folder' });
	await expect(forgetData(target)).rejects.toMatchObject({ code: 'foreign_folder' });
	expect(await listing(target)).toHaveLength(2);
});

test('what is damaged, foreign or too new is named, and changes nothing', async () => {
	const whole = await readFile(dump);
	const flipped = Buffer.from(whole);
	flipped[whole.length >> 1] = (flipped[whole.length >> 1] ?? 0) ^ 0xff;
	const inScratch = async (name: string, bytes: Uint8Array) => {
		await writeFile(join(scratch.path, name), bytes);
		return join(scratch.path, name);
	};
	const without = (pattern: RegExp) => (all: Entry[]) => all.filter(({ header }) => !pattern.test(header.name));
	const cases: [file: string, code: string, message: RegExp | string][] = [
		[join(scratch.path, 'missing.tar.gz'), 'no_file', 'missing.tar.gz'],
		[await inScratch('a-text.tar.gz', Buffer.from('no archive at all')), 'damaged_dump', ''],
		[await inScratch('half.tar.gz', whole.subarray(0, whole.length / 2)), 'damaged_dump', 'unexpected end'],
		[await inScratch('flipped.tar.gz', flipped), 'damaged_dump', ''],
		[await forged('other', () => [{ header: { name: 'a.txt', size: 1 }, data: Buffer.from('a') }]), 'not_a_dump', 'other.tar.gz'],
		[await forged('endless', without(/^complete/)), 'damaged_dump', 'no end'],
		[await forged('lossy', without(/^storage\/files/)), 'damaged_dump', '1 stored file is missing'],
		[await forged('rootless', without(/pg_control$/)), 'postgres_start', 'pg_control'],
		[await forged('walless', without(/pg_wal\/0/)), 'postgres_start', ''],
		[await forged('newer-layout', withFacts({ format: 99 })), 'newer_dump', '99'],
		[await forged('newer-postgres', withFacts({ postgres: '18.1' })), 'other_postgres', '18.1'],
		[await forged('other-machine', withFacts({ machine: 'plan9-mips' })), 'other_machine', 'plan9-mips'],
		[await forged('newer-schema', withFacts({ migrations: ['20260101000000', '20990101000000'] })), 'newer_schema', '20990101000000']
	];
	const target = await filled('kept');
	const before = await listing(target);
	for (const [file, code, message] of cases) {
		await expect(restore(target, file, true), file).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
		expect((await readdir(target)).toSorted(), file).toEqual(['keys.json', 'postgres', 'storage']);
	}
	expect(await listing(target)).toEqual(before);
	const empty = await folder('stays-empty');
	await expect(restore(empty, join(scratch.path, 'lossy.tar.gz'))).rejects.toMatchObject({ code: 'damaged_dump' });
	await restore(empty, dump);
	expect(await rowsIn(empty), 'a refusal leaves no obstacle').toEqual(['dumped']);
});

test('a migration that was changed since is told before anything is replaced', async () => {
	const target = await filled('changed');
	const other = await folder('changed-migrations');
	await writeFile(join(other, '20260101000000_words.sql'), 'create table public.words (word text, language text);');
	await expect(restoreData({ dataDir: target, file: dump, force: true, migrationsDir: other })).rejects.toMatchObject({
		code: 'migration_changed'
	});
	expect(await rowsIn(target)).toEqual(['dumped', 'changed']);
});

test('no entry of a hostile archive gets out of the folder, or in twice', async () => {
	const inside = await folder('hostile');
	const target = join(inside, 'data');
	const file = (name: string): Entry => ({ header: { name, size: 4 }, data: Buffer.from('evil') });
	const hostile: Entry[] = [
		file('../escaped'),
		file('storage/files/../../../escaped'),
		file('postgres/cluster/../../../escaped'),
		file(join(inside, 'escaped')),
		file('storage\\files\\..\\..\\..\\escaped'),
		file('postgres/cluster/a\nb'),
		file('postgres/owner'),
		file('run.json'),
		file('keys.json'),
		{ header: { name: 'storage/files/link', size: 0, type: 'symlink', linkname: inside } },
		{ header: { name: 'postgres/cluster/hard', size: 0, type: 'link', linkname: '/etc/passwd' } },
		{ header: { name: 'postgres/cluster/pg_wal', size: 0, type: 'symlink', linkname: inside } },
		{ header: { name: 'postgres/cluster/device', size: 0, type: 'character-device' } },
		{ header: { name: 'postgres/cluster/pipe', size: 0, type: 'fifo' } }
	];
	for (const [index, entry] of hostile.entries()) {
		const archive = await forged(`hostile-${index}`, (all) => [...all.slice(0, 3), entry]);
		await expect(restore(target, archive), entry.header.name).rejects.toMatchObject({
			code: 'damaged_dump',
			message: expect.stringMatching(/it has an entry|is a (sym)?link|is a \S+-device|is a fifo|comes twice/)
		});
		expect((await listing(inside)).map((line) => line.split(' ')[0])).toEqual(['data', 'data/postgres']);
	}
});

test.each(['dump unpacked', 'database started from it'])(
	'killed after the step "%s" it leaves the old data or the new, whole',
	async (step) => {
		const name = step.replaceAll(' ', '-');
		const target = await filled(name);
		const program = [join(import.meta.dirname, 'restore-program.ts'), target, dump, migrationsDir, step];
		const [, signal] = await once(spawn(process.execPath, program, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
		expect(signal).toBe('SIGKILL');
		expect([['dumped'], ['dumped', name]]).toContainEqual(await rowsIn(target));
		await restore(target, dump, true);
		expect(await rowsIn(target), 'and no obstacle').toEqual(['dumped']);
	}
);

test('a restore cut short while it put the parts in place is finished by the next start', async () => {
	for (const done of [0, 2, 4]) {
		const target = done === 0 ? await filled('cut') : join(scratch.path, 'cut');
		const built = await folder(`built-${done}`);
		await restore(built, dump);
		const beside = join(target, 'restoring');
		const [server = '', newServer = ''] = [serverFolders(target)[0], serverFolders(beside)[0]];
		await rename(built, beside);
		await writeFile(join(beside, 'complete'), '');
		const parts: [string, string][] = [
			[join(beside, 'keys.json'), join(target, 'keys.json')],
			[join(beside, 'storage'), join(target, 'storage')],
			[join(newServer, 'secret'), join(server, 'secret')],
			[join(newServer, 'cluster'), join(server, 'cluster')]
		];
		for (const [from, to] of parts.slice(0, done)) {
			await rm(to, { recursive: true });
			await rename(from, to);
		}
		// The next part was on its way out when it ended.
		if (parts[done]) await rm(parts[done][1], { recursive: true });
		if (done === 2) await (await start(target)).stop();
		else await finishRestore(target);
		expect(existsSync(beside), 'nobody has to ask for it again').toBe(false);
		expect(await rowsIn(target), `after ${done} of 4 parts`).toEqual(['dumped']);
		expect((await readdir(target)).toSorted()).toEqual(['keys.json', 'postgres', 'storage']);
		await asking(target, (sql) => sql`insert into public.words values ('since')`);
	}
	expect(await forgetData(join(scratch.path, 'cut'))).toBe(true);
	expect(await readdir(scratch.path)).not.toContain('cut');
});
