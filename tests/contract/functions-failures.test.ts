import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { isRunning, soon, startProject, type FunctionsProject } from './functions-project.ts';
import { embeddedTest as test } from './local.ts';

const files = {
	'steady/index.ts': `
		let calls = 0;
		Deno.serve(async (request) => {
			const pause = Number(new URL(request.url).searchParams.get('pause'));
			if (pause) await new Promise((done) => setTimeout(done, pause));
			return Response.json({ calls: ++calls, pid: Deno.pid });
		});`,
	'wild/index.ts': `
		Deno.serve(async (request) => {
			const what = new URL(request.url).pathname.split('/')[2];
			if (what === 'throw') throw new Error('thrown at ' + what);
			if (what === 'reject') { Promise.reject(new Error('nobody waits')); await new Promise(() => {}); }
			if (what === 'later') { setTimeout(() => { throw new Error('thrown later'); }); await new Promise(() => {}); }
			if (what === 'background') { EdgeRuntime.waitUntil(Promise.reject(new Error('failed behind'))); return new Response('given'); }
			if (what === 'exit') Deno.exit(3);
			if (what === 'close') { self.close(); await new Promise(() => {}); }
			if (what === 'loop') for (;;);
			if (what === 'busy') { const end = Date.now() + 60_000; while (Date.now() < end) { for (let i = 0; i < 5e7; i++); await new Promise((done) => setTimeout(done)); } }
			if (what === 'heap') { const kept = []; for (;;) kept.push(new Array(1000).fill(Math.random())); }
			if (what === 'buffers') { const kept = []; for (;;) { kept.push(new Uint8Array(2 ** 20).fill(1)); await new Promise((done) => setTimeout(done, 1)); } }
			if (what === 'nothing') return;
			if (what === 'teapot') return new Response('busy', { status: 503 });
			if (what === 'hang') { console.log('hangs from here on'); await new Promise(() => {}); }
			if (what === 'drip') return new Response(new ReadableStream({ start: (it) => it.enqueue(new TextEncoder().encode('first')) }));
			return Response.json({ pid: Deno.pid });
		});`,
	'handled/index.ts': `Deno.serve({ onError: (error) => new Response('caught ' + error.message, { status: 418 }) }, () => { throw new Error('it'); });`,
	'unready/index.ts': `throw new Error('a secret is missing');`,
	'idle/index.ts': `export const nothing = 1;`
};

let project: FunctionsProject;
beforeAll(async () => {
	project = await startProject(files, { limits: { cpuMs: 400, memoryMb: 120 } });
});
afterAll(() => project.stop());

const others: FunctionsProject[] = [];
afterEach(async () => {
	for (const other of others.splice(0)) await other.stop();
});

async function answer(path: string, from = project): Promise<unknown[]> {
	const response = await from.call(path);
	return [response.status, response.headers.get('sb-error-code'), await response.text()];
}

const json = (code: string, message: string) => JSON.stringify({ code, message });

const resourceLimit = [
	546,
	'WORKER_RESOURCE_LIMIT',
	json('WORKER_RESOURCE_LIMIT', 'Function failed due to not having enough compute resources (please check logs)')
];
const workerError = [500, 'WORKER_ERROR', json('WORKER_ERROR', 'Function exited due to an error (please check logs)')];

/** Does something to one function while another is at work, which must not notice, and calls the first again. */
async function nextToSteady(path: string): Promise<unknown[]> {
	const { pid, calls }: { pid: number; calls: number } = await (await project.call('/steady')).json();
	const atWork = project.call('/steady?pause=600');
	const result = await answer(path);
	expect(await (await atWork).json()).toEqual({ pid, calls: calls + 1 });
	expect((await answer('/wild'))[0]).toBe(200);
	return result;
}

test('an error of the handler is hosted’s 500, the log tells it, and the worker stays', async () => {
	const before = await answer('/wild');
	expect(await answer('/wild/throw')).toEqual([500, 'EDGE_FUNCTION_ERROR', 'Internal Server Error']);
	expect(await answer('/wild')).toEqual(before);
	await expect.poll(() => project.lines.join('\n'), soon).toMatch(/^\[wild\] Error: thrown at throw ⏎ at /m);
});

