import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, readlinkSync, statSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { guardServer } from './guard.ts';
import type { ServiceUser } from './service-user.ts';
import { Refusal } from './refusal.ts';

/** What PostgreSQL writes about itself into postmaster.pid; `ready` once it accepts connections. */
type PidFile = { pid: number; port: number; ready: boolean };

/** Undefined where no server runs, or one has only begun to. */
export function readPidFile(cluster: string): PidFile | undefined {
	try {
		const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
		const pid = Number(lines[0]);
		if (!Number.isInteger(pid) || pid <= 1) return undefined;
		return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
	} catch {
		return undefined;
	}
}

/** True for a process that has ended and whose parent has not heard of it yet; only where there is /proc. */
function isZombie(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') ?? false;
	} catch {
		return false;
	}
}

/** True while process `pid` runs, whoever it belongs to. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
	return !isZombie(pid);
}

function commandLine(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
	} catch {
		return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
	}
}

/** True when process `pid` is a PostgreSQL server over exactly this data folder, not a stranger that got its number. */
function servesCluster(pid: number, cluster: string): boolean {
	if (!isAlive(pid)) return false;
	const command = commandLine(pid);
	if (!command.includes('postgres')) return false;
	if (command.includes(`-D ${cluster} `)) return true;
	try {
		return resolve(readlinkSync(`/proc/${pid}/cwd`)) === resolve(cluster);
	} catch {
		return false;
	}
}

/** Waits for a condition, `forMs` at most; gives whether it came. */
export async function until(condition: () => boolean, forMs: number): Promise<boolean> {
	const end = Date.now() + forMs;
	while (!condition()) {
		if (Date.now() > end) return false;
		await delay(5);
	}
	return true;
}

/** Stops the server with process id `pid`: fast shutdown, and if that hangs on a client, immediate shutdown. */
async function stopProcess(pid: number): Promise<void> {
	for (const [signal, patience] of [
		['SIGINT', 8_000],
		['SIGQUIT', 5_000],
		['SIGKILL', 5_000]
	] as const) {
		try {
			process.kill(pid, signal);
		} catch {
			return;
		}
		if (await until(() => !isAlive(pid), patience)) return;
	}
}

/** Stops the server a killed parent left behind over this data folder, if there is one. */
export async function stopLeftover(cluster: string): Promise<void> {
	const found = readPidFile(cluster);
	if (found && servesCluster(found.pid, cluster)) await stopProcess(found.pid);
}

export type Postmaster = { pid: number; exited: Promise<void>; stop(): Promise<void> };

export type PostmasterOptions = {
	binaries: Binaries;
	user: ServiceUser;
	cluster: string;
	logFile: string;
	port: number;
	settings: Record<string, string>;
};

/** The last lines of the server's log, for a message about a start that failed. */
function tail(file: string): string {
	try {
		return readFileSync(file, 'utf8').trim().split('\n').slice(-6).join('\n');
	} catch {
		return '';
	}
}

function launch(options: PostmasterOptions): ChildProcess {
	const { binaries, user, cluster, logFile, port, settings } = options;
	if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > 8 * 1024 * 1024) truncateSync(logFile);
	const log = openSync(logFile, 'a', 0o600);
	const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	const child = spawn(binaries.postgres, ['-D', cluster, '-p', String(port), ...flags], {
		...user,
		cwd: cluster,
		// A group of its own: Ctrl+C in the terminal reaches us, and we stop it after its clients.
		detached: true,
		stdio: ['ignore', log, log],
		env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }
	});
	closeSync(log);
	child.unref();
	if (child.pid !== undefined) child.once('exit', guardServer(child.pid, user));
	return child;
}

/**
 * Starts a server and waits until it accepts connections. Returns undefined when it ended at once
 * because processes of a server killed before still hold its shared memory: worth another try.
 */
async function tryStart(options: PostmasterOptions): Promise<Postmaster | undefined> {
	const logStart = statSync(options.logFile, { throwIfNoEntry: false })?.size ?? 0;
	const child = launch(options);
	let failure: Error | undefined;
	let over = false;
	const exited = new Promise<void>((done) => {
		child.once('exit', () => done());
		child.once('error', (error) => {
			failure = error;
			done();
		});
	}).then(() => {
		over = true;
	});

	const ready = () => {
		const file = readPidFile(options.cluster);
		return file !== undefined && file.pid === child.pid && file.ready;
	};
	const settled = await until(() => over || ready(), 60_000);
	if (settled && !over && child.pid !== undefined) {
		const pid = child.pid;
		return {
			pid,
			exited,
			async stop() {
				if (over) return;
				// Whoever waits for the end may have nothing else that keeps this process alive.
				child.ref();
				await stopProcess(pid);
				// One that nothing ends is not waited for.
				if (!isAlive(pid)) await exited;
			}
		};
	}
	if (child.pid !== undefined && !over) await stopProcess(child.pid);
	const log = readFileSync(options.logFile, 'utf8').slice(logStart);
	if (/shared memory block|lock file "postmaster.pid" already exists/.test(log)) return undefined;
	throw new Refusal(
		'postgres_start',
		`PostgreSQL did not start: ${failure?.message ?? tail(options.logFile)}`,
		`Its log is ${options.logFile}.`,
		{ cause: failure }
	);
}

/** Starts PostgreSQL over an existing cluster; throws Refusal with the end of its log when it cannot. */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
	const end = Date.now() + 10_000;
	for (;;) {
		const started = await tryStart(options);
		if (started) return started;
		if (Date.now() > end) {
			throw new Refusal(
				'postgres_start',
				`PostgreSQL did not start: another server still uses ${options.cluster}.`,
				`Stop it (its process id is in ${join(options.cluster, 'postmaster.pid')}), then start again.`
			);
		}
		await delay(200);
	}
}
