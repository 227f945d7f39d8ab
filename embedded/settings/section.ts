import { Refusal } from '../postgres/refusal.ts';
import { parseDuration } from './duration.ts';

/** A table of a TOML file. */
type Table = Record<string, unknown>;

/** Variables that `env(NAME)` stands for. */
export type Variables = Record<string, string | undefined>;

/** Smallest and largest value a number may have. */
type Bounds = { min?: number; max?: number };

const reference = /^env\((.*)\)$/;
/** How Go, and so the CLI, writes booleans in variables. */
const truths = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falsehoods = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function isTable(value: unknown): value is Table {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A setting that cannot be honoured. Tells where it is and what to do about it. */
export function refusal(message: string, fix = 'Correct it there and start again.', options?: ErrorOptions): Refusal {
	return new Refusal('bad_settings', `supabase/config.toml: ${message}`, fix, options);
}

/**
 * Reads one section of the file, putting variables in the place of `env(NAME)`, and complains about a value it cannot
 * take, naming it as the file does. Nothing is checked but what is read: a section that is off may refer to variables
 * that are not set.
 */
export class Section {
	readonly name: string;
	readonly #values: Table;
	readonly #variables: Variables;

	/** `values` is what the file holds there (nothing: an empty section), `name` its dotted path, empty for the whole file. */
	constructor(values: unknown, name: string, variables: Variables) {
		if (values !== undefined && !isTable(values)) throw refusal(`${name} must be a section.`);
		this.#values = values ?? {};
		this.name = name;
		this.#variables = variables;
	}

	get keys(): string[] {
		return Object.keys(this.#values);
	}

	has(key: string): boolean {
		return Object.hasOwn(this.#values, key);
	}

	/** A section below this one. */
	section(key: string): Section {
		const values = this.has(key) ? this.#values[key] : undefined;
		return new Section(values, this.name ? `${this.name}.${key}` : key, this.#variables);
	}

	/** A refusal about one key. `sentence` goes on after the key's name. */
	refuse(key: string, sentence: string, fix?: string): Refusal {
		return refusal(`[${this.name}] ${key} ${sentence}`, fix);
	}

	/** Refuses keys that nothing reads: a misspelt setting must not look on and be off. */
	allowOnly(known: readonly string[]): void {
		for (const key of this.keys) {
			if (!known.includes(key)) throw this.refuse(key, 'is not a setting known here.', 'Look for a misspelling, or remove it.');
		}
	}

	/**
	 * What the key holds, and whether that came from a variable (and so is text whatever is wanted). A variable named after the key, as
	 * SUPABASE_AUTH_SITE_URL for [auth] site_url, goes before the file: so the CLI does, and so tests and servers differ from it in one thing.
	 */
	#read(key: string): { value: unknown; variable?: string } {
		const override = `SUPABASE_${this.name}_${key}`.replaceAll('.', '_').toUpperCase();
		const given = this.#variables[override];
		if (given) return { value: given, variable: override };
		const value = this.has(key) ? this.#values[key] : undefined;
		return typeof value === 'string' ? this.#resolve(key, value) : { value };
	}

	/** The CLI leaves `env(NAME)` as it stands when NAME is unset or empty; here that is refused, as it can never be meant. */
	#resolve(key: string, value: string): { value: string; variable?: string } {
		const variable = reference.exec(value)?.[1];
		if (variable === undefined) return { value };
		const text = this.#variables[variable];
		if (!text) {
			throw this.refuse(
				key,
				`takes its value from the environment variable ${variable}, which is not set.`,
				`Set ${variable} (in the shell, or in supabase/.env), or write the value in the file.`
			);
		}
		return { value: text, variable };
	}

	#wrong(key: string, wanted: string, variable?: string): Refusal {
		return this.refuse(key, variable ? `must be ${wanted}, and the variable ${variable} is not.` : `must be ${wanted}.`);
	}

	text(key: string, fallback: string): string {
		const { value = fallback } = this.#read(key);
		if (typeof value !== 'string') throw this.#wrong(key, 'a string');
		return value;
	}

	/** A string that must be there and not empty. */
	requiredText(key: string): string {
		const text = this.text(key, '');
		if (text === '') throw this.refuse(key, 'is missing.');
		return text;
	}

	flag(key: string, fallback: boolean): boolean {
		const { value = fallback, variable } = this.#read(key);
		if (typeof value === 'boolean') return value;
		if (variable && typeof value === 'string') {
			if (truths.has(value)) return true;
			if (falsehoods.has(value)) return false;
		}
		throw this.#wrong(key, 'true or false', variable);
	}

	/** A whole number within bounds, 0 and up unless said otherwise. */
	count(key: string, fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}): number {
		const { value = fallback, variable } = this.#read(key);
		const number = variable && typeof value === 'string' ? Number(value) : value;
		if (typeof number !== 'number' || !Number.isInteger(number)) throw this.#wrong(key, 'a whole number', variable);
		if (number < min) throw this.#wrong(key, `at least ${min}`, variable);
		if (number > max) throw this.#wrong(key, `at most ${max}`, variable);
		return number;
	}

	/** Seconds, written as a Go duration. */
	duration(key: string, fallback: string): number {
		const { value = fallback, variable } = this.#read(key);
		const seconds = typeof value === 'string' ? parseDuration(value) : null;
		if (seconds === null) throw this.#wrong(key, 'a duration such as "30s", "15m" or "8h30m"', variable);
		return seconds;
	}

	/** A list of strings. A variable holds one divided by commas. */
	list(key: string, fallback: string[]): string[] {
		const { value = fallback, variable } = this.#read(key);
		if (variable && typeof value === 'string') return value.split(',').map((item) => item.trim());
		if (!Array.isArray(value)) throw this.#wrong(key, 'a list of strings');
		return value.flatMap((item) => {
			if (typeof item !== 'string') throw this.#wrong(key, 'a list of strings');
			const resolved = this.#resolve(key, item);
			return resolved.variable ? resolved.value.split(',').map((part) => part.trim()) : [item];
		});
	}
}
