import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isAlive, until } from './postmaster.ts';
import { Refusal } from './refusal.ts';
import { serverFolders } from './service-user.ts';

/** When process `pid` began, in whatever form the system tells it: process numbers are used again, this pair is not. */
function beginningOf(pid: number): string {
	try {
		// The fields after the command name in parentheses; starttime is the 20th of them (proc(5), field 22).
		return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
	} catch {
		return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
	}
}

type Owner = { pid: number; isLeaving: boolean };

const leaving = ' leaving';

/** The living process that uses the server folder, undefined when there is none. */
function ownerOf(folder: string): Owner | undefined {
	let text: string;
	try {
		text = readFileSync(join(folder, 'owner'), 'utf8');
	} catch {
		return undefined;
	}
	const isLeaving = text.endsWith(leaving);
	const owner = isLeaving ? text.slice(0, -leaving.length) : text;
	const pid = Number(owner.split(' ')[0]);
	return owner !== '' && Number.isInteger(pid) && isAlive(pid) && owner === `${pid} ${beginningOf(pid)}` ? { pid, isLeaving } : undefined;
}

/** True while a living process uses the server folder. */
export const isOwned = (folder: string): boolean => ownerOf(folder) !== undefined;

/** Says that this process, if it uses a server folder of `dataDir`, is about to give it back: whoever wants it next may wait. */
export function announceLeave(dataDir: string): void {
	for (const folder of serverFolders(dataDir)) {
		const owner = ownerOf(folder);
		if (owner?.pid === process.pid && !owner.isLeaving) appendFileSync(join(folder, 'owner'), leaving);
	}
}

/** How long a process may take to notice that nobody wants it any more, and then to leave. */
const [noticesWithinMs, leavesWithinMs] = [1_000, 10_000];

/** Waits while the data folder is in use by a process that is about to give it back. One that is there to stay is waited for no longer than it would take to say so. */
export async function untilLeft(dataDir: string): Promise<void> {
	const owners = () => serverFolders(dataDir).flatMap((folder) => ownerOf(folder) ?? []);
	await until(() => owners().every(({ isLeaving }) => isLeaving), noticesWithinMs);
	await until(() => !owners().some(({ isLeaving }) => isLeaving), leavesWithinMs);
}

/**
 * Marks the server folder as used by this process and returns the function that gives it back. Throws Refusal while
 * another living process uses it, so that a second start never stops the first one's database.
 */
export function claimOwnership(folder: string): () => void {
	const file = join(folder, 'owner');
	const mine = `${process.pid} ${beginningOf(process.pid)}`;
	const owner = ownerOf(folder);
	if (owner) {
		throw new Refusal(
			'already_running',
			`The data folder ${folder} is in use by process ${owner.pid}.`,
			'Stop that GeminiCRM first, or give this one a folder of its own with EMBEDDED_DIR=<folder>.'
		);
	}
	// Whole at once: whoever reads half of it would see no owner.
	const partial = `${file}.${process.pid}`;
	writeFileSync(partial, mine, { mode: 0o600 });
	renameSync(partial, file);
	return () => rmSync(file, { force: true });
}
