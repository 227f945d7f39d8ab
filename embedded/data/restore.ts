import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import postgres from 'postgres';
import { applyMigrations } from '../migrate/index.ts';
import { claimDataFolder, findBinaries, makeServerFolder, prepareDatabase, startPostgres, stopLeftover } from '../postgres/index.ts';
import { keptFiles } from '../storage/index.ts';
import { refuseMisfit } from './facts.ts';
import { damaged, doesNotFit } from './refusals.ts';
import { besideOf, finishRestore, markerOf, removeBeside, swapIn, syncFolder } from './swap.ts';
import { unpackDump } from './unpack.ts';

export type RestoreOptions = {
	/** Made when missing. */
	dataDir: string;
	/** The dump. */
	file: string;
	/** Replace the data that is there. */
	force: boolean;
	/** The migrations of this project, which the restored database must fit. */
	migrationsDir: string;
	/** Told of each step and how long it took. */
	onStep?: (name: string, ms: number) => void;
};

/** What a data folder may hold without there being data in it. */
const traces = new Set(['postgres', 'restoring', 'run.json']);

function refuseFilledFolder(dataDir: string, force: boolean): void {
	const found = existsSync(dataDir) ? readdirSync(dataDir) : [];
	if (found.includes('keys.json')) {
		if (force) return;
		throw doesNotFit('not_empty', `There is data in ${dataDir} already.`, 'To replace it: npm run restore <file> -- --force');
	}
	if (found.every((name) => traces.has(name))) return;
	throw doesNotFit('foreign_folder', `${dataDir} does not look like a data folder of GeminiCRM.`, 'Check EMBEDDED_DIR.');
}

/** Rows of stored files whose file is not there. */
async function filesMissing(adminUrl: string, files: string): Promise<number> {
	const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
	try {
		const there = new Set(await readdir(files));
		const rows = await sql<{ version: string }[]>`select version from storage.objects where version is not null`;
		return rows.filter(({ version }) => !there.has(version)).length;
	} finally {
		await sql.end();
	}
}

/** Starts the database of a data folder, brings it up to the migrations of this project, and holds it against the files. */
async function prove(dataDir: string, migrationsDir: string, missing: number): Promise<void> {
	const server = await startPostgres({ dataDir, port: 0 });
	try {
		await prepareDatabase(server);
		await applyMigrations({ url: server.url(), dir: migrationsDir });
		const lost = (await filesMissing(server.adminUrl(), keptFiles(join(dataDir, 'storage')))) - missing;
		if (lost > 0) throw damaged(`${lost} stored ${lost === 1 ? 'file is' : 'files are'} missing`);
	} finally {
		await server.stop();
	}
}

/** Everything is on the disk; from here on the new data is the data. */
function decide(dataDir: string): void {
	const beside = besideOf(dataDir);
	for (const folder of [keptFiles(join(beside, 'storage')), join(beside, 'storage'), beside]) syncFolder(folder);
	writeFileSync(markerOf(dataDir), '', { flush: true });
	syncFolder(beside);
}

/**
 * Makes a data folder what it was when the dump was made. The dump is unpacked beside and started to see that it works, and only then put in the
 * place of what is there: whenever this ends, even by a kill or a loss of power, the folder holds the old data or the new, whole. Throws a
 * Refusal when the platform runs there, when there is data and no `force`, when the dump is damaged or does not fit.
 */
export async function restoreData({ dataDir, file, force, migrationsDir, onStep = () => {} }: RestoreOptions): Promise<void> {
	await access(file, constants.R_OK).catch((cause: unknown) => {
		throw doesNotFit('no_file', `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Check its name.');
	});
	await finishRestore(dataDir);
	refuseFilledFolder(dataDir, force);
	const { folder: server, user, release } = await claimDataFolder(dataDir);
	const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
		const start = performance.now();
		const result = await work();
		onStep(name, Math.round(performance.now() - start));
		return result;
	};
	try {
		const { version } = findBinaries(user);
		await removeBeside(dataDir);
		const beside = besideOf(dataDir);
		const unpacking = { file, folder: beside, server: makeServerFolder(beside, user), user };
		const { missing } = await timed('dump unpacked', () =>
			unpackDump(unpacking, (facts) => refuseMisfit(facts, { postgres: version, migrationsDir }))
		);
		await timed('database started from it', () => prove(beside, migrationsDir, missing));
		await stopLeftover(join(server, 'cluster'));
		decide(dataDir);
		await swapIn(dataDir);
	} catch (error) {
		if (!existsSync(markerOf(dataDir))) await removeBeside(dataDir);
		throw error;
	} finally {
		release();
	}
}
