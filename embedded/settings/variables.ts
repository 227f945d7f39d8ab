import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { Variables } from './section.ts';

function readVariables(file: string): Variables {
	try {
		return parseEnv(readFileSync(file, 'utf8'));
	} catch {
		return {};
	}
}

/**
 * The variables `env(NAME)` may name, as the Supabase CLI gathers them: the shell's, then those of `.env` files in
 * `supabase/`, then of those beside it; the first to set one wins. SUPABASE_ENV (default: development) names the stage.
 */
export function projectVariables(root: string, shell: Variables): Variables {
	const stage = shell.SUPABASE_ENV || 'development';
	const names = [`.env.${stage}.local`, ...(stage === 'test' ? [] : ['.env.local']), `.env.${stage}`, '.env'];
	const files = [join(root, 'supabase'), root].flatMap((folder) => names.map((name) => join(folder, name)));
	return [...files.map(readVariables).reverse(), shell].reduce((weaker, stronger) => ({ ...weaker, ...stronger }), {});
}
