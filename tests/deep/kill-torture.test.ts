import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { scratchFolder } from '../support/scratch-folder.ts';

/** Kills; `ROUNDS=5` is a short run, `SEED=…` repeats the moments of an earlier one. */
const rounds = Number(process.env.ROUNDS ?? 50);
const seed = Number(process.env.SEED ?? randomInt(2 ** 31));

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function numbersFrom(start: number): () => number {
	let state = start;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
const random = numbersFrom(seed);

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let dataDir: string;
const parents: ChildProcess[] = [];
beforeAll(async () => {
	folder = await scratchFolder('torture');
	const write = async (path: string, text: string) => {
		await mkdir(join(folder.path, 'supabase', path, '..'), { recursive: true });
		await writeFile(join(folder.path, 'supabase', path), text);
	};
	await write('config.toml', '[functions.hello]\nverify_jwt = false\n');
	await write('functions/hello/index.ts', "Deno.serve(() => new Response('hello'));");
	// Nothing in the table refuses a row that comes twice: the test would see it.
	await write(
		'migrations/20260101000000_entries.sql',
		'create table public.entries (writer int not null, turn int not null); grant select, insert on public.entries to service_role;'
	);
	dataDir = join(folder.path, 'data');
	await mkdir(dataDir);
	await chmod(dataDir, 0o755);
});
afterAll(async () => {
	for (const parent of parents) parent.kill('SIGKILL');
	await vi.waitUntil(() => processesOn(dataDir).length === 0, { timeout: 20_000 });
	await folder.remove();
});

type Info = { apiUrl: string; dbUrl: string; mailUrl: string; smtpPort: number; secretKey: string };
type Running = { parent: ChildProcess; ready: Promise<Info | null>; begun: number };

/** Starts the platform below a parent; `ready` gives null when the parent was killed before. */
function start(ports: Record<string, string>): Running {
	const env = { ...process.env, NODE_ENV: '', EMBEDDED_DIR: dataDir, PROJECT_DIR: folder.path, SEED_FILE: '', ...ports };
	const parent = spawn(process.execPath, [join(import.meta.dirname, 'parent-program.ts')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
	parents.push(parent);
	const lines = createInterface(parent.stdout);
	const ready = Promise.race([once(lines, 'line').then(([line]): Info => JSON.parse(String(line))), once(parent, 'exit').then(() => null)]);
	return { parent, ready, begun: performance.now() };
}

type Process = { pid: number; parent: number; command: string };

function allProcesses(): Process[] {
	const { stdout } = spawnSync('ps', ['-ewwo', 'pid=,ppid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 });
	return stdout.split('\n').flatMap((line) => {
		const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
		return command === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
	});
}

/** A process and everything that was started below it. */
function familyOf(pid: number): Process[] {
	const all = allProcesses();
	const family = all.filter((one) => one.pid === pid);
	for (const { pid: parent } of family) family.push(...all.filter((one) => one.parent === parent));
	return family;
}

/** What a person would find running on the data folder. */
const processesOn = (path: string) => allProcesses().filter(({ command }) => command.includes(path));

const left = (family: Process[]) => {
	const living = new Map(allProcesses().map(({ pid, command }) => [pid, command]));
	return family.filter(({ pid, command }) => living.get(pid) === command);
};

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

/** What was sent, and what of it was acknowledged. A turn is sent once: what nobody answered may be there or not, but not twice. */
type Ledger = { rows: Map<string, boolean>; files: Map<string, { sum: string; isKept: boolean }> };

/** Writes rows and uploads files until the platform no longer answers. */
async function writeUntilKilled(client: SupabaseClient, ledger: Ledger, round: number): Promise<void> {
	const insert = async (writer: number) => {
		for (let turn = 0; ; turn += 1) {
			const key = `${writer} ${round * 100_000 + turn}`;
			ledger.rows.set(key, false);
			const { error } = await client.from('entries').insert({ writer, turn: round * 100_000 + turn });
			if (error) return;
			ledger.rows.set(key, true);
		}
	};
	const upload = async (writer: number) => {
		for (let turn = 0; ; turn += 1) {
			const name = `${round}/${writer}/${turn}`;
			const bytes = Buffer.alloc(1 + Math.floor(random() * 60_000), name);
			ledger.files.set(name, { sum: md5(bytes), isKept: false });
			const { error } = await client.storage.from('papers').upload(name, bytes);
			if (error) return;
			ledger.files.set(name, { sum: md5(bytes), isKept: true });
		}
	};
	await Promise.all([insert(1), insert(2), insert(3), insert(4), upload(1), upload(2)]);
}

/** Throws away nothing: every acknowledged row once, no row twice, none that was never sent. */
async function checkRows(dbUrl: string, { rows }: Ledger): Promise<void> {
	const sql = postgres(dbUrl, { max: 1 });
	const found = await sql<{ key: string; times: number }[]>`
		select writer || ' ' || turn as key, count(*)::int as times from public.entries group by 1`;
	await sql.end();
	const times = new Map(found.map(({ key, times }) => [key, times]));
	expect([...rows].filter(([key, isKept]) => isKept && times.get(key) !== 1)).toEqual([]);
	expect(found.filter(({ key, times }) => times > 1 || !rows.has(key))).toEqual([]);
}

async function checkFiles(client: SupabaseClient, { files }: Ledger, prefix: string): Promise<void> {
	for (const [name, { sum, isKept }] of files) {
		if (!name.startsWith(prefix)) continue;
		const { data, error } = await client.storage.from('papers').download(name);
		if (!data && !isKept) continue;
		expect([name, data ? md5(new Uint8Array(await data.arrayBuffer())) : error]).toEqual([name, sum]);
	}
}

test(`killed ${rounds} times at random moments (SEED=${seed}) while everybody writes, it loses and doubles nothing and comes back at once`, async () => {
	const ledger: Ledger = { rows: new Map(), files: new Map() };
	/** Milliseconds of each start, and whether the platform before it was killed too, or only lost its parent. */
	const starts: { ms: number; wasWhole: boolean }[] = [];
	let wasWhole = false;
	let addresses: Info | undefined;
	let ports: Record<string, string> = { API_PORT: '0', DB_PORT: '0', MAIL_PORT: '0', SMTP_PORT: '0' };
	let before: Process[] = [];

	for (let round = 0; round <= rounds; round += 1) {
		const running = start(ports);
		// One in five is killed before it is ready; the last one is let live.
		const isEarly = round > 0 && round < rounds && random() < 0.2;
		const moment = random() * (isEarly ? 700 : 1500);
		// The parent alone, the platform with it, which cannot even notice, or the database server too.
		const depth = Math.floor(random() * 3);
		if (isEarly) await after(moment);
		else {
			const info = await running.ready;
			if (!info) throw new Error('it did not start; what it said is above');
			if (round > 0) starts.push({ ms: performance.now() - running.begun, wasWhole });
			const { apiUrl, dbUrl, mailUrl, smtpPort, secretKey } = info;
			addresses ??= { apiUrl, dbUrl, mailUrl, smtpPort, secretKey };
			expect({ apiUrl, dbUrl, mailUrl, smtpPort, secretKey }, 'the same addresses and keys').toEqual(addresses);
			const portOf = (url: string) => new URL(url).port;
			ports = { API_PORT: portOf(apiUrl), DB_PORT: portOf(dbUrl), MAIL_PORT: portOf(mailUrl), SMTP_PORT: String(smtpPort) };
			await expect.poll(() => left(before), { timeout: 5_000, message: 'nobody is left of the killed one' }).toEqual([]);

			const client = createClient(apiUrl, secretKey, { auth: { persistSession: false } });
			if (round === 0) expect((await client.storage.createBucket('papers')).error).toBeNull();
			await checkRows(dbUrl, ledger);
			await checkFiles(client, ledger, round === rounds ? '' : `${round - 1}/`);
			expect(await (await fetch(`${apiUrl}/functions/v1/hello`)).text()).toBe('hello');
			if (round === rounds) break;
			const written = writeUntilKilled(client, ledger, round);
			await after(moment);
			before = kill(running, depth);
			wasWhole = depth > 0;
			await written;
			continue;
		}
		before = [...before, ...kill(running, depth)];
		wasWhole &&= depth > 0;
	}

	const timesOf = (some: typeof starts) => {
		const sorted = some.map(({ ms }) => Math.round(ms)).toSorted((one, other) => one - other);
		return { median: sorted[sorted.length >> 1], most: sorted.at(-1) ?? 0 };
	};
	const [rows, files] = [[...ledger.rows.values()], [...ledger.files.values()]];
	const summary = {
		...{ seed, rounds },
		rows: { sent: rows.length, acknowledged: rows.filter(Boolean).length },
		files: { sent: files.length, acknowledged: files.filter(({ isKept }) => isKept).length },
		startMs: timesOf(starts),
		afterKillOfAll: timesOf(starts.filter((one) => one.wasWhole)),
		afterKillOfParent: timesOf(starts.filter((one) => !one.wasWhole))
	};
	console.log(JSON.stringify(summary));
	expect(summary.rows.acknowledged).toBeGreaterThan(rounds);
	expect(summary.startMs.most, 'milliseconds of the slowest start').toBeLessThanOrEqual(3_000);
});

/** Kills the parent, and with it as many of those below as `depth` says; gives who lived until then. */
function kill({ parent }: Running, depth: number): Process[] {
	const family = familyOf(parent.pid ?? 0);
	parent.kill('SIGKILL');
	const below = ['embedded/main.ts', `-D ${dataDir}`]
		.slice(0, depth)
		.flatMap((part) => family.find(({ command }) => command.includes(part)) ?? []);
	for (const { pid } of below) process.kill(pid, 'SIGKILL');
	return family;
}
