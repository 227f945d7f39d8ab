import { createReadStream, createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { createTarDecoder, createTarPacker, type ParsedTarEntry } from 'modern-tar';

/** Puts entries into an archive, one after the other. Names are relative, with slashes. */
export type ArchiveWriter = {
	text(name: string, content: string): Promise<void>;
	folder(name: string): Promise<void>;
	/** A file, as long as it was when it was opened; what it lost meanwhile is zeros. Gives false when there is none. */
	copy(name: string, path: string): Promise<boolean>;
};

const chunkSize = 65_536;

async function* firstBytes(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
	for (let position = 0; position < size;) {
		const chunk = Buffer.alloc(Math.min(chunkSize, size - position));
		await file.read(chunk, 0, chunk.length, position);
		yield chunk;
		position += chunk.length;
	}
}

/** Writes a tar.gz to `path`, which only its owner may read: what `fill` puts into it. It is on the disk when this resolves. */
export async function writeArchive(path: string, fill: (archive: ArchiveWriter) => Promise<void>): Promise<void> {
	const { readable, controller } = createTarPacker();
	const put = async (name: string, size: number, type: 'file' | 'directory', content: AsyncIterable<Uint8Array> | Uint8Array[]) => {
		const writer = controller.add({ name, size, type, mode: type === 'file' ? 0o600 : 0o700 }).getWriter();
		for await (const chunk of content) await writer.write(chunk);
		await writer.close();
	};
	const archive: ArchiveWriter = {
		text: (name, content) => {
			const bytes = Buffer.from(content);
			return put(name, bytes.length, 'file', [bytes]);
		},
		folder: (name) => put(`${name}/`, 0, 'directory', []),
		async copy(name, path) {
			const file = await open(path).catch((error: NodeJS.ErrnoException) => {
				if (error.code === 'ENOENT') return undefined;
				throw error;
			});
			if (!file) return false;
			try {
				const { size } = await file.stat();
				await put(name, size, 'file', firstBytes(file, size));
				return true;
			} finally {
				await file.close();
			}
		}
	};
	const filled = fill(archive).then(
		() => controller.finalize(),
		(error: unknown) => {
			controller.error(error);
			throw error;
		}
	);
	const output = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
	// When the disk is full, filling ends too: nobody takes its bytes any more.
	const [written] = await Promise.allSettled([pipeline(readable, createGzip(), output), filled]);
	await filled;
	if (written.status === 'rejected') throw written.reason;
}

/** An entry of an archive. Its `body` must be read to the end, or cancelled, before the next one comes. */
export type ArchiveEntry = ParsedTarEntry;

/** The entries of a tar as its bytes come. Throws what reading the bytes throws, and for what is no tar. */
async function* entriesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<ArchiveEntry> {
	const { readable, writable } = createTarDecoder({ strict: true });
	const writer = writable.getWriter();
	const feed = async () => {
		for await (const chunk of bytes) await writer.write(chunk);
		await writer.close();
	};
	// A failure on this side is told on the other.
	const fed = feed().catch((error: unknown) => writer.abort(error).catch(() => {}));
	yield* readable;
	await fed;
}

/**
 * Reads a tar.gz from `path` entry by entry. For anything that is no whole tar.gz it throws, or the body of an entry does, an error without `syscall`;
 * errors of the file system have one.
 */
export async function* readArchive(path: string): AsyncGenerator<ArchiveEntry> {
	const source = createReadStream(path);
	const unzipped = createGunzip();
	// Its failure reaches the reader of `unzipped` too, which is where it is told.
	pipeline(source, unzipped).catch(() => {});
	try {
		yield* entriesOf(unzipped);
	} finally {
		source.destroy();
		unzipped.destroy();
	}
}
