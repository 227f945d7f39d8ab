import type { Readable } from 'node:stream';

/** Hosted keeps so much of one message. */
const longest = 10_000;

/** Hosted keeps so many messages of a function in ten seconds. */
const most = 100;
const windowMs = 10_000;

/** A text in one line, without what steers a terminal. */
function inOneLine(text: string): string {
	return text
		.trim()
		.replace(/\s*\n\s*/g, ' ⏎ ')
		.replaceAll('\t', ' ')
		.replace(/\p{Cc}(\[[\d;]*[A-Za-z])?/gu, '')
		.slice(0, longest);
}

/** Calls back for each line of a stream. A line that does not end is given in pieces, so that it takes no more memory than they do. */
export function eachLine(stream: Readable, onLine: (line: string) => void): void {
	let rest = '';
	stream.setEncoding('utf8').on('data', (chunk: string) => {
		const lines = (rest + chunk).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) onLine(line);
		if (rest.length <= longest) return;
		onLine(rest);
		rest = '';
	});
}

/** Logs what one function says, under its name. What it says beyond hosted's measure is left out, and that is said. */
export function logOf(name: string, log: (line: string) => void): (text: string) => void {
	let since = 0;
	let said = 0;
	return (text) => {
		const line = inOneLine(text);
		if (line === '') return;
		if (Date.now() - since > windowMs) {
			since = Date.now();
			said = 0;
		}
		said += 1;
		if (said <= most) log(`[${name}] ${line}`);
		else if (said === most + 1) log(`[${name}] said more than ${most} things in ten seconds; the rest is left out`);
	};
}
