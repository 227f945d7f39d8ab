import { escapeHtml } from './html-escapes.ts';
import { isFields, isTrue, kindOf, show } from './values.ts';

type Function = { least: number; most: number; call: (operands: unknown[]) => unknown };

const any = Number.POSITIVE_INFINITY;

/** -1, 0 or 1. Go compares values of one kind only, and of those that have an order. */
function compare(a: unknown, b: unknown): number {
	if ((typeof a === 'bigint' && typeof b === 'bigint') || (typeof a === 'number' && typeof b === 'number'))
		return a < b ? -1 : a > b ? 1 : 0;
	if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
	throw new Error(`${kindOf(a)} and ${kindOf(b)} cannot be compared for order`);
}

function equal(a: unknown, b: unknown): boolean {
	const kinds = [kindOf(a), kindOf(b)];
	if (kinds.includes('nil')) return kinds[0] === kinds[1];
	if (kinds[0] !== kinds[1]) throw new Error(`${kinds[0]} and ${kinds[1]} cannot be compared`);
	if (kinds[0] === 'list' || kinds[0] === 'map') throw new Error(`a ${kinds[0]} cannot be compared`);
	return a === b;
}

/** What `index` finds; a key that a map lacks is nothing, a place that a list lacks an error. */
function at(collection: unknown, key: unknown): unknown {
	if (isFields(collection)) {
		if (typeof key !== 'string') throw new Error(`a map cannot be indexed with ${kindOf(key)}`);
		return Object.hasOwn(collection, key) ? collection[key] : undefined;
	}
	const list = typeof collection === 'string' ? [...Buffer.from(collection)].map(BigInt) : collection;
	if (!Array.isArray(list)) throw new Error(`${kindOf(collection)} cannot be indexed`);
	if (typeof key !== 'bigint') throw new Error(`a list cannot be indexed with ${kindOf(key)}`);
	if (key < 0n || key >= list.length) throw new Error(`the index ${key} is out of range`);
	return list[Number(key)];
}

function length(value: unknown): bigint {
	if (typeof value === 'string') return BigInt(Buffer.byteLength(value));
	if (Array.isArray(value)) return BigInt(value.length);
	if (isFields(value)) return BigInt(Object.keys(value).length);
	throw new Error(`${kindOf(value)} has no length`);
}

/** Go's Sprint: a space between two operands of which neither is a string. */
function sprint(operands: unknown[]): string {
	return operands.reduce<string>((text, operand, at) => {
		const apart = at > 0 && typeof operand !== 'string' && typeof operands[at - 1] !== 'string';
		return `${text}${apart ? ' ' : ''}${show(operand)}`;
	}, '');
}

const verbs: Record<string, (value: unknown) => string> = {
	v: show,
	s: (value) => (typeof value === 'string' ? value : `%!s(${kindOf(value)}=${show(value)})`),
	d: (value) => (typeof value === 'bigint' ? String(value) : `%!d(${kindOf(value)}=${show(value)})`),
	q: (value) => (typeof value === 'string' ? JSON.stringify(value) : `%!q(${kindOf(value)}=${show(value)})`)
};

/** The first verb of a format that printf does not know here, or null. */
export function unknownVerb(format: string): string | null {
	return /%(?!%)[^vsdq]|%$/s.exec(format.replaceAll('%%', ''))?.[0] ?? null;
}

/** `%v`, `%s`, `%d`, `%q` and `%%`, without widths. A wrong operand prints as in Go, so that it is seen. */
function sprintf([format, ...operands]: unknown[]): string {
	if (typeof format !== 'string') throw new Error('printf needs a format');
	const unknown = unknownVerb(format);
	if (unknown) throw new Error(`printf: ${unknown} is not supported`);
	let next = 0;
	return format.replace(/%(.)/gs, (_whole, verb: string) => {
		if (verb === '%') return '%';
		return next < operands.length ? (verbs[verb] ?? show)(operands[next++]) : `%!${verb}(MISSING)`;
	});
}

const pieces: Record<string, Function> = {
	// `and` and `or` are here for their arity: they look at no operand after the deciding one, so the renderer does them.
	and: { least: 1, most: any, call: (operands) => operands.at(-1) },
	or: { least: 1, most: any, call: (operands) => operands.at(-1) },
	not: { least: 1, most: 1, call: ([value]) => !isTrue(value) },
	eq: { least: 2, most: any, call: ([first, ...rest]) => rest.some((value) => equal(first, value)) },
	ne: { least: 2, most: 2, call: ([a, b]) => !equal(a, b) },
	lt: { least: 2, most: 2, call: ([a, b]) => compare(a, b) < 0 },
	le: { least: 2, most: 2, call: ([a, b]) => compare(a, b) <= 0 },
	gt: { least: 2, most: 2, call: ([a, b]) => compare(a, b) > 0 },
	ge: { least: 2, most: 2, call: ([a, b]) => compare(a, b) >= 0 },
	len: { least: 1, most: 1, call: ([value]) => length(value) },
	index: { least: 1, most: any, call: ([collection, ...keys]) => keys.reduce(at, collection) },
	print: { least: 0, most: any, call: sprint },
	println: { least: 0, most: any, call: (operands) => `${operands.map(show).join(' ')}\n` },
	printf: { least: 1, most: any, call: sprintf },
	html: { least: 1, most: any, call: (operands) => escapeHtml(sprint(operands)) },
	urlquery: {
		least: 1,
		most: any,
		call: (operands) =>
			encodeURIComponent(sprint(operands).toWellFormed())
				.replaceAll('%20', '+')
				.replace(/[!'()*]/g, percent)
	}
};

const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const functions = new Map(Object.entries(pieces));

export function isFunction(name: string): boolean {
	return functions.has(name);
}

/** How many arguments a function takes. */
export function arity(name: string): { least: number; most: number } {
	return functions.get(name) ?? { least: 0, most: 0 };
}

/** Calls a function of Go's text/template. Throws what is wrong with the operands. */
export function callFunction(name: string, operands: unknown[]): unknown {
	const found = functions.get(name);
	if (!found) throw new Error(`the function ${name} is not supported`);
	return found.call(operands);
}
