// What set-up says: one line a step with its time, and refusals that name the cause and the fix.

/** A refusal a person can act on. `fix` is a sentence or a command. */
export class SetupError extends Error {
	/** @param {string} message @param {string} [fix] */
	constructor(message, fix) {
		super(message);
		this.name = 'SetupError';
		this.fix = fix;
	}
}

/** @param {number} ms */
export const duration = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** @param {string} name @param {number} ms */
export function printStep(name, ms) {
	console.log(`  ${name.padEnd(44)} ${duration(ms).padStart(8)}`);
}

/**
 * Runs one named step and prints how long it took.
 * @template T
 * @param {string} name
 * @param {() => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
	const started = performance.now();
	const result = await work();
	printStep(name, performance.now() - started);
	return result;
}

/**
 * Runs a command's main function; a SetupError becomes a readable message and exit code 1.
 * @param {() => Promise<number | void>} main
 */
export async function runMain(main) {
	try {
		process.exitCode = (await main()) ?? 0;
	} catch (error) {
		if (!(error instanceof SetupError)) throw error;
		console.error(`\n✗ ${error.message}`);
		if (error.fix) console.error(`  ${error.fix}`);
		process.exitCode = 1;
	}
}
