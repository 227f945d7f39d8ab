import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import type { ServiceUser } from './service-user.ts';

/** Waits for the end of its input, which is the end of the process that holds the other side, and then has the server shut down in order. */
const script = 'read -r _; kill -INT "$1"';

/**
 * Has a server end when this process does, even by SIGKILL: the one death that this process cannot answer itself. The guard is a shell asleep in a
 * read, of the server's own user. Returns the function that sends it away, for when the server has ended.
 */
export function guardServer(pid: number, user: ServiceUser): () => void {
	// Windows has no such shell; there the next start stops what is left.
	if (process.platform === 'win32') return () => {};
	const guard = spawn('/bin/sh', ['-c', script, 'guard-postgres', String(pid)], {
		...user,
		cwd: '/',
		// A session of its own: Ctrl+C and the end of a terminal are not for it.
		detached: true,
		stdio: ['pipe', 'ignore', 'ignore']
	});
	// Without a guard the server is left behind at worst, until the next start.
	guard.on('error', () => {});
	guard.stdin.on('error', () => {});
	guard.unref();
	if (guard.stdin instanceof Socket) guard.stdin.unref();
	return () => guard.kill('SIGKILL');
}
