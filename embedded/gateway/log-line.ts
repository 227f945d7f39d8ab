import { styleText } from 'node:util';

/** Why an answer is an error, in its own words. */
export type Problem = { code?: unknown; message?: unknown };

/** What a line tells. */
export type Line = {
	method: string;
	/** An HTTP status, or `aborted`, `open`, `closed`. */
	status: string;
	ms: number;
	bytes: number;
	service: string;
	caller: string;
	/** Null where the address could not be read. */
	url: URL | null;
	problem: Problem;
};

/** Characters that end a line, steer a terminal or turn the direction of writing. */
// eslint-disable-next-line no-control-regex
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const escaped = (character: string) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** What must be in no log, wherever it turns up: addresses of people, tokens, keys. */
const secrets: [RegExp, string][] = [
	[/[^\s"'()<>,;:=/?&@]+@[^\s"'()<>,;:=/?&@]+/g, '<e-mail>'],
	[/\beyJ[\w-]+\.[\w.-]*/g, '<token>'],
	[/\bsb_(publishable|secret)_\w*/g, '<key>'],
	[/\bpkce_\w+/g, '<token>'],
	[/\b[0-9a-f]{40,}\b/gi, '<token>']
];

/** A text as it may be shown: on one line, without secrets, of at most `length` characters. */
export function safeText(text: string, length: number): string {
	const bare = secrets.reduce((shown, [pattern, mask]) => shown.replaceAll(pattern, mask), text).replaceAll(unprintable, escaped);
	return bare.length > length ? `${bare.slice(0, length - 1)}…` : bare;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** Parameters whose values say nothing about anybody, at any service. */
const plain = new Set(['grant_type', 'type', 'page', 'per_page', 'vsn', 'download', 'cacheNonce']);
/** Names of columns and parameters that hold what must not be shown. */
const confidential = /token|secret|passw|key|code|otp|nonce|state|signature|mail|phone|jwt|cookie/i;

/** Of REST the filters are shown, shortened; of other services the names of parameters. */
function shownQuery({ searchParams }: URL, service: string): string {
	const parts = [...searchParams].map(([name, value]) => {
		const isShown =
			plain.has(name) || (service === 'rest' && !confidential.test(name) && !(/\b(and|or)$/.test(name) && confidential.test(value)));
		return `${safeText(name, 40)}=${isShown ? safeText(value, 40) : '…'}`;
	});
	return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function shownAddress(url: URL | null, service: string): string {
	if (!url) return '-';
	const path = safeText(decoded(url.pathname), 100);
	const query = shownQuery(url, service);
	return path + (query.length > 120 ? `${query.slice(0, 119)}…` : query);
}

const two = (number: number) => String(number).padStart(2, '0');
const clock = (now: Date) =>
	`${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}.${String(now.getMilliseconds()).padStart(3, '0')}`;

function shownSize(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

const shownTime = (ms: number) => (ms < 10_000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`);

function colourOf(status: string): 'green' | 'yellow' | 'red' | 'cyan' {
	if (status === 'open' || status === 'closed') return 'cyan';
	if (status === 'aborted' || status.startsWith('4')) return 'yellow';
	return status.startsWith('5') ? 'red' : 'green';
}

/** One request on one line: when, what, how it went, how long, how much, which service, who, where, and why not. */
export function formatLine(line: Line, colours: boolean): string {
	const paint = (style: Parameters<typeof styleText>[0], text: string) =>
		colours ? styleText(style, text, { validateStream: false }) : text;
	const { code, message } = line.problem;
	const reasons = [code, message]
		.filter((part) => typeof part === 'string' || typeof part === 'number')
		.map((part) => safeText(String(part), 160));
	return [
		paint('dim', clock(new Date())),
		safeText(line.method, 7).padEnd(7),
		paint(colourOf(line.status), line.status.padEnd(7)),
		shownTime(line.ms).padStart(8),
		shownSize(line.bytes).padStart(8),
		` ${line.service.padEnd(9)}`,
		line.caller.padEnd(22),
		shownAddress(line.url, line.service),
		...(reasons.length > 0 ? [paint('red', `← ${reasons.join(' ')}`)] : [])
	].join(' ');
}
