import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isAlive } from './postmaster.ts';
import { Refusal } from './refusal.ts';

/** When process `pid` began, in whatever form the system tells it: process numbers are used again, this pair is not. */
function beginningOf(pid: number): string {
	try {
		// The fields after the command name in parentheses; starttime is the 20th of them (proc(5), field 22).
		return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
	} catch {
		return spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
	}
}

/**
 * Marks the server folder as used by this process and returns the function that gives it back. Throws Refusal while
 * another living process uses it, so that a second start never stops the first one's database.
 */
export function claimOwnership(folder: string): () => void {
	const file = join(folder, 'owner');
	const mine = `${process.pid} ${beginningOf(process.pid)}`;
	let owner = '';
	try {
		owner = readFileSync(file, 'utf8').trim();
	} catch {
		// No owner yet.
	}
	const pid = Number(owner.split(' ')[0]);
	if (owner !== '' && Number.isInteger(pid) && isAlive(pid) && owner === `${pid} ${beginningOf(pid)}`) {
		throw new Refusal(
			'already_running',
			`The data folder ${folder} is in use by process ${pid}.`,
			'Stop that GeminiCRM first, or give this one a folder of its own with EMBEDDED_DIR=<folder>.'
		);
	}
	writeFileSync(file, mine, { mode: 0o600 });
	return () => rmSync(file, { force: true });
}
