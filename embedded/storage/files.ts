import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, opendir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError, tooLarge } from './errors.ts';

/** A file that was written whole. */
export type Received = {
	version: string;
	/** Bytes. */
	size: number;
	/** As S3 makes it for a file sent in one piece: the quoted MD5 of its bytes. */
	eTag: string;
};

/** Names on disk are made here and nowhere else; what a row says is believed only in this form. */
const versionPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where in the service's folder the files are, each named by its row's `version`. */
export const keptFiles = (folder: string): string => join(folder, 'files');

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * The files on disk, one per version, never changed once they are there. A file is complete and on the disk before a row
 * names it, and is removed after no row does: a process killed in between leaves a file without a row, which the next start sweeps.
 */
export class Files {
	readonly #kept: string;
	readonly #incoming: string;

	private constructor(folder: string) {
		this.#kept = keptFiles(folder);
		this.#incoming = join(folder, 'incoming');
	}

	/** Opens the folder, making it when missing. What was being written when the last process ended is thrown away. */
	static async open(folder: string): Promise<Files> {
		const files = new Files(folder);
		await rm(files.#incoming, { recursive: true, force: true });
		await mkdir(files.#kept, { recursive: true, mode: 0o700 });
		await mkdir(files.#incoming, { recursive: true, mode: 0o700 });
		return files;
	}

	#path(version: string): string {
		if (!versionPattern.test(version)) throw new Error('Not a version of a file');
		return join(this.#kept, version);
	}

	/** Writes the chunks to a new file and waits until the disk has it. Past `limit` bytes it is refused. */
	async receive(chunks: AsyncIterable<Uint8Array>, limit: number, expected?: number): Promise<Received> {
		const version = randomUUID();
		const partial = join(this.#incoming, version);
		const hash = createHash('md5');
		let size = 0;
		try {
			const file = await open(partial, 'wx', 0o600);
			try {
				for await (const chunk of chunks) {
					size += chunk.byteLength;
					if (size > limit) throw tooLarge();
					hash.update(chunk);
					await file.writeFile(chunk);
				}
				if (expected !== undefined && size !== expected) {
					throw new StorageError(400, 'InvalidRequest', 'Request stream closed before upload could complete');
				}
				await file.sync();
			} finally {
				await file.close();
			}
			await this.#keep(partial, version);
		} catch (error) {
			await rm(partial, { force: true });
			throw error;
		}
		return { version, size, eTag: `"${hash.digest('hex')}"` };
	}

	async #keep(partial: string, version: string): Promise<void> {
		await rename(partial, this.#path(version));
		// A name is on the disk only when its folder is. Windows has no such call.
		if (process.platform === 'win32') return;
		const folder = await open(this.#kept, constants.O_RDONLY);
		try {
			await folder.sync();
		} finally {
			await folder.close();
		}
	}

	/** Makes another file of the same content. Gives its version, or undefined when the first one is not there. */
	async copy(version: string | null): Promise<string | undefined> {
		if (version === null || !versionPattern.test(version)) return undefined;
		const copied = randomUUID();
		const partial = join(this.#incoming, copied);
		try {
			await copyFile(this.#path(version), partial, constants.COPYFILE_FICLONE);
			const file = await open(partial, 'r+');
			await file.sync().finally(() => file.close());
			await this.#keep(partial, copied);
			return copied;
		} catch (error) {
			await rm(partial, { force: true });
			if (isMissing(error)) return undefined;
			throw error;
		}
	}

	/** Opens a version for reading; undefined when there is none. The caller closes it. */
	async read(version: string | null): Promise<FileHandle | undefined> {
		if (version === null || !versionPattern.test(version)) return undefined;
		try {
			return await open(this.#path(version), constants.O_RDONLY);
		} catch (error) {
			if (isMissing(error)) return undefined;
			throw error;
		}
	}

	/** Removes versions that no row names any more. One that cannot be removed now is swept at the next start. */
	async remove(versions: (string | null)[]): Promise<void> {
		for (const version of versions) {
			if (version === null || !versionPattern.test(version)) continue;
			await rm(this.#path(version), { force: true }).catch((error: unknown) => console.error('storage: a file stays for now:', error));
		}
	}

	/** Removes every file that `named` does not give back, a thousand at a time. For the start, when nothing is being uploaded. */
	async sweep(named: (versions: string[]) => Promise<Set<string>>): Promise<void> {
		let batch: string[] = [];
		const settle = async () => {
			const known = await named(batch);
			await this.remove(batch.filter((version) => !known.has(version)));
			batch = [];
		};
		for await (const { name } of await opendir(this.#kept)) {
			if (versionPattern.test(name)) batch.push(name);
			if (batch.length === 1000) await settle();
		}
		if (batch.length > 0) await settle();
	}
}
