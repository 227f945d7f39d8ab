import { readdirSync } from 'node:fs';
import { doesNotFit } from './refusals.ts';

/** What the first entry of a dump, `dump.json`, says of it. */
export type DumpFacts = {
	/** Of the layout of the archive. */
	format: number;
	/** ISO 8601. */
	createdAt: string;
	/** The server's, such as 17.10. */
	postgres: string;
	/** `process.platform` and `process.arch`: files of a database are made for one kind of machine. */
	machine: string;
	/** Versions of the migrations that were applied, in order. */
	migrations: string[];
};

export const format = 1;
export const machine = `${process.platform}-${process.arch}`;

function objectIn(text: string): object | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? value : undefined;
	} catch {
		return undefined;
	}
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads `dump.json`; undefined when it is none. */
export function parseFacts(text: string): DumpFacts | undefined {
	const value = objectIn(text);
	if (!value || !('format' in value) || typeof value.format !== 'number') return undefined;
	const facts = { createdAt: '', postgres: '', machine: '', migrations: [], ...value, format: value.format };
	const { createdAt, postgres, machine, migrations } = facts;
	if (![createdAt, postgres, machine].every(isText) || !Array.isArray(migrations) || !migrations.every(isText)) return undefined;
	return { format: facts.format, createdAt, postgres, machine, migrations };
}

/** What the last entry, `complete.json`, says: rows of stored files that had lost their file before the dump was made. Undefined when it is none. */
export function parseEnd(text: string): { missing: number } | undefined {
	const value = objectIn(text);
	return value && 'missing' in value && typeof value.missing === 'number' ? { missing: value.missing } : undefined;
}

const major = (version: string) => version.split('.')[0];

/**
 * Throws a Refusal that names what of a dump is too new or too different for this GeminiCRM: its layout, its PostgreSQL, the kind
 * of machine, a migration. `postgres` is the version of the server here.
 */
export function refuseMisfit(facts: DumpFacts, { postgres, migrationsDir }: { postgres: string; migrationsDir: string }): void {
	if (facts.format > format) {
		throw doesNotFit(
			'newer_dump',
			`The dump has layout ${facts.format}; this GeminiCRM reads up to ${format}.`,
			'Restore it with the GeminiCRM that made it, or a newer one.'
		);
	}
	if (major(facts.postgres) !== major(postgres)) {
		throw doesNotFit(
			'other_postgres',
			`The dump is of PostgreSQL ${facts.postgres}; here is PostgreSQL ${postgres}.`,
			'Restore it with a GeminiCRM that has the same major version.'
		);
	}
	if (facts.machine !== machine) {
		throw doesNotFit(
			'other_machine',
			`The dump was made on ${facts.machine}; this machine is ${machine}.`,
			"A dump holds the database's own files, which are made for one kind of machine. Move the rows instead: supabase db dump"
		);
	}
	const known = new Set(readdirSync(migrationsDir).map((name) => name.split('_')[0]));
	const newer = facts.migrations.find((version) => !known.has(version));
	if (newer === undefined) return;
	throw doesNotFit(
		'newer_schema',
		`The dump has migration ${newer}, which this GeminiCRM does not have: it was made by a newer one, or by another project.`,
		'Check out the code that made it, then restore.'
	);
}
