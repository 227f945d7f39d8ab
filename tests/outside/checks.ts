import assert from 'node:assert/strict';

/** One thing the outside app does. Throws when the answer is another than a Supabase project's. */
export type Check = () => Promise<void>;

const counts = { passed: 0, failed: 0 };

/** Runs one check and prints its line; the error of a failed one is below it. Returns whether it passed: what builds on it need not be tried. */
export async function check(name: string, work: Check): Promise<boolean> {
	try {
		await work();
		counts.passed++;
		console.log(`✓ ${name}`);
		return true;
	} catch (error) {
		counts.failed++;
		console.log(`✗ ${name}`);
		console.log(String(error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)).replace(/^/gm, '    '));
		return false;
	}
}

/** A line for what was not tried, and why. */
export function leftOut(name: string, reason: string): void {
	console.log(`– ${name}: not tried, ${reason}`);
}

/** Prints the sum and gives the exit code. No check at all is a failure. */
export function verdict(): number {
	console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
	return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

/** The data of an answer; its error is thrown as it came. */
export function given<T>({ data, error }: { data: T; error: unknown }): NonNullable<T> {
	if (error) throw error;
	assert.ok(data !== null && data !== undefined, 'an answer without data');
	return data;
}

/** Asks again until the condition holds, for at most `seconds`; then the last answer's failure is thrown. */
export async function eventually(condition: Check, seconds = 15): Promise<void> {
	const deadline = performance.now() + seconds * 1000;
	for (;;) {
		try {
			return await condition();
		} catch (error) {
			if (performance.now() > deadline) throw error;
			await new Promise((next) => setTimeout(next, 50));
		}
	}
}
