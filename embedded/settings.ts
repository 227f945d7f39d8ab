import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'smol-toml';

/** What `supabase/config.toml` decides here. Names follow the Supabase CLI's file; keys not listed have no effect. */
export type Settings = {
	api: { schemas: string[]; extraSearchPath: string[]; maxRows: number };
	auth: AuthSettings;
};

/** The `[auth]` part: seconds for durations, bytes for password length. */
export type AuthSettings = {
	siteUrl: string;
	jwtExpiry: number;
	enableSignup: boolean;
	enableConfirmations: boolean;
	refreshTokenReuseInterval: number;
	minimumPasswordLength: number;
	/** Sets of characters of which a password must hold one each, as GoTrue's `password_requirements` expands them. */
	passwordCharacters: string[];
};

type Table = Record<string, unknown>;

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const digits = '0123456789';
const symbols = '!@#$%^&*()_+-=[]{};\'\\:"|<>?,./`~';

const requiredCharacters: Record<string, string[]> = {
	'': [],
	letters_digits: [lower + upper, digits],
	lower_upper_letters_digits: [lower, upper, digits],
	lower_upper_letters_digits_symbols: [lower, upper, digits, symbols]
};

function isTable(value: unknown): value is Table {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one section and complains about a value of the wrong type, naming it as the file does. */
class Section {
	readonly #values: Table;
	readonly #name: string;

	constructor(root: Table, path: string) {
		let values: unknown = root;
		for (const part of path.split('.')) values = isTable(values) ? values[part] : undefined;
		this.#values = isTable(values) ? values : {};
		this.#name = path;
	}

	#wrong(key: string, wanted: string): Error {
		return new Error(`supabase/config.toml: [${this.#name}] ${key} must be ${wanted}.`);
	}

	text(key: string, fallback: string): string {
		const value = this.#values[key] ?? fallback;
		if (typeof value !== 'string') throw this.#wrong(key, 'a string');
		return value;
	}

	flag(key: string, fallback: boolean): boolean {
		const value = this.#values[key] ?? fallback;
		if (typeof value !== 'boolean') throw this.#wrong(key, 'true or false');
		return value;
	}

	count(key: string, fallback: number): number {
		const value = this.#values[key] ?? fallback;
		if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw this.#wrong(key, 'a whole number');
		return value;
	}

	list(key: string, fallback: string[]): string[] {
		const value = this.#values[key] ?? fallback;
		if (!Array.isArray(value)) throw this.#wrong(key, 'a list of strings');
		return value.map((item) => {
			if (typeof item !== 'string') throw this.#wrong(key, 'a list of strings');
			return item;
		});
	}
}

/** Reads settings from the text of a `config.toml`; what it leaves unsaid has the Supabase CLI's default. */
export function parseSettings(toml: string): Settings {
	const root = parse(toml);
	const api = new Section(root, 'api');
	const auth = new Section(root, 'auth');
	const email = new Section(root, 'auth.email');

	const requirements = auth.text('password_requirements', '');
	const passwordCharacters = requiredCharacters[requirements];
	if (!passwordCharacters) {
		throw new Error(`supabase/config.toml: [auth] password_requirements "${requirements}" is not one of GoTrue's.`);
	}
	return {
		api: {
			schemas: api.list('schemas', ['public', 'graphql_public']),
			extraSearchPath: api.list('extra_search_path', ['public', 'extensions']),
			maxRows: api.count('max_rows', 1000)
		},
		auth: {
			siteUrl: auth.text('site_url', 'http://127.0.0.1:3000'),
			jwtExpiry: auth.count('jwt_expiry', 3600),
			enableSignup: auth.flag('enable_signup', true) && email.flag('enabled', true),
			enableConfirmations: email.flag('enable_confirmations', false),
			refreshTokenReuseInterval: auth.count('refresh_token_reuse_interval', 10),
			minimumPasswordLength: auth.count('minimum_password_length', 6),
			passwordCharacters
		}
	};
}

/** Reads the settings of a project from its `config.toml`; a missing file means all defaults. */
export function loadSettings(file: string): Settings {
	return parseSettings(existsSync(file) ? readFileSync(file, 'utf8') : '');
}
