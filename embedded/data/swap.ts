import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { claimDataFolder, makeServerFolder, serverFolders, serviceUser, stopLeftover, type Claim } from '../postgres/index.ts';

/** The data folder in which a restore builds, inside the one it will replace. */
export const besideOf = (dataDir: string): string => join(dataDir, 'restoring');

/** Its presence is the decision: before it is there, the old data is the data; from then on, the new. */
export const markerOf = (dataDir: string): string => join(besideOf(dataDir), 'complete');

/** Removes what was built beside, wherever it is, and ends a server that a killed restore had started to try it. */
export async function removeBeside(dataDir: string): Promise<void> {
	const beside = besideOf(dataDir);
	for (const folder of serverFolders(beside)) {
		await stopLeftover(join(folder, 'cluster'));
		rmSync(folder, { recursive: true, force: true });
	}
	rmSync(beside, { recursive: true, force: true });
}

/** Makes a rename or a new file in `folder` outlast a loss of power. Windows has no such call. */
export function syncFolder(folder: string): void {
	if (process.platform === 'win32') return;
	const opened = openSync(folder, 'r');
	fsyncSync(opened);
	closeSync(opened);
}

/**
 * Puts what was built beside in the place of what is there, for the owner of `dataDir`. Each step may be done again: a process killed in
 * the middle leaves the rest to the next one.
 */
export async function swapIn(dataDir: string): Promise<void> {
	const user = serviceUser();
	const beside = besideOf(dataDir);
	const [server, newServer] = [makeServerFolder(dataDir, user), makeServerFolder(beside, user)];
	const moves: [string, string][] = [
		[join(beside, 'keys.json'), join(dataDir, 'keys.json')],
		[join(beside, 'storage'), join(dataDir, 'storage')],
		[join(newServer, 'secret'), join(server, 'secret')],
		[join(newServer, 'cluster'), join(server, 'cluster')]
	];
	for (const [from, to] of moves) {
		if (!existsSync(from)) continue;
		rmSync(to, { recursive: true, force: true });
		renameSync(from, to);
		syncFolder(dirname(to));
	}
	await removeBeside(dataDir);
}

/** Finishes a restore that was decided and then cut short, for who has claimed the folder. To be called before anything of it is read. */
export async function finishRestoreIn(dataDir: string, { folder }: Claim): Promise<void> {
	if (!existsSync(markerOf(dataDir))) return;
	await stopLeftover(join(folder, 'cluster'));
	await swapIn(dataDir);
}

/** Finishes a restore that was cut short. Throws a Refusal while another process uses the folder. */
export async function finishRestore(dataDir: string): Promise<void> {
	if (!existsSync(markerOf(dataDir))) return;
	const claim = await claimDataFolder(dataDir);
	try {
		await finishRestoreIn(dataDir, claim);
	} finally {
		claim.release();
	}
}
