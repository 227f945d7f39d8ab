import { Reader } from './reader.ts';
import { readField } from './select-list.ts';
import type { Field } from './select-list.ts';

/** Operators that compare a field with one value, and their SQL. */
export const comparisons = {
	eq: '=',
	gte: '>=',
	gt: '>',
	lte: '<=',
	lt: '<',
	neq: '<>',
	like: 'like',
	ilike: 'ilike',
	match: '~',
	imatch: '~*',
	isdistinct: 'is distinct from',
	cs: '@>',
	cd: '<@',
	ov: '&&',
	sl: '<<',
	sr: '>>',
	nxr: '&<',
	nxl: '&>',
	adj: '-|-'
} as const;

export const textSearches = {
	fts: 'to_tsquery',
	plfts: 'plainto_tsquery',
	phfts: 'phraseto_tsquery',
	wfts: 'websearch_to_tsquery'
} as const;

export type Comparison = keyof typeof comparisons;
export type TextSearch = keyof typeof textSearches;

const quantifiable: ReadonlySet<string> = new Set(['eq', 'gte', 'gt', 'lte', 'lt', 'like', 'ilike', 'match', 'imatch']);

export type Test =
	| { kind: 'compare'; operator: Comparison; quantifier: 'any' | 'all' | undefined; value: string }
	| { kind: 'search'; operator: TextSearch; config: string | undefined; value: string }
	| { kind: 'in'; values: string[] }
	| { kind: 'is'; value: 'null' | 'not null' | 'true' | 'false' | 'unknown' };

export type Filter = { kind: 'filter'; field: Field; negated: boolean; test: Test };
export type Logic = { kind: 'logic'; operator: 'and' | 'or'; negated: boolean; conditions: Condition[] };
export type Condition = Filter | Logic;

function isComparison(word: string): word is Comparison {
	return Object.hasOwn(comparisons, word);
}

function isTextSearch(word: string): word is TextSearch {
	return Object.hasOwn(textSearches, word);
}

/** `(a,"b,c",d)` */
function readList(reader: Reader): string[] {
	reader.expect('(');
	const values: string[] = [];
	if (reader.take(')')) return values;
	do {
		const start = reader.position;
		const quoted = reader.quoted();
		if (quoted !== undefined && /[,)]/.test(reader.text[reader.position] ?? '')) {
			values.push(quoted);
		} else {
			reader.position = start;
			values.push(reader.match(/[^,)]*/y) ?? '');
		}
	} while (reader.take(','));
	reader.expect(')');
	return values;
}

/** The rest of a top-level parameter, or inside and/or one value up to the next `,` or `)`. */
function readValue(reader: Reader, nested: boolean): string {
	if (!nested) return reader.match(/[^]*/y) ?? '';
	return reader.quoted() ?? reader.match(/\{(?:"(?:[^"\\]|\\.)*"|[^{}"]|\{[^{}]*\})*\}/sy) ?? reader.match(/[^,)]*/y) ?? '';
}

const isWords: Record<string, Extract<Test, { kind: 'is' }>['value']> = {
	null: 'null',
	not_null: 'not null',
	true: 'true',
	false: 'false',
	unknown: 'unknown'
};

function readTest(reader: Reader, nested: boolean): { negated: boolean; test: Test } {
	const negated = reader.take('not.');
	const operatorAt = reader.position;
	const word = reader.match(/[a-z]+/y) ?? '';
	if (isTextSearch(word)) {
		const config = reader.take('(') ? reader.match(/[\p{L}\p{N}_]+/uy) : undefined;
		if (config !== undefined) reader.expect(')');
		reader.expect('.');
		return { negated, test: { kind: 'search', operator: word, config, value: readValue(reader, nested) } };
	}
	if (word === 'in') {
		reader.expect('.');
		return { negated, test: { kind: 'in', values: readList(reader) } };
	}
	if (word === 'is') {
		reader.expect('.');
		const asked = readValue(reader, nested).toLowerCase();
		const value = Object.hasOwn(isWords, asked) ? isWords[asked] : undefined;
		if (value === undefined) throw reader.error('null or trilean value (unknown, true, false)');
		return { negated, test: { kind: 'is', value } };
	}
	if (isComparison(word)) {
		let quantifier: 'any' | 'all' | undefined;
		if (quantifiable.has(word)) quantifier = reader.take('(any)') ? 'any' : reader.take('(all)') ? 'all' : undefined;
		reader.expect('.');
		return { negated, test: { kind: 'compare', operator: word, quantifier, value: readValue(reader, nested) } };
	}
	reader.position = operatorAt;
	throw reader.error('operator (eq, gt, ...)');
}

function readNested(reader: Reader): Condition {
	reader.match(/\s*/y);
	const negated = reader.take('not.');
	const operator = reader.match(/(?:and|or)(?=\()/y);
	if (operator === 'and' || operator === 'or') return readLogicBody(reader, operator, negated);
	const field = readField(reader);
	reader.expect('.');
	const read = readTest(reader, true);
	return { kind: 'filter', field, test: read.test, negated: negated !== read.negated };
}

function readLogicBody(reader: Reader, operator: 'and' | 'or', negated: boolean): Logic {
	reader.expect('(');
	const conditions: Condition[] = [];
	do {
		conditions.push(readNested(reader));
		reader.match(/\s*/y);
	} while (reader.take(','));
	reader.expect(')');
	return { kind: 'logic', operator, negated, conditions };
}

/** Reads `field=<text>`, for example `amount=gte.10`. */
export function readFilter(name: string, text: string): Filter {
	const fieldReader = new Reader(name, 'field');
	const field = readField(fieldReader);
	if (!fieldReader.done) throw fieldReader.error('end of field');
	const reader = new Reader(text, 'filter');
	const read = readTest(reader, false);
	if (!reader.done) throw reader.error('end of input');
	return { kind: 'filter', field, ...read };
}

/** Reads `or=(…)`, `not.and=(…)` and the like. */
export function readLogic(operator: 'and' | 'or', negated: boolean, text: string): Logic {
	const reader = new Reader(text, 'logic tree');
	const logic = readLogicBody(reader, operator, negated);
	if (!reader.done) throw reader.error('end of input');
	return logic;
}
