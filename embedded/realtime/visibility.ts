import { setTimeout as delay } from 'node:timers/promises';
import { type Sql } from 'postgres';

const LONGEST_MS = 5_000;

/**
 * Resolves when other sessions see what these transactions did. A commit is in the log, and with us, a moment before that: whoever reads because of what they
 * were told would find the world as it was. Gives up after a while, as on a connection that is gone.
 */
export async function whenVisible(sql: Sql, xids: Iterable<number>): Promise<void> {
	const waiting = [...xids];
	for (const start = performance.now(); performance.now() - start < LONGEST_MS; await delay(1)) {
		const [row] = await sql<{ snapshot: string }[]>`select pg_current_snapshot()::text as snapshot`;
		if (row && waiting.every((xid) => isVisible(xid, row.snapshot))) return;
	}
}

/** Whether a transaction that committed is over for a snapshot, `xmin:xmax:those in between that are not`. Numbers wrap around at 32 bits. */
function isVisible(xid: number, snapshot: string): boolean {
	const [, xmax = '', running = ''] = snapshot.split(':');
	const isBefore = ((xid - lower32(xmax)) | 0) < 0;
	return isBefore && !running.split(',').some((other) => other !== '' && lower32(other) === (xid | 0));
}

function lower32(xid: string): number {
	return Number(BigInt.asIntN(32, BigInt(xid)));
}
