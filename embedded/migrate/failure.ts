import postgres from 'postgres';
import { Refusal } from '../postgres/refusal.ts';

/** Where in a text a 1-based character position is. */
export function lineAt(text: string, position: number): { line: number; column: number } {
	const before = Array.from(text)
		.slice(0, position - 1)
		.join('');
	const line = before.split('\n').length;
	return { line, column: before.length - before.lastIndexOf('\n') };
}

/** A migration or seed file that cannot be applied; the database is as it was before the file. */
export class MigrationFailed extends Refusal {
	readonly file: string;
	readonly line: number | undefined;
	/** SQLSTATE, when the database refused it. */
	readonly sqlState: string | undefined;

	/** @param offset of the statement that failed, for the errors to which the database gives no position */
	constructor(file: string, text: string, cause: unknown, offset?: number) {
		const known = cause instanceof postgres.PostgresError ? cause : undefined;
		const position = known?.position ? Number(known.position) : offset === undefined ? undefined : offset + 1;
		const place = position === undefined ? undefined : lineAt(text, position);
		const reason = cause instanceof Error ? cause.message : String(cause);
		const details = [known?.detail, known?.hint && `Hint: ${known.hint}`, known?.where && `In: ${known.where}`].filter(Boolean);
		super(
			'migration_failed',
			`${file}${place ? `:${place.line}:${place.column}` : ''}: ${[reason, ...details].join('\n')}`,
			'Correct the file and start again. Nothing of it was applied.',
			{ cause }
		);
		this.name = 'MigrationFailed';
		this.file = file;
		this.line = place?.line;
		this.sqlState = known?.code;
	}
}

/** A migration that was applied and then edited: the database no longer matches its files. */
export class MigrationChanged extends Refusal {
	readonly file: string;

	constructor(file: string) {
		super(
			'migration_changed',
			`${file} was changed after it had been applied to this database.`,
			'Undo the change and write a new migration, or start over with an empty database: npm run reset'
		);
		this.name = 'MigrationChanged';
		this.file = file;
	}
}

/** A version in the database that no file has any more. */
export class MigrationMissing extends Refusal {
	constructor(version: string) {
		super(
			'migration_missing',
			`This database has migration ${version}, which is not in the migrations folder.`,
			'Check out the code this database was made with, or start over with an empty database: npm run reset'
		);
		this.name = 'MigrationMissing';
	}
}
