import { startLoneRealtime } from '../contract/realtime-server.ts';

/** What the program tells when it is ready: where it answers, its key, and a token that may do what `authenticated` may. */
export type Ready = { apiUrl: string; publishableKey: string; dbUrl: string; token: string };

/** Memory of the program in bytes, after a garbage collection. */
export type Memory = { rss: number; heap: number; external: number };

// A Realtime server with a process to itself, so that its memory is its own: told to measure, it answers with Memory; told to stop, it ends.
const server = await startLoneRealtime({ maxConnections: 5_000 });
const { apiUrl, publishableKey, dbUrl } = server;
const ready: Ready = { apiUrl, publishableKey, dbUrl, token: await server.sign({}, 86_400) };
process.send?.(ready);

process.on('message', async (wish) => {
	if (wish === 'measure') {
		globalThis.gc?.();
		const { rss, heapUsed, external } = process.memoryUsage();
		const memory: Memory = { rss, heap: heapUsed, external };
		process.send?.(memory);
	} else {
		await server.stop();
		process.exit(0);
	}
});
process.on('disconnect', () => void server.stop().then(() => process.exit(0)));
