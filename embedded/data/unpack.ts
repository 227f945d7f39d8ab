import { chownSync, mkdirSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Refusal, type ServiceUser } from '../postgres/index.ts';
import { keptFiles } from '../storage/index.ts';
import { readArchive, type ArchiveEntry } from './archive.ts';
import { parseEnd, parseFacts, type DumpFacts } from './facts.ts';
import { damaged, notADump } from './refusals.ts';

/** Where a dump is unpacked to. */
export type Unpacking = {
	file: string;
	/** A new data folder, empty. */
	folder: string;
	/** Its part that belongs to the database's user, empty too. */
	server: string;
	user: ServiceUser;
};

/** Throws a Refusal where a dump does not fit here. It is asked before anything is made. */
export type Fit = (facts: DumpFacts) => void;

/** Reads the first entry, by which a dump is known. */
async function readFacts(entry: ArchiveEntry | undefined, file: string): Promise<DumpFacts> {
	const isFacts = entry?.header.name === 'dump.json' && entry.header.type === 'file' && entry.header.size < 2 ** 20;
	const facts = isFacts ? parseFacts(await text(entry.body)) : undefined;
	if (!facts) throw notADump(file);
	return facts;
}

/** One part of a path that leads nowhere else, on any system. */
const plainPart = /^(?!\.{1,2}$)[\w.-]+$/;
const allowed = /^(keys\.json|postgres\/secret|postgres\/cluster\/.+|storage\/files\/[^/]+)$/;

/** Where an entry goes. Only the names that a dump has are taken, so that no path leads out. */
function placeOf(name: string, { folder, server }: Unpacking): { path: string; ofServer: boolean } {
	if (!allowed.test(name) || !name.split('/').every((part) => plainPart.test(part)))
		throw damaged(`it has an entry ${JSON.stringify(name)}`);
	const ofServer = name.startsWith('postgres/');
	return { ofServer, path: ofServer ? join(server, name.slice('postgres/'.length)) : join(folder, name) };
}

async function unpackEntry({ header, body }: ArchiveEntry, unpacking: Unpacking): Promise<void> {
	const { path, ofServer } = placeOf(header.name.replace(/\/$/, ''), unpacking);
	const { uid, gid } = unpacking.user;
	const owner = ofServer && uid !== undefined && gid !== undefined ? { uid, gid } : undefined;
	if (header.type === 'directory') {
		await body.cancel();
		await mkdir(path, { mode: 0o700 });
		if (owner) chownSync(path, owner.uid, owner.gid);
		return;
	}
	// No links and no devices: there is nothing to follow in a folder made here.
	if (header.type !== 'file') throw damaged(`${header.name} is a ${header.type}`);
	// 'x': a name that comes twice is refused.
	const file = await open(path, 'wx', 0o600);
	try {
		for await (const chunk of body) await file.writeFile(chunk);
		if (owner) await file.chown(owner.uid, owner.gid);
		// The server forces its own files to the disk when it recovers.
		if (!header.name.startsWith('postgres/cluster/')) await file.sync();
	} finally {
		await file.close();
	}
}

/** An error while reading an archive, as a person is told of it. What the file system says stays as it is. */
function asRefusal(error: unknown): unknown {
	if (error instanceof Refusal || !(error instanceof Error)) return error;
	if ('code' in error && error.code === 'EEXIST') return damaged('an entry comes twice', error);
	return 'syscall' in error ? error : damaged(error.message, error);
}

async function unpackAll(unpacking: Unpacking, fit: Fit): Promise<{ missing: number }> {
	const { file, folder, server, user } = unpacking;
	const entries = readArchive(file);
	const first = await entries.next();
	fit(await readFacts(first.value ?? undefined, file));
	const cluster = join(server, 'cluster');
	mkdirSync(keptFiles(join(folder, 'storage')), { recursive: true, mode: 0o700 });
	mkdirSync(cluster, { mode: 0o700 });
	if (user.uid !== undefined && user.gid !== undefined) chownSync(cluster, user.uid, user.gid);
	let end: { missing: number } | undefined;
	for await (const entry of entries) {
		if (end) throw damaged('something follows its end');
		if (entry.header.name === 'complete.json') end = parseEnd(await text(entry.body));
		else await unpackEntry(entry, unpacking);
	}
	if (!end) throw damaged('it has no end');
	return end;
}

/**
 * Unpacks a dump. Gives how many rows of stored files had lost their file before it was made. Throws a Refusal when it does not fit, or is not
 * whole; what was unpacked until then stays.
 */
export async function unpackDump(unpacking: Unpacking, fit: Fit): Promise<{ missing: number }> {
	try {
		return await unpackAll(unpacking, fit);
	} catch (error) {
		throw asRefusal(error);
	}
}
