import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refusal } from './refusal.ts';

/** Who the server runs as: empty means the current user. PostgreSQL refuses to run as root. */
export type ServiceUser = { uid?: number; gid?: number };

function idsOf(name: string): ServiceUser | undefined {
	const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' });
	const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' });
	if (uid.status !== 0 || gid.status !== 0) return undefined;
	return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** The current user, or for root the system user `postgres`, made when it is missing. */
export function serviceUser(): ServiceUser {
	if (process.getuid?.() !== 0) return {};
	const existing = idsOf('postgres');
	if (existing) return existing;
	try {
		execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', 'postgres'], {
			stdio: 'pipe'
		});
	} catch (cause) {
		throw new Refusal(
			'postgres_user_missing',
			'PostgreSQL does not run as root, and the system user "postgres" could not be made.',
			'Start as an ordinary user, or make the user yourself: useradd --system postgres',
			{ cause }
		);
	}
	const made = idsOf('postgres');
	if (!made) throw new Refusal('postgres_user_missing', 'The system user "postgres" is missing.', 'Start as an ordinary user.');
	return made;
}

function mayWorkIn(folder: string, user: ServiceUser): boolean {
	return spawnSync('/bin/sh', ['-c', 'cd "$1" && test -w .', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** The folders the server's data may be in, in the order they are tried. */
export function serverFolders(dataDir: string): string[] {
	const name = `geminicrm-${createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 12)}`;
	const own = join(resolve(dataDir), 'postgres');
	return process.getuid?.() === 0 ? [own, join('/var/lib', name)] : [own];
}

/**
 * Makes the folder for the server's data and gives it to `user`. It is `<dataDir>/postgres`, unless that user
 * cannot enter it (root's home is closed to others): then a folder under /var/lib named after `dataDir`,
 * so that the next start finds it again.
 */
export function makeServerFolder(dataDir: string, user: ServiceUser): string {
	for (const folder of serverFolders(dataDir)) {
		try {
			mkdirSync(folder, { recursive: true });
			if (user.uid === undefined || user.gid === undefined) return folder;
			chownSync(folder, user.uid, user.gid);
			chmodSync(folder, 0o700);
		} catch (cause) {
			if (user.uid === undefined) {
				throw new Refusal('data_folder', `The data folder ${folder} cannot be made.`, 'Choose another with EMBEDDED_DIR=<folder>.', {
					cause
				});
			}
			continue;
		}
		if (mayWorkIn(folder, user)) return folder;
	}
	throw new Refusal(
		'data_folder',
		`The system user "postgres" can work neither in ${dataDir} nor in /var/lib.`,
		'Choose a folder it can enter with EMBEDDED_DIR=<folder>.'
	);
}
