import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOwned } from './ownership.ts';
import { readPidFile } from './postmaster.ts';
import { Refusal } from './refusal.ts';
import { adminUrlAt, startPostgres } from './server.ts';
import { serverFolders } from './service-user.ts';

/** The database of a data folder, whoever runs it. */
export type AttachedServer = {
	/** Where its files are. */
	folder: string;
	/** Connection URL of the superuser. */
	adminUrl(database?: string): string;
	/** Leaves it as it was found: running, or stopped. */
	detach(): Promise<void>;
};

/** The folder in which a data folder's database is, undefined when there is none yet. */
function existingServerFolder(dataDir: string): string | undefined {
	return serverFolders(dataDir).find((folder) => existsSync(join(folder, 'cluster', 'PG_VERSION')));
}

/** Nothing was ever started on this folder, or not to the end. */
export const noData = (dataDir: string) =>
	new Refusal(
		'no_data',
		`There is no data of GeminiCRM in ${dataDir}.`,
		'Start once with npm start, or name the folder: EMBEDDED_DIR=<folder>'
	);

/**
 * Reaches the database of a data folder: that of the platform which runs there, or one started for the purpose.
 * Throws a Refusal when there is no database, or the platform is just starting or stopping.
 */
export async function attachPostgres(dataDir: string): Promise<AttachedServer> {
	const folder = existingServerFolder(dataDir);
	if (folder === undefined) throw noData(dataDir);
	if (!isOwned(folder)) {
		const server = await startPostgres({ dataDir, port: 0 });
		return { folder: server.folder, adminUrl: server.adminUrl, detach: () => server.stop() };
	}
	const running = readPidFile(join(folder, 'cluster'));
	if (!running?.ready) {
		throw new Refusal('not_ready', `The platform that runs on ${dataDir} is just starting or stopping.`, 'Try again in a moment.');
	}
	const secret = readFileSync(join(folder, 'secret'), 'utf8').trim();
	return { folder, adminUrl: (database) => adminUrlAt(running.port, secret, database), detach: () => Promise.resolve() };
}
