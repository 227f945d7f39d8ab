/*
 * Runs in deno, not in Node: the main thread of a function's process. It holds no code of the function. Its work is to start the sandbox, and to
 * be free to end the process when its parent is gone, even while the function never gives its own thread a turn.
 */

/** What Node tells this process in the first line of its standard input. */
type Orders = { variables: Record<string, string>; permissions: object };

declare const Deno: {
	args: string[];
	env: { toObject(): Record<string, string>; set(name: string, value: string): void; delete(name: string): void };
	stdin: { readable: ReadableStream<Uint8Array<ArrayBuffer>> };
	removeSync(path: string, options: { recursive: boolean }): void;
	exit(code: number): never;
};

const [folder = ''] = Deno.args;
/** Deno's own addition to the options of a worker. */
type SandboxOptions = WorkerOptions & { deno: { permissions: object } };

function startSandbox({ variables, permissions }: Orders): void {
	// The function sees the variables it is given, and none of ours.
	for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name);
	for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
	const options: SandboxOptions = { type: 'module', name: 'function', deno: { permissions } };
	const sandbox = new Worker(new URL('./deno-sandbox.ts', import.meta.url), options);
	// Deno has written the error down by now. An error nobody caught ends the function, as on hosted.
	sandbox.onerror = (event) => {
		event.preventDefault();
		Deno.exit(70);
	};
}

let text = '';
let started = false;
for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
	text += chunk;
	if (started || !text.includes('\n')) continue;
	started = true;
	startSandbox(JSON.parse(text));
	text = '';
}
// The end of the input is the end of the parent, however that came: nothing may be left behind.
Deno.removeSync(folder, { recursive: true });
Deno.exit(0);
