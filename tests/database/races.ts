import { expect } from 'vitest';
import { attempt, become, type Caller, type Database, type Outcome, type Value } from './database.ts';

/** One statement of one caller. */
export type Contender = [caller: Caller, text: string, values?: Value[]];

/**
 * Two people at once: the first one's statement is done but not committed when the second one's begins, and commits only once the second waits for a
 * lock. Answers both outcomes; fails when they do not meet.
 */
export async function meetAtTheLock(database: Database, [first, second]: [Contender, Contender]): Promise<[Outcome, Outcome]> {
	const [left, right] = [database.connect(), database.connect()];
	const outcomes: Outcome[] = [];
	let hasActed = () => {};
	let mayCommit = () => {};
	const acted = new Promise<void>((resolve) => (hasActed = resolve));
	const committing = new Promise<void>((resolve) => (mayCommit = resolve));
	const run = async (connection: typeof left, [caller, text, values = []]: Contender, index: number, hold?: Promise<void>) => {
		await connection.begin(async (tx) => {
			await become(tx, caller);
			outcomes[index] = await attempt(tx, async (inner) => [...(await inner.unsafe(text, values))]);
			hasActed();
			await hold;
		});
	};
	const [{ pid } = { pid: 0 }] = await right<{ pid: number }[]>`select pg_backend_pid() as pid`;
	const earlier = run(left, first, 0, committing);
	await acted;
	const later = run(right, second, 1);
	try {
		await expect
			.poll(async () => (await database.sql`select from pg_locks where pid = ${pid} and not granted`).length, {
				interval: 5,
				timeout: 5000
			})
			.toBeGreaterThan(0);
	} finally {
		mayCommit();
	}
	await Promise.all([earlier, later]);
	const [one, other] = outcomes;
	if (!one || !other) throw new Error('one of them did not run');
	return [one, other];
}
