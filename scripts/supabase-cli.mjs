// The official Supabase CLI of this clone, pointed at a database by its URL.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { SetupError } from './report.mjs';
import { node24, root, toolEnv } from './setup.mjs';

/**
 * @param {string[]} args @returns {string} what it printed
 * @throws {SetupError} with its own message
 */
export function supabase(args) {
	const result = spawnSync(node24, [join(root, 'node_modules', 'supabase', 'dist', 'supabase.js'), ...args], {
		cwd: root,
		env: toolEnv(),
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024
	});
	if (result.status !== 0) throw new SetupError(`supabase ${args[0]} ${args[1] ?? ''} failed: ${result.stderr || result.stdout}`);
	return result.stdout;
}
