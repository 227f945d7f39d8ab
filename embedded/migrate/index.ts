import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import postgres, { type Sql } from 'postgres';
import { MigrationChanged, MigrationFailed, MigrationMissing } from './failure.ts';
import { splitStatements } from './statements.ts';
import { alone, appliedMigrations, makeHistory } from './history.ts';

export { MigrationChanged, MigrationFailed, MigrationMissing } from './failure.ts';

export type MigrateOptions = {
	/** The database, logged in as `postgres`. */
	url: string;
	/** Folder of `<version>_<name>.sql` files. */
	dir: string;
	/** Told of each file applied and how long it took. */
	onStep?: (name: string, ms: number) => void;
};

/** The pattern by which the Supabase CLI recognises a migration. */
const fileName = /^([0-9]+)_(.*)\.sql$/;

type Migration = { file: string; version: string; name: string; text: string };

function readMigrations(dir: string): Migration[] {
	return readdirSync(dir)
		.sort()
		.flatMap((file) => {
			const [, version, name] = fileName.exec(file) ?? [];
			return version === undefined || name === undefined ? [] : [{ file, version, name, text: readFileSync(join(dir, file), 'utf8') }];
		});
}

/** The CLI stores a file split into statements and trimmed, we store it whole: compare what both keep. */
function sameText(text: string, statements: string[]): boolean {
	const bare = (sql: string) => sql.replaceAll(/[\s;]+/g, '');
	return statements.length === 0 || bare(text) === bare(statements.join(';'));
}

function connect(url: string) {
	return postgres(url, { max: 1, onnotice: () => {}, connection: { statement_timeout: 0, lock_timeout: 0 } });
}

/** Which statement an error without a position came from: the file is tried again piece by piece, and rolled back. */
async function findFailing(sql: Sql, text: string, error: unknown): Promise<number | undefined> {
	if (!(error instanceof postgres.PostgresError) || error.position) return undefined;
	let failing: number | undefined;
	await sql
		.begin(async (transaction) => {
			for (const { offset, sql: statement } of splitStatements(text)) {
				failing = offset;
				await transaction.unsafe(statement).simple();
			}
			failing = undefined;
			throw new Error('Only rehearsed.');
		})
		.catch(() => undefined);
	// PostgreSQL counts characters, JavaScript halves of some.
	return failing === undefined ? undefined : Array.from(text.slice(0, failing)).length;
}

/**
 * Applies the migrations that the database does not have, in order, each in a transaction of its own, and records
 * them as the Supabase CLI does. Returns the names of the files applied. Throws MigrationFailed, MigrationChanged or
 * MigrationMissing, leaving the database at the last good file.
 */
export async function applyMigrations({ url, dir, onStep }: MigrateOptions): Promise<string[]> {
	const migrations = readMigrations(dir);
	const sql = connect(url);
	try {
		return await alone(sql, async () => {
			await makeHistory(sql);
			const applied = await appliedMigrations(sql);
			const known = new Set(migrations.map(({ version }) => version));
			for (const version of applied.keys()) if (!known.has(version)) throw new MigrationMissing(version);

			const done: string[] = [];
			for (const { file, version, name, text } of migrations) {
				const before = applied.get(version);
				if (before) {
					if (!sameText(text, before)) throw new MigrationChanged(file);
					continue;
				}
				const start = performance.now();
				try {
					await sql.begin(async (transaction) => {
						await transaction.unsafe(text).simple();
						await transaction`
							insert into supabase_migrations.schema_migrations (version, name, statements)
							values (${version}, ${name}, ${[text]})`;
					});
				} catch (error) {
					throw new MigrationFailed(file, text, error, await findFailing(sql, text, error));
				}
				done.push(file);
				onStep?.(file, Math.round(performance.now() - start));
			}
			return done;
		});
	} finally {
		await sql.end();
	}
}

export type SeedOptions = { url: string; file: string; onStep?: (name: string, ms: number) => void };

/**
 * Runs a seed file once, in one transaction. Like the CLI it remembers the file's hash; a seed that changed since is
 * not run again, because the rows it made are the user's by now. Returns whether it ran.
 */
export async function applySeed({ url, file, onStep }: SeedOptions): Promise<boolean> {
	const text = readFileSync(file, 'utf8');
	const path = relative(process.cwd(), file);
	const hash = createHash('sha256').update(text).digest('hex');
	const sql = connect(url);
	try {
		return await alone(sql, async () => {
			await makeHistory(sql);
			const [seen] = await sql`select from supabase_migrations.seed_files limit 1`;
			if (seen) return false;
			const start = performance.now();
			try {
				await sql.begin(async (transaction) => {
					await transaction.unsafe(text).simple();
					await transaction`insert into supabase_migrations.seed_files (path, hash) values (${path}, ${hash})`;
				});
			} catch (error) {
				throw new MigrationFailed(path, text, error, await findFailing(sql, text, error));
			}
			onStep?.(path, Math.round(performance.now() - start));
			return true;
		});
	} finally {
		await sql.end();
	}
}
