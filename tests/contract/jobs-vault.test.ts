import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import postgres from 'postgres';
import { afterEach, expect } from 'vitest';
import { installExtensions } from '../../embedded/jobs/index.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { only } from './jobs-clients.ts';
import { jobsServer, postgresProgram } from './jobs-server.ts';
import { embeddedTest as test } from './local.ts';

const platform = jobsServer();
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	await platform.use().sql`delete from vault.secrets`;
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function createSecret(secret: string, name: string): Promise<string> {
	return only(await platform.use().sql<{ id: string }[]>`select vault.create_secret(${secret}, ${name}, 'for a test') as id`).id;
}

test('a user who is none of the API’s reaches nothing in the vault', async () => {
	const { admin, as } = platform.use();
	await admin`create role stranger login`;
	await as('stranger', async (own) => {
		for (const attack of ['select * from vault.secrets', 'select * from vault.decrypted_secrets', "select vault.create_secret('x')"])
			await expect(own.unsafe(attack), attack).rejects.toMatchObject({ code: '42501' });
	});
});

test('on disk there is neither secret nor key but in the one file, and a copied or changed secret does not open', async () => {
	const { sql, admin, folder } = platform.use();
	const secret = 'a-secret-that-can-be-found-by-looking-for-it';
	const first = await createSecret(secret, 'first');
	const second = await createSecret(secret, 'second');
	await admin`checkpoint`;
	const grep = (text: string) => spawnSync('grep', ['-rlaF', text, folder], { encoding: 'utf8' }).stdout.trim();
	expect(grep('for a test')).not.toBe('');
	expect(grep(secret)).toBe('');
	const key = (await readFile(join(folder, 'cluster/vault.key'), 'utf8')).trim();
	expect(key).toMatch(/^[0-9a-f]{64}$/);
	expect(grep(key)).toBe(join(folder, 'cluster/vault.key'));
	expect((await stat(join(folder, 'cluster'))).mode & 0o077).toBe(0);

	const rows = await sql`select secret from vault.secrets`;
	expect(new Set(rows.map((row) => row.secret)).size).toBe(2);
	await admin`update vault.secrets set secret = (select secret from vault.secrets where id = ${first}), nonce = (select nonce from vault.secrets where id = ${first}) where id = ${second}`;
	await expect(sql`select decrypted_secret from vault.decrypted_secrets where id = ${second}`).rejects.toThrow('invalid ciphertext');
	const stored = Buffer.from(only(await sql`select secret from vault.secrets where id = ${first}`).secret, 'base64');
	for (const place of [0, 31, 32, stored.length - 1]) {
		const changed = Buffer.from(stored);
		changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
		await admin`update vault.secrets set secret = ${changed.toString('base64')} where id = ${first}`;
		await expect(sql`select decrypted_secret from vault.decrypted_secrets where id = ${first}`).rejects.toThrow('invalid ciphertext');
	}
});

test('a copy of the database reads the same secrets; without the key’s file nobody does', async () => {
	const { admin, folder, server } = platform.use();
	await server.createDatabase('holder');
	const holder = postgres(server.adminUrl('holder'), { max: 1, onnotice: () => {} });
	await holder`create extension supabase_vault cascade`;
	await holder`select vault.create_secret('shared', 'one')`;
	await holder.end();
	await server.createDatabase('reader', { template: 'holder' });
	const reader = postgres(server.adminUrl('reader'), { max: 1, onnotice: () => {} });
	cleanUps.push(() => reader.end());
	const read = async () => only(await reader`select decrypted_secret from vault.decrypted_secrets`).decrypted_secret;
	expect(await read()).toBe('shared');
	const file = join(folder, 'cluster/vault.key');
	await rename(file, `${file}.away`);
	try {
		await expect(read()).rejects.toThrow('the key of the vault is missing');
	} finally {
		await rename(`${file}.away`, file);
	}
	expect(await read()).toBe('shared');
	expect(only(await admin`select count(*)::int as keys from pg_ls_dir('.') as f where f like 'vault.key%'`).keys).toBe(1);
});

