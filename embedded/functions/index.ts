import { existsSync, watch, type FSWatcher } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Service } from '../gateway/index.ts';
import { refuseAccess, type AccessChecks } from './access.ts';
import { refuse, type AnswerCode } from './answers.ts';
import { IdleTimeout } from './exchange.ts';
import type { Limits } from './supervision.ts';
import { platformVariables, readSecrets, type ProjectAddresses } from './variables.ts';
import { startWorker, WorkerEnded, type End, type Worker } from './worker.ts';

/** What `[functions.<name>]` of config.toml says. */
export type FunctionConfig = {
	verifyJwt: boolean;
	/** Path of the module, from the folder that holds `functions`; `functions/<name>/index.ts` without it. */
	entrypoint?: string;
	enabled: boolean;
};

export type FunctionsOptions = ProjectAddresses &
	AccessChecks & {
		/** `supabase/functions`. It may be missing: then there are no functions. */
		folder: string;
		config: (name: string) => FunctionConfig;
		/** Run the files as they are now: a change replaces the workers it touches. */
		watch: boolean;
		/** Where they differ from hosted's. */
		limits?: Partial<Limits>;
		/** Takes one line for each thing a function has to say; the console without it. */
		log?: (line: string) => void;
	};

/** The running functions. */
export type Functions = Service & {
	/** Ends every worker, whatever it does. */
	stop(): Promise<void>;
};

/** Hosted's, of the paid plans (Supabase's docs, "Edge Functions: limits"). */
const hostedLimits: Limits = { memoryMb: 256, cpuMs: 2_000, wallMs: 400_000, idleMs: 150_000 };

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What a request is answered whose worker ended. */
const answerTo: Partial<Record<End, AnswerCode>> = {
	memory: 'WORKER_RESOURCE_LIMIT',
	cpu: 'WORKER_RESOURCE_LIMIT',
	wall: 'WORKER_RESOURCE_LIMIT',
	unstartable: 'BOOT_ERROR'
};

/** What hosted adds to, or changes in, a function's own answer. */
function asHosted(response: Response, method: string, executionId: string): Response {
	const { headers } = response;
	headers.set('x-served-by', 'supabase-edge-runtime');
	headers.set('x-deno-execution-id', executionId);
	headers.set('x-sb-edge-region', 'local');
	if (response.status >= 500) headers.set('sb-error-code', 'EDGE_FUNCTION_ERROR');
	// Pages are not served from Supabase's own domain.
	if (method === 'GET' && /^text\/html\b/i.test(headers.get('content-type') ?? '')) headers.set('content-type', 'text/plain');
	return response;
}

/** Serves the functions of a project under `/functions/v1/<name>`. No process is started before a function is called. */
export async function createFunctions(options: FunctionsOptions): Promise<Functions> {
	const { config, log = console.log } = options;
	const folder = resolve(options.folder);
	const limits = { ...hostedLimits, ...options.limits };
	const { host } = new URL(options.apiUrl);
	/** The worker of each function that takes its new requests. */
	const serving = new Map<string, Worker>();
	/** These, and those that still have something to finish. */
	const running = new Set<Worker>();
	let stopping = false;
	let watcher: FSWatcher | undefined;

	/** The module of a function, undefined when there is none, or it lies outside the folder. */
	function entrypointOf(name: string): string | undefined {
		const { enabled, entrypoint } = config(name);
		if (!enabled) return undefined;
		const file = entrypoint ? resolve(dirname(folder), entrypoint) : join(folder, name, 'index.ts');
		const inside = relative(folder, dirname(file));
		if (inside === '' || inside.split(sep)[0] === '..') return undefined;
		return existsSync(file) ? file : undefined;
	}

	function workerOf(name: string, entrypoint: string): Worker {
		const known = serving.get(name);
		if (known) return known;
		watchFolder();
		const worker = startWorker({
			name,
			entrypoint,
			folder,
			host,
			limits,
			log,
			variables: (executionId) => ({ ...readSecrets(folder, log), ...platformVariables(name, executionId, options) }),
			onRetired: () => {
				if (serving.get(name) === worker) serving.delete(name);
			},
			onEnded: () => running.delete(worker)
		});
		serving.set(name, worker);
		running.add(worker);
		return worker;
	}

	async function run(name: string, entrypoint: string, request: Request, path: string): Promise<Response> {
		let worker: Worker;
		try {
			worker = workerOf(name, entrypoint);
		} catch (error) {
			// A deno.json that is no JSON, a full disk.
			log(`[${name}] could not be started: ${error instanceof Error ? error.message : String(error)}`);
			return refuse('BOOT_ERROR');
		}
		try {
			const response = await worker.fetch(request, path);
			const failure = response.headers.get('x-function-failure');
			if (failure === null) return asHosted(response, request.method, worker.executionId);
			await response.body?.cancel();
			// It has said why. The next request finds it started anew, perhaps repaired.
			worker.retire();
			return refuse(failure === 'WORKER_ERROR' ? 'WORKER_ERROR' : 'BOOT_ERROR');
		} catch (error) {
			if (error instanceof IdleTimeout) {
				return refuse('IDLE_TIMEOUT', `Request idle timeout limit (${limits.idleMs / 1000}s) reached`);
			}
			if (!(error instanceof WorkerEnded)) throw error;
			return refuse(answerTo[error.end] ?? 'WORKER_ERROR');
		}
	}

	/** A file's first folder names its function; what lies beside the functions, and `_shared`, is of them all. */
	function reload(file: string | null): void {
		const [name = '', ...rest] = (file ?? '').split(sep);
		const touched = rest.length > 0 && serving.get(name);
		for (const worker of touched && !options.config(name).entrypoint ? [touched] : [...serving.values()]) worker.retire();
	}

	/** There is nothing to reload before a function runs, and the folder may be made later than this. */
	function watchFolder(): void {
		if (!options.watch || watcher) return;
		watcher = watch(folder, { recursive: true }, (_event, file) => reload(file));
		watcher.on('error', (error) => log(`[functions] changes are no longer seen: ${String(error)}`));
	}

	return {
		async fetch(request) {
			const { pathname, search } = new URL(request.url);
			const [, name, rest = ''] = /^\/functions\/v1\/([A-Za-z][\w-]*)(\/.*)?$/.exec(pathname) ?? [];
			const entrypoint = name === undefined || stopping ? undefined : entrypointOf(name);
			if (name === undefined || !entrypoint) return refuse('NOT_FOUND');
			if (!methods.has(request.method)) return refuse('METHOD_NOT_ALLOWED');
			// Preflights carry no token; what to answer is the function's own business.
			const refusal = request.method !== 'OPTIONS' && config(name).verifyJwt ? await refuseAccess(request, options) : null;
			return refusal ?? run(name, entrypoint, request, `/${name}${rest}${search}`);
		},
		async stop() {
			stopping = true;
			watcher?.close();
			await Promise.all([...running].map((worker) => worker.end('stopped')));
		}
	};
}