test('onError answers in the handler’s place', async () => {
	expect(await answer('/handled')).toEqual([418, null, 'caught it']);
});

test('no Response is a bad gateway, and whatever is 5xx of the function’s own is marked as such', async () => {
	expect(await answer('/wild/nothing')).toEqual([502, 'EDGE_FUNCTION_ERROR', 'Bad Gateway']);
	expect(await answer('/wild/teapot')).toEqual([503, 'EDGE_FUNCTION_ERROR', 'busy']);
});

test('code that throws while it is loaded is a worker error, code that serves nothing a boot error', async () => {
	expect(await answer('/unready')).toEqual(workerError);
	await expect.poll(() => project.lines.join('\n'), soon).toMatch(/^\[unready\] Error: a secret is missing ⏎ at /m);
	expect(await answer('/idle')).toEqual([503, 'BOOT_ERROR', json('BOOT_ERROR', 'Function failed to start (please check logs)')]);
});

test.each(['reject', 'later', 'exit', 'close'])(
	'a function that ends by %s is a worker error and comes back, and no other feels it',
	async (what) => {
		expect(await nextToSteady(`/wild/${what}`)).toEqual(workerError);
		expect(project.lines).toContain('[wild] ended: it exited, or an error was not caught');
	}
);

test('an error behind an answer costs the function its process, and the log tells it in one line', async () => {
	const { pid }: { pid: number } = await (await project.call('/wild')).json();
	expect((await project.call('/wild/background')).status).toBe(200);
	await expect.poll(() => isRunning(pid), soon).toBe(false);
	await expect.poll(() => project.lines.join('\n'), soon).toMatch(/^\[wild\] error: Uncaught .*Error: failed behind.* ⏎ /m);
	expect((await project.call('/wild')).status).toBe(200);
});

test.each(['loop', 'busy'])('a function that computes without end (%s) is ended at its CPU limit, and no other feels it', async (what) => {
	expect(await nextToSteady(`/wild/${what}`)).toEqual(resourceLimit);
	expect(project.lines).toContain('[wild] ended: it went over its CPU time limit');
});

test('an endless loop ends although more requests keep coming, and they fare no better', async () => {
	const answers = Promise.all(Array.from({ length: 20 }, () => answer('/wild/loop')));
	for (const each of await answers) expect(each).toEqual(resourceLimit);
});

test.each(['heap', 'buffers'])(
	'a function that takes memory without end (%s) is ended at its limit, and no other feels it',
	async (what) => {
		// This much work would meet the CPU limit of the other tests first.
		const roomy = await startProject(files, { limits: { memoryMb: 120, cpuMs: 60_000 } });
		others.push(roomy);
		const { pid }: { pid: number } = await (await roomy.call('/steady')).json();
		const response = await roomy.call(`/wild/${what}`);
		expect([response.status, response.headers.get('sb-error-code'), await response.text()]).toEqual(resourceLimit);
		expect(roomy.lines).toContain('[wild] ended: it went over its memory limit');
		expect(await (await roomy.call('/steady')).json()).toEqual({ calls: 2, pid });
		expect((await roomy.call('/wild')).status).toBe(200);
	}
);

test('many requests may together use more CPU time than one', async () => {
	const busy = await startProject(
		{ 'sum/index.ts': `Deno.serve(() => { const end = Date.now() + 60; while (Date.now() < end); return new Response('done'); });` },
		{ limits: { cpuMs: 400 } }
	);
	others.push(busy);
	const answers = await Promise.all(Array.from({ length: 25 }, () => busy.call('/sum')));
	expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 25 }, () => 200));
});

/** Waits a second and a half only; of its own, as a busy machine takes longer over what the other tests compute. */
async function startImpatient(): Promise<FunctionsProject> {
	const impatient = await startProject(files, { limits: { idleMs: 1_500 } });
	others.push(impatient);
	return impatient;
}

