import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createFunctions, type FunctionConfig, type Functions, type FunctionsOptions } from '../../embedded/functions/index.ts';
import { createTokens, keyRole } from '../../embedded/gateway/index.ts';
import { loadKeys } from '../../embedded/keys.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/*
 * The tests of edge functions write real functions into a project of their own and run them in real deno processes. Limits are set low, so that a
 * test need not wait for hosted's. What a project promises is tested at the platform under test, with the functions of `project/`
 * (functions-project.test.ts).
 */

/** A project with functions, and no other part of the platform. */
export type FunctionsProject = {
	/** The project's root: `supabase/functions` and node_modules are in it, and the platform's keys in `data`. */
	root: string;
	functions: Functions;
	publishableKey: string;
	secretKey: string;
	/** What functions had to say, oldest first. */
	lines: string[];
	/** Writes a file, `path` from `supabase/functions` on. */
	write(path: string, text: string): Promise<void>;
	remove(path: string): Promise<void>;
	/** Calls a function by the path behind `/functions/v1`. */
	call(path: string, init?: RequestInit): Promise<Response>;
	/** A signed token of a user, for `seconds`. */
	token(seconds?: number): Promise<string>;
	stop(): Promise<void>;
};

export type ProjectOptions = Partial<Pick<FunctionsOptions, 'watch' | 'limits'>> & { config?: Record<string, Partial<FunctionConfig>> };

export const anyone = { role: 'anon', claims: { role: 'anon' } } as const;

/** Functions are open to everybody unless `config` says otherwise: what they do is tested apart from who may call them. */
export async function startProject(files: Record<string, string>, options: ProjectOptions = {}): Promise<FunctionsProject> {
	const folder = await scratchFolder('functions');
	const root = folder.path;
	const write = async (path: string, text: string) => {
		const file = join(root, 'supabase', 'functions', path);
		await mkdir(dirname(file), { recursive: true });
		await writeFile(file, text);
	};
	await mkdir(join(root, 'data'));
	await symlink(resolve('node_modules'), join(root, 'node_modules'));
	for (const [path, text] of Object.entries(files)) await write(path, text);

	const keys = loadKeys(join(root, 'data'));
	const tokens = createTokens(keys.signingJwk);
	const lines: string[] = [];
	const functions = await createFunctions({
		folder: join(root, 'supabase', 'functions'),
		apiUrl: 'http://127.0.0.1:54321',
		dbUrl: 'postgresql://postgres:postgres@127.0.0.1:54322/postgres',
		publishableKey: keys.publishableKey,
		secretKey: keys.secretKey,
		verifyToken: tokens.verifyToken,
		keyRole: (key) => keyRole(key, keys),
		watch: options.watch ?? false,
		limits: options.limits,
		log: (line) => lines.push(line),
		config: (name) => ({ verifyJwt: false, enabled: true, ...options.config?.[name] })
	});
	return {
		root,
		functions,
		publishableKey: keys.publishableKey,
		secretKey: keys.secretKey,
		lines,
		write,
		remove: (path) => rm(join(root, 'supabase', 'functions', path), { recursive: true }),
		call: (path, init) => functions.fetch(new Request(`http://127.0.0.1:54321/functions/v1${path}`, init), anyone),
		token(seconds = 3600) {
			const now = Math.floor(Date.now() / 1000);
			return tokens.sign({
				sub: 'a-user',
				role: 'authenticated',
				aud: 'authenticated',
				iss: 'http://127.0.0.1:54321/auth/v1',
				iat: now,
				exp: now + seconds
			});
		},
		async stop() {
			await functions.stop();
			await folder.remove();
		}
	};
}

/** True while a process is there that still runs. */
export function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

/** How long `expect.poll` waits for what happens by itself: generous, for a machine that has more to do. */
export const soon = { timeout: 15_000, interval: 50 };
