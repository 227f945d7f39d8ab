import { Refused } from '../identity.ts';
import { isObject } from '../serializer.ts';

const OPERATORS = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'] as const;

export type Operator = (typeof OPERATORS)[number];

/** `column=operator.value`. The value of `in` is the text form of an array: `{a,b}`. */
export type Filter = { column: string; op: Operator; value: string; negate: boolean };

/** Reads filters joined by commas, each `column=[not.]operator.value`. Throws Refused in the words of the hosted service. */
export function parseFilters(text: string): Filter[] {
	const trimmed = text.trim();
	if (trimmed === '') return [];
	return splitAtCommas(trimmed).map((part) => parseFilter(part.trim()));
}

function parseFilter(text: string): Filter {
	if (text === '') throw malformed('filter must not contain empty segments (check for extra commas)');
	const [column, condition] = splitOnce(text, '=');
	if (condition === undefined) throw malformed(inspected([column]));
	const negate = condition.startsWith('not.');
	const [name, value] = splitOnce(negate ? condition.slice('not.'.length) : condition, '.');
	if (value === undefined) throw malformed(inspected([name]));
	const op = OPERATORS.find((known) => known === name);
	if (!op) throw malformed(inspected([name, value]));
	return { column, op, value: op === 'in' ? arrayText(value) : unquoted(value), negate };
}

function malformed(reason: string): Refused {
	return new Refused(`Error parsing \`filter\` params: ${reason}`);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
	const at = text.indexOf(separator);
	return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Commas inside parentheses and inside quotes that begin a value do not separate. */
function splitAtCommas(text: string): string[] {
	const parts: string[] = [];
	let part = '';
	let depth = 0;
	let isQuoted = false;
	let previous = '';
	for (let at = 0; at < text.length; at++) {
		const char = text.charAt(at);
		if (char === ',' && depth === 0 && !isQuoted) {
			parts.push(part);
			part = previous = '';
			continue;
		}
		part += char;
		if (isQuoted && char === '\\') part += text.charAt(++at);
		else if (isQuoted) isQuoted = char !== '"';
		else if (char === '"') isQuoted = ['.', '(', ','].includes(previous);
		else if (char === '(') depth += 1;
		else if (char === ')') depth = Math.max(0, depth - 1);
		previous = char;
	}
	return [...parts, part];
}

function arrayText(value: string): string {
	if (!/^\(.*\)$/s.test(value)) throw malformed('`in` filter value must be wrapped by parentheses');
	return `{${value.slice(1, -1)}}`;
}

/** A value in double quotes, where a backslash keeps the next character, without them; anything else as it is. */
function unquoted(value: string): string {
	const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(value)?.[1];
	return inner === undefined ? value : inner.replace(/\\(.)/gs, '$1');
}

/** A JSON value as Elixir prints it: refusals quote what was asked for in that form. */
export function inspected(value: unknown): string {
	if (value === null || value === undefined) return 'nil';
	if (Array.isArray(value)) return `[${value.map(inspected).join(', ')}]`;
	if (isObject(value)) {
		const entries = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)} => ${inspected(inner)}`);
		return `%{${entries.join(', ')}}`;
	}
	return JSON.stringify(value);
}
