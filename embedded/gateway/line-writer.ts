import type { Writable } from 'node:stream';

/** Bytes that may wait for a reader that does not read. */
const patience = 2 ** 20;

/**
 * Gives a function that writes lines to a stream, those of one turn of the event loop together. It never waits: while the stream's reader is behind by a
 * MiB, lines are left out, and a later one says how many.
 */
export function createLineWriter(stream: Writable): (line: string) => void {
	let waiting: string[] = [];
	let leftOut = 0;
	const flush = () => {
		const lines = leftOut > 0 ? [`(${leftOut} requests are not shown: nobody read this output)`, ...waiting] : waiting;
		waiting = [];
		leftOut = 0;
		stream.write(`${lines.join('\n')}\n`);
	};
	return (line) => {
		if (stream.writableLength > patience) {
			leftOut += 1;
			return;
		}
		if (waiting.length === 0) setImmediate(flush);
		waiting.push(line);
	};
}