test('a function that does not answer is hosted’s 504; its worker goes on', async () => {
	const impatient = await startImpatient();
	const before = await answer('/wild', impatient);
	const timedOut = json('IDLE_TIMEOUT', 'Request idle timeout limit (1.5s) reached');
	expect(await answer('/wild/hang', impatient)).toEqual([504, 'IDLE_TIMEOUT', timedOut]);
	expect(await answer('/wild', impatient)).toEqual(before);
});

test('a stream that stops is broken off, not kept open for ever', async () => {
	const reader = (await (await startImpatient()).call('/wild/drip')).body?.getReader();
	expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
	await expect(reader?.read()).rejects.toThrow();
});

test('half way through its life a worker gets no new requests, and at its end it is gone, whatever it does', async () => {
	const short = await startProject(files, { limits: { wallMs: 2_000 } });
	others.push(short);
	const first: { pid: number } = await (await short.call('/steady')).json();
	const kept = short.call('/steady?pause=1200');
	const endless = short.call('/steady?pause=60000');
	await expect.poll(async () => (await (await short.call('/steady')).json()).pid, soon).not.toBe(first.pid);
	expect((await (await kept).json()).pid).toBe(first.pid);
	expect((await endless).status).toBe(546);
	expect(isRunning(first.pid)).toBe(false);
	expect(short.lines).toContain('[steady] ended: it reached its wall clock limit');
});

test('a caller who leaves does not cost the function its process', async () => {
	const before = await answer('/wild');
	const leaving = new AbortController();
	const call = project.call('/wild/hang', { signal: leaving.signal });
	await expect.poll(() => project.lines, soon).toContain('[wild] hangs from here on');
	leaving.abort();
	await expect(call).rejects.toThrow('aborted');
	expect(await answer('/wild')).toEqual(before);
});

test('a process killed from outside comes back at the next request', async () => {
	const { pid }: { pid: number } = await (await project.call('/steady')).json();
	process.kill(pid, 'SIGKILL');
	await expect.poll(async () => (await (await project.call('/steady')).json()).calls, soon).toBe(1);
});

test('before a function is called nothing runs; stop ends all of them, and later calls find nothing', async () => {
	const other = await startProject(files);
	const pids = await Promise.all(['/steady', '/wild'].map(async (path) => Number((await (await other.call(path)).json()).pid)));
	const waiting = other.call('/wild/loop');
	await other.stop();
	expect(pids.map(isRunning)).toEqual([false, false]);
	expect((await waiting).status).toBe(500);
	expect((await other.call('/steady')).status).toBe(404);
});

/** The folder with a process's socket, which its arguments name. */
function runtimeFolder(pid: number): string {
	return /\0(\/[^\0]*edge-function-\w+)\0/.exec(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))?.[1] ?? '';
}

test('after kill -9 of the platform no deno is left, not even one in an endless loop, and no socket', async () => {
	const looping = `let looping = false; Deno.serve(() => { if (!looping) setTimeout(() => { for (;;); }, 50); looping = true; return new Response(String(Deno.pid)); });`;
	const other = await startProject({ 'loop/index.ts': looping, 'rest/index.ts': `Deno.serve(() => new Response(String(Deno.pid)));` });
	others.push(other);
	const program = fileURLToPath(new URL('./functions-program.ts', import.meta.url));
	const child = spawn(process.execPath, [program, join(other.root, 'supabase/functions'), 'loop', 'rest'], {
		stdio: ['ignore', 'pipe', 'inherit']
	});
	const [line] = await once(createInterface(child.stdout), 'line');
	const pids: number[] = JSON.parse(String(line)).map(Number);
	expect(pids.map(isRunning)).toEqual([true, true]);
	const folders = pids.map(runtimeFolder);
	expect(folders.map((folder) => existsSync(folder))).toEqual([true, true]);
	child.kill('SIGKILL');
	await expect.poll(() => pids.map(isRunning), soon).toEqual([false, false]);
	await expect.poll(() => folders.map((folder) => existsSync(folder)), soon).toEqual([false, false]);
});
