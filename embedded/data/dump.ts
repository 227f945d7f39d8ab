import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import postgres, { type ISql, type Sql } from 'postgres';
import { attachPostgres, isAlive, noData, Refusal } from '../postgres/index.ts';
import { keptFiles } from '../storage/index.ts';
import { writeArchive, type ArchiveWriter } from './archive.ts';
import { backUpCluster } from './backup.ts';
import { format, machine, type DumpFacts } from './facts.ts';
import { finishRestore } from './swap.ts';

/** What went into a dump. */
export type Dumped = {
	/** Stored files. */
	files: number;
	/** Rows in `storage.objects` whose file was not there before the dump either. */
	missing: number;
};

async function factsOf(sql: Sql): Promise<DumpFacts> {
	const [server] = await sql<{ version: string }[]>`select split_part(current_setting('server_version'), ' ', 1) as version`;
	const [history] = await sql`select to_regclass('supabase_migrations.schema_migrations') is not null as known`;
	const migrations = history?.known
		? await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations order by version`
		: [];
	return {
		format,
		createdAt: new Date().toISOString(),
		postgres: server?.version ?? '',
		machine,
		migrations: migrations.map(({ version }) => version)
	};
}

const hasStorage = async (sql: ISql): Promise<boolean> =>
	(await sql`select from pg_tables where schemaname = 'storage' and tablename = 'objects'`).length > 0;

/** Tries for the lock at most so long; every upload waits behind it meanwhile. */
const holdPatienceMs = 2_000;
const holdTries = 15;

/** Runs `work` while nothing can be uploaded, replaced or removed: what waits for it goes on afterwards. */
async function holdUploads(sql: Sql, work: (sql: ISql) => Promise<void>): Promise<void> {
	if (!(await hasStorage(sql))) return work(sql);
	for (let tries = holdTries; ; tries -= 1) {
		try {
			return await sql.begin(async (transaction) => {
				await transaction.unsafe(`set local lock_timeout = ${holdPatienceMs}; lock table storage.objects in share mode`).simple();
				await work(transaction);
			});
		} catch (error) {
			const isBusy = error instanceof postgres.PostgresError && error.code === '55P03';
			if (!isBusy) throw error;
			if (tries === 1)
				throw new Refusal('uploads_busy', 'A transaction has held the stored files for half a minute.', 'End it, then dump again.');
		}
	}
}

/** Gives each stored file a second name in `aside`, so that it stays until it is in the dump whatever happens to the first. */
async function keepAside(files: string, aside: string): Promise<void> {
	if (!existsSync(files)) return;
	for (const name of await readdir(files)) {
		const [from, to] = [join(files, name), join(aside, name)];
		await link(from, to).catch((error: NodeJS.ErrnoException) => {
			if (error.code === 'ENOENT') return undefined;
			// A file system without links.
			return copyFile(from, to);
		});
	}
}

/** Files that no row names are left behind; rows whose files are not there are counted. */
async function settleFiles(sql: ISql, aside: string): Promise<{ names: string[]; missing: number }> {
	if (!(await hasStorage(sql))) return { names: [], missing: 0 };
	const rows = await sql<{ version: string }[]>`select version from storage.objects where version is not null`;
	const there = new Set(await readdir(aside));
	const names = rows.map(({ version }) => version).filter((version) => there.has(version));
	return { names: names.toSorted(), missing: rows.length - names.length };
}

/** Removes what a dump that was killed had put aside. */
async function sweepAside(dataDir: string): Promise<void> {
	for (const name of await readdir(dataDir)) {
		const pid = /^dumping-(\d+)$/.exec(name)?.[1];
		if (pid !== undefined && !isAlive(Number(pid))) await rm(join(dataDir, name), { recursive: true, force: true });
	}
}

/**
 * Writes everything that makes a data folder whole to one new file that only its owner may read: the database, the stored files, the keys. The platform may run:
 * what is dumped is its state at one moment near the end. Throws a Refusal; then there is no file.
 */
export async function dumpData({ dataDir, file }: { dataDir: string; file: string }): Promise<Dumped> {
	if (existsSync(file)) throw new Refusal('file_exists', `${file} is there already.`, 'Choose another name; a dump replaces nothing.');
	await finishRestore(dataDir);
	const server = await attachPostgres(dataDir);
	const partial = `${file}.${process.pid}`;
	const aside = join(dataDir, `dumping-${process.pid}`);
	const sql = postgres(server.adminUrl(), { max: 1, onnotice: () => {}, connection: { statement_timeout: 0, application_name: 'dump' } });
	try {
		await sweepAside(dataDir);
		await mkdir(aside, { mode: 0o700 });
		let dumped: Dumped = { files: 0, missing: 0 };
		const fill = async (archive: ArchiveWriter) => {
			await archive.text('dump.json', JSON.stringify(await factsOf(sql), null, '\t'));
			if (!(await archive.copy('keys.json', join(dataDir, 'keys.json')))) throw noData(dataDir);
			await archive.copy('postgres/secret', join(server.folder, 'secret'));
			const cluster = { adminUrl: server.adminUrl(), cluster: join(server.folder, 'cluster') };
			let settled = { names: new Array<string>(), missing: 0 };
			await backUpCluster(cluster, archive, 'postgres/cluster', (end) =>
				holdUploads(sql, async (transaction) => {
					await end();
					await keepAside(keptFiles(join(dataDir, 'storage')), aside);
					settled = await settleFiles(transaction, aside);
				})
			);
			for (const name of settled.names) await archive.copy(`storage/files/${name}`, join(aside, name));
			dumped = { files: settled.names.length, missing: settled.missing };
			await archive.text('complete.json', JSON.stringify(dumped));
		};
		await writeArchive(partial, fill);
		await rename(partial, file);
		return dumped;
	} finally {
		await rm(partial, { force: true });
		await rm(aside, { recursive: true, force: true });
		await sql.end({ timeout: 5 });
		await server.detach();
	}
}
