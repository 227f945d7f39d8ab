import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What a process has used. */
export type Usage = {
	/** Processor time of all its threads. */
	cpuMs: number;
	/** Memory of its own, files mapped into it not counted where the system tells them apart. */
	memoryMb: number;
};

const run = promisify(execFile);

/** Linux counts processor time in hundredths of a second for programs, whatever the kernel's own clock is (proc(5)). */
const tickMs = 10;

async function usageOnLinux(pid: number): Promise<Usage> {
	const [stat, status] = await Promise.all([readFile(`/proc/${pid}/stat`, 'utf8'), readFile(`/proc/${pid}/status`, 'utf8')]);
	// The second field is the program's name and may hold anything, spaces and brackets too.
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	const kilobytes = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
	return { cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs, memoryMb: kilobytes / 1024 };
}

/** `[[dd-]hh:]mm:ss[.cc]`, as ps writes it. */
function milliseconds(time: string): number {
	const [days, clock] = time.includes('-') ? time.split('-') : ['0', time];
	const seconds = (clock ?? '').split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
	return (Number(days) * 86_400 + seconds) * 1000;
}

async function usageByPs(pid: number): Promise<Usage> {
	const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
	const [rss = '0', time = '0'] = stdout.trim().split(/\s+/);
	return { cpuMs: milliseconds(time), memoryMb: Number(rss) / 1024 };
}

/** How often usage is read. ps is a process of its own, so it is asked less often. */
export const usageEveryMs = process.platform === 'linux' ? 50 : 1000;

/** What process `pid` has used so far; undefined when it has ended. */
export async function readUsage(pid: number): Promise<Usage | undefined> {
	try {
		return await (process.platform === 'linux' ? usageOnLinux(pid) : usageByPs(pid));
	} catch {
		return undefined;
	}
}
