import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { readAuth } from './auth.ts';
import { readMail } from './email.ts';
import { refusal, Section, type Variables } from './section.ts';
import type { Settings } from './types.ts';
import { readFunctions, readStorage } from './services.ts';
import { projectVariables } from './variables.ts';

export { functionSettings } from './services.ts';
export * from './types.ts';

/** What the text of a `config.toml` refers to. */
export type Surroundings = {
	/** Variables that `env(NAME)` stands for; none without it. */
	env?: Variables;
	/** The folder that holds `supabase/`, where templates are looked for. */
	root?: string;
};

function parseToml(toml: string) {
	try {
		return parse(toml);
	} catch (cause) {
		throw refusal(cause instanceof Error ? cause.message : String(cause), undefined, { cause });
	}
}

/**
 * Reads settings from the text of a `config.toml` as the Supabase CLI does; what it leaves unsaid has the CLI's default.
 * Throws a Refusal that names the key for a value that cannot be taken and for a protection that is asked for and not there.
 */
export function parseSettings(toml: string, { env = {}, root = process.cwd() }: Surroundings = {}): Settings {
	const file = new Section(parseToml(toml), '', env);
	const api = file.section('api');
	return {
		api: {
			schemas: api.list('schemas', ['public', 'graphql_public']),
			extraSearchPath: api.list('extra_search_path', ['public', 'extensions']),
			maxRows: api.count('max_rows', 1000)
		},
		auth: readAuth(file.section('auth'), root),
		mail: readMail(file),
		storage: readStorage(file),
		functions: readFunctions(file)
	};
}

/** Reads the settings of a project from its `supabase/config.toml`; a missing file means all defaults. */
export function loadSettings(file: string): Settings {
	const root = dirname(dirname(resolve(file)));
	return parseSettings(existsSync(file) ? readFileSync(file, 'utf8') : '', { env: projectVariables(root, process.env), root });
}
