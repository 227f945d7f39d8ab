import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Chunk } from './session';
import { cancelUpload, upload, UploadRefused, type UploadHooks } from './upload';

const rowsTotal = 2500;
const chunkAt = async (firstRow: number): Promise<Chunk> => ({
	firstRow,
	rows: Array.from({ length: Math.max(0, Math.min(1000, rowsTotal - firstRow)) }, (_, at) => ({ name: `Deal ${firstRow + at}` }))
});
const target = { orgId: 'org', pipelineId: 'pipeline', fileName: 'deals.csv', totalRows: rowsTotal };

type Answer = { status: number; body: unknown } | 'drop';
type Arrived = { path: string; body: { first_row?: number; rows?: unknown[]; total_rows?: number } };

let server: Server;
let base: string;
let arrived: Arrived[];
let answer: (call: Arrived, times: number) => Answer;

const good = (call: Arrived): Answer => {
	if (call.path === '/api/imports') return { status: 200, body: { id: 'i1' } };
	if (call.path.endsWith('/commit'))
		return { status: 200, body: { import: { id: 'i1', status: 'committed', taken_rows: 2500 }, refused: [] } };
	return { status: 200, body: {} };
};

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
	let text = '';
	for await (const part of request) text += part;
	const call: Arrived = { path: request.url ?? '', body: JSON.parse(text) };
	arrived.push(call);
	const given = answer(call, arrived.filter(({ path }) => path === call.path).length);
	if (given === 'drop') response.destroy();
	else response.writeHead(given.status, { 'content-type': 'application/json' }).end(JSON.stringify(given.body));
}

beforeEach(async () => {
	arrived = [];
	answer = good;
	server = createServer((request, response) => void handle(request, response));
	await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
	const address = server.address();
	base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});

afterEach(() => new Promise((closed) => server.close(closed)));

function watched(controller = new AbortController()) {
	const seen = { progress: [] as number[], trouble: [] as (string | null)[], pauses: [] as number[], ids: [] as string[], committing: 0 };
	const hooks: UploadHooks = {
		signal: controller.signal,
		begun: (id) => seen.ids.push(id),
		progress: (rows) => seen.progress.push(rows),
		committing: () => (seen.committing += 1),
		trouble: (message) => seen.trouble.push(message),
		fetch: (path, init) => fetch(base + path, init),
		pause: async (ms, signal) => {
			seen.pauses.push(ms);
			signal.throwIfAborted();
		}
	};
	return { hooks, seen, controller };
}

describe('an upload', () => {
	it('stages every row once, in order, and then commits', async () => {
		const { hooks, seen } = watched();
		const result = await upload(target, chunkAt, hooks);
		expect(result.import.taken_rows).toBe(2500);
		expect(arrived.map(({ path, body }) => [path, body.first_row, body.rows?.length])).toEqual([
			['/api/imports', undefined, undefined],
			['/api/imports/i1/rows', 0, 1000],
			['/api/imports/i1/rows', 1000, 1000],
			['/api/imports/i1/rows', 2000, 500],
			['/api/imports/i1/commit', undefined, undefined]
		]);
		expect([seen.progress, seen.ids, seen.committing]).toEqual([[1000, 2000, 2500], ['i1'], 1]);
	});

	it('repeats a chunk whose answer was lost, says so meanwhile, and goes on', async () => {
		answer = (call, times) => (call.body.first_row === 1000 && times < 4 ? 'drop' : good(call));
		const { hooks, seen } = watched();
		expect((await upload(target, chunkAt, hooks)).import.status).toBe('committed');
		expect(arrived.filter(({ body }) => body.first_row === 1000)).toHaveLength(3);
		expect(seen.trouble.filter((message) => message?.includes('connection is lost'))).toHaveLength(2);
		expect(seen.trouble.at(-1)).toBeNull();
		expect(seen.pauses).toEqual([500, 1000]);
	});

	it('asks a busy server again, and the commit too', async () => {
		answer = (call, times) => (call.path.endsWith('/commit') && times === 1 ? { status: 503, body: {} } : good(call));
		const { hooks, seen } = watched();
		expect((await upload(target, chunkAt, hooks)).import.status).toBe('committed');
		expect(seen.trouble.some((message) => message?.includes('busy'))).toBe(true);
	});

	it('gives up on a server that stays busy, with its own sentence', async () => {
		answer = (call) =>
			call.path.endsWith('/commit') ? { status: 503, body: { error: { code: 'too_slow', message: 'It took too long.' } } } : good(call);
		const { hooks } = watched();
		await expect(upload(target, chunkAt, hooks)).rejects.toEqual(new UploadRefused('too_slow', 'It took too long.'));
		expect(arrived.filter(({ path }) => path.endsWith('/commit'))).toHaveLength(5);
	});

	it('stops with the server’s own sentence where asking again would not help', async () => {
		answer = (call) =>
			call.path.endsWith('/rows') ? { status: 403, body: { error: { code: 'forbidden', message: 'Ask an admin.' } } } : good(call);
		const { hooks } = watched();
		await expect(upload(target, chunkAt, hooks)).rejects.toEqual(new UploadRefused('forbidden', 'Ask an admin.'));
		expect(arrived).toHaveLength(2);
	});

	it('stops at once when it is aborted, also between two tries', async () => {
		const { hooks, controller } = watched();
		answer = (call) => {
			if (call.body.first_row === 1000) controller.abort(new Error('stopped by hand'));
			return call.body.first_row === 1000 ? 'drop' : good(call);
		};
		await expect(upload(target, chunkAt, hooks)).rejects.toThrow('stopped by hand');
		expect(arrived.at(-1)?.body.first_row).toBe(1000);
	});
});

describe('cancelling', () => {
	it('forgets what was staged', async () => {
		expect(await cancelUpload('i1', watched().hooks)).toBe('cancelled');
		expect(arrived.map(({ path }) => path)).toEqual(['/api/imports/i1/cancel']);
	});

	it('too late gives the result of the import that was made', async () => {
		answer = (call) =>
			call.path.endsWith('/cancel') ? { status: 400, body: { error: { code: 'import_closed', message: 'Done.' } } } : good(call);
		expect(await cancelUpload('i1', watched().hooks)).toMatchObject({ import: { status: 'committed' } });
	});
});
