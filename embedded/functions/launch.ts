import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { importMapOf } from './import-map.ts';

/** One function, as it is to be run. */
export type Launch = {
	/** Absolute path of the module that serves. */
	entrypoint: string;
	/** Absolute path of `supabase/functions`. */
	folder: string;
	/** All the function finds in its environment. */
	variables: Record<string, string>;
	memoryMb: number;
};

/** A started deno process, and the socket its function will listen on. */
export type Launched = { child: ChildProcessWithoutNullStreams; socket: string };

const hostFile = fileURLToPath(new URL('./deno-host.ts', import.meta.url));
const sandboxFile = fileURLToPath(new URL('./deno-sandbox.ts', import.meta.url));

/** The program of the npm package `deno`. */
function denoProgram(): string {
	const packageFile = createRequire(import.meta.url).resolve('deno/package.json');
	return join(dirname(packageFile), process.platform === 'win32' ? 'deno.exe' : 'deno');
}

/** A list in a permission flag: a comma in a path is written twice. */
const listed = (flag: string, values: string[]) => `--${flag}=${values.map((value) => value.replaceAll(',', ',,')).join(',')}`;

/** Nothing leaves this machine: a function reaches the platform, and whatever else listens here. */
const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Where deno keeps the code it has translated: its usual place, which no function may read, or else the process's own folder. The function sees
 * nothing of this.
 */
function denoEnvironment(runtime: string): Record<string, string> {
	const places: Record<string, string> = {};
	for (const name of ['DENO_DIR', 'HOME', 'XDG_CACHE_HOME', 'LOCALAPPDATA', 'SystemRoot']) {
		const value = process.env[name];
		if (value) places[name] = value;
	}
	const known = places.DENO_DIR ?? places.HOME ?? places.XDG_CACHE_HOME ?? places.LOCALAPPDATA;
	return { ...places, ...(known ? {} : { DENO_DIR: join(runtime, 'deno') }), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
}

/** The closest node_modules around the functions: the only place packages come from. */
function modulesAround(folder: string): string {
	for (let at = folder; ; at = dirname(at)) {
		if (existsSync(join(at, 'node_modules'))) return join(at, 'node_modules');
		if (dirname(at) === at) return join(folder, 'node_modules');
	}
}

/**
 * Starts deno for one function. The process reads the function's folder, `_shared` and node_modules, and nothing else; it writes nothing but its
 * socket, and that only before the function is loaded; it runs no program and calls no library. Secrets travel over standard input, so that
 * they are in no list of processes.
 */
export function launch({ entrypoint, folder, variables, memoryMb }: Launch): Launched {
	const home = dirname(entrypoint);
	const modules = modulesAround(folder);
	const root = dirname(modules);
	// First, as a file of it may be no JSON: then nothing has been made.
	const imports = JSON.stringify(importMapOf({ root, home, modules }));
	const runtime = mkdtempSync(join(realpathSync(tmpdir()), 'edge-function-'));
	const socket = join(runtime, 'socket');
	const importMap = join(runtime, 'import-map.json');
	writeFileSync(importMap, imports, { mode: 0o600 });

	const packages = existsSync(modules) ? [modules, realpathSync(modules)] : [];
	const permissions = {
		read: [sandboxFile, home, join(folder, '_shared'), ...packages, runtime],
		write: [runtime],
		net: [`unix:${socket}`, ...loopback],
		sys: ['hostname']
	};
	const child = spawn(
		denoProgram(),
		[
			'run',
			'--quiet',
			'--no-prompt',
			'--no-remote',
			'--cached-only',
			'--no-lock',
			'--no-config',
			'--node-modules-dir=manual',
			'--unstable-worker-options',
			'--unstable-no-legacy-abort',
			`--import-map=${importMap}`,
			`--v8-flags=--max-old-space-size=${memoryMb}`,
			listed('allow-read', permissions.read),
			listed('allow-write', permissions.write),
			listed('allow-net', permissions.net),
			listed('allow-sys', permissions.sys),
			'--allow-env',
			hostFile,
			runtime,
			socket,
			pathToFileURL(entrypoint).href
		],
		{
			cwd: root,
			env: denoEnvironment(runtime),
			stdio: ['pipe', 'pipe', 'pipe']
		}
	);
	// A process that ended at once is told of by its exit, not by a broken pipe.
	child.stdin.on('error', () => {});
	child.stdin.write(
		`${JSON.stringify({ variables, permissions: { ...permissions, env: true, run: false, ffi: false, import: 'inherit' } })}\n`
	);
	return { child, socket };
}
