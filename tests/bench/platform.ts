import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findBinaries } from '../../embedded/postgres/binaries.ts';
import { claimPort, serviceUser } from '../../embedded/postgres/index.ts';
import { startPostmaster } from '../../embedded/postgres/postmaster.ts';
import { startEmbedded } from '../../scripts/processes.mjs';
import { atMost, median, quantile, round, type Bench, type Figure } from './measure.ts';

const rounds = 5;
const idleMs = 10_000;

const execute = promisify(execFile);

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
	const started = performance.now();
	const result = await work();
	return { ms: performance.now() - started, result };
}

/** The platform as `npm start` starts it, demo workspace and all, on free ports: until it says that it is ready. */
const startPlatform = (folder: string) =>
	timed(() =>
		startEmbedded({ verbose: false, env: { EMBEDDED_DIR: folder, API_PORT: '0', DB_PORT: '0', MAIL_PORT: '0', SMTP_PORT: '0' } })
	);

async function stop(child: Awaited<ReturnType<typeof startEmbedded>>['child']): Promise<void> {
	const exited = once(child, 'exit');
	child.kill('SIGTERM');
	await exited;
}

/** What nobody can start faster than: a cluster made by `initdb`, and PostgreSQL over it until it takes connections. Milliseconds. */
async function startBarePostgres(folder: string): Promise<{ initdb: number; start: number }> {
	const user = serviceUser();
	const binaries = findBinaries(user);
	mkdirSync(folder, { mode: 0o700 });
	if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
	const cluster = join(folder, 'cluster');
	const flags = [`--pgdata=${cluster}`, '--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust'];
	const initdb = await timed(() => execute(binaries.initdb, flags, { ...user, cwd: '/', env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' } }));
	const port = await claimPort(0, 'DB_PORT');
	const settings = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };
	const start = await timed(() => startPostmaster({ binaries, user, cluster, logFile: join(folder, 'server.log'), port, settings }));
	await start.result.stop();
	return { initdb: initdb.ms, start: start.ms };
}

/** A file of /proc; '' for a process that has just ended. */
function readProc(path: string): string {
	try {
		return readFileSync(`/proc/${path}`, 'utf8');
	} catch {
		return '';
	}
}

/** A process and all it has started, by their parents in /proc. */
function familyOf(pid: number): number[] {
	const parents = readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map((name) => [Number(name), Number(/\) \S (\d+)/.exec(readProc(`${name}/stat`))?.[1])] as const);
	const family = [pid];
	for (const member of family) family.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
	return family;
}

/** Megabytes of a process, where memory shared by several counts for each in part (PSS); Linux tells. */
function megabytesOf(pid: number): number {
	return Number(/^Pss:\s+(\d+) kB/m.exec(readProc(`${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

async function memory(pid: number): Promise<Figure> {
	await setTimeout(idleMs);
	const family = familyOf(pid);
	const total = family.reduce((sum, member) => sum + megabytesOf(member), 0);
	return atMost(total, 200, 'MB of PSS, all processes together', {
		'node, MB': round(megabytesOf(pid), 0),
		'the others, MB': round(total - megabytesOf(pid), 0),
		processes: family.length
	});
}

/** Against a start of the bare database, because seconds tell of the machine too; the goals are in seconds. */
function startFigure(starts: number[], bare: number[], goal: number): Figure {
	return atMost(median(starts) / 1000, goal, 's', {
		quartiles: `${round(quantile(starts, 0.25) / 1000)}–${round(quantile(starts, 0.75) / 1000)}`,
		'× the bare database': round(median(starts.map((start, turn) => start / (bare[turn] ?? Number.NaN)))),
		'bare database, s': round(median(bare) / 1000)
	});
}

export async function run(_: Bench): Promise<Record<string, Figure>> {
	const scratch = mkdtempSync(join(tmpdir(), 'gemini-crm-bench-'));
	// Under root the database runs as another user, who must be able to enter.
	chmodSync(scratch, 0o755);
	const [cold, warm, bareCold, bareWarm]: [number[], number[], number[], number[]] = [[], [], [], []];
	let idle: Figure | undefined;
	try {
		for (let turn = 0; turn < rounds; turn++) {
			const bare = await startBarePostgres(join(scratch, `bare-${turn}`));
			const folder = join(scratch, `platform-${turn}`);
			const first = await startPlatform(folder);
			await stop(first.result.child);
			const second = await startPlatform(folder);
			if (turn === rounds - 1 && existsSync('/proc/self/smaps_rollup')) idle = await memory(second.result.child.pid ?? 0);
			await stop(second.result.child);
			bareCold.push(bare.initdb + bare.start);
			bareWarm.push(bare.start);
			cold.push(first.ms);
			warm.push(second.ms);
		}
	} finally {
		rmSync(scratch, { recursive: true, force: true });
	}
	return {
		'cold start': startFigure(cold, bareCold, 1.5),
		'warm start': startFigure(warm, bareWarm, 0.6),
		...(idle ? { 'idle memory': idle } : {})
	};
}