test('whoever owns the schema beforehand does not own the vault', async () => {
	const { server } = platform.use();
	await server.createDatabase('taken');
	const sql = postgres(server.url('taken'), { max: 1, onnotice: () => {} });
	cleanUps.push(() => sql.end());
	await sql`create schema vault`;
	await sql`create extension if not exists supabase_vault with schema vault cascade`;
	expect(only(await sql`select nspowner::regrole::text as owner from pg_namespace where nspname = 'vault'`).owner).toBe('supabase_admin');
	await expect(sql`drop table vault.secrets`).rejects.toMatchObject({ code: '42501' });
	// Functions laid in wait where the extension is made are not called by it.
	await sql`create schema ambush`;
	await sql`
		create function ambush.pg_extension_config_dump(text, text) returns void
		language plpgsql as 'begin alter role postgres superuser; end'`;
	await sql`create extension pg_cron with schema ambush`;
	await sql`create extension pg_net with schema ambush`;
	expect(only(await sql`select rolsuper from pg_roles where rolname = 'postgres'`).rolsuper).toBe(false);
});

async function fakeServer(): Promise<{ program: string; extensionFolder: string; root: string }> {
	const folder = await scratchFolder('extensions');
	cleanUps.push(folder.remove);
	const extensionFolder = join(folder.path, 'share/postgresql/extension');
	await mkdir(extensionFolder, { recursive: true });
	const real = join(dirname(dirname(postgresProgram())), 'share/postgresql/extension/plpgsql.control');
	await cp(real, join(extensionFolder, 'plpgsql.control'));
	return { program: join(folder.path, 'bin/postgres'), extensionFolder, root: folder.path };
}

test('the extensions are put beside the server’s own, once, and again only when they differ', async () => {
	const { program, extensionFolder } = await fakeServer();
	installExtensions(program);
	const names = [
		'http--1.6.sql',
		'http.control',
		'pg_cron--1.6.4.sql',
		'pg_cron.control',
		'pg_net--0.19.5.sql',
		'pg_net.control',
		'pgjwt--0.2.0.sql',
		'pgjwt.control',
		'supabase_vault--0.3.1.sql',
		'supabase_vault.control'
	];
	expect((await readdir(extensionFolder)).sort()).toEqual([...names, 'plpgsql.control'].sort());
	const times = async () => Promise.all(names.map(async (name) => (await stat(join(extensionFolder, name))).ino));
	const before = await times();
	installExtensions(program);
	expect(await times()).toEqual(before);
	await writeFile(join(extensionFolder, 'pg_net.control'), 'half');
	installExtensions(program);
	expect(await readFile(join(extensionFolder, 'pg_net.control'), 'utf8')).toContain('trusted = true');
	expect((await times()).filter((inode, index) => inode !== before[index])).toHaveLength(1);
});

test('a folder that cannot be written to is fine when nothing has to be, and refused when something has', async () => {
	const { program, extensionFolder, root } = await fakeServer();
	installExtensions(program);
	await chmod(extensionFolder, 0o555);
	installExtensions(program);
	await chmod(extensionFolder, 0o755);
	await writeFile(join(extensionFolder, 'plpgsql.control'), '');
	// A file where the folder of the partial file would be: refused for everybody, root too.
	const taken = join(extensionFolder, `pg_cron.control.${process.pid}`);
	await mkdir(taken);
	await writeFile(join(extensionFolder, 'pg_cron.control'), 'old');
	expect(() => installExtensions(program)).toThrow(
		expect.objectContaining({ code: 'extension_folder_readonly', fix: expect.stringContaining('writable') })
	);
	expect(await readFile(join(extensionFolder, 'pg_cron.control'), 'utf8')).toBe('old');
	expect(() => installExtensions(join(root, 'elsewhere/bin/postgres'))).toThrow(
		expect.objectContaining({ code: 'extension_folder_missing' })
	);
});
