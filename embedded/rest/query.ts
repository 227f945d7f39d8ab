import { Problem } from './problem.ts';
import { readFilter, readLogic } from './filter.ts';
import type { Condition } from './filter.ts';
import { readOrder } from './order.ts';
import type { OrderTerm } from './order.ts';
import { readSelect } from './select-list.ts';
import type { SelectItem } from './select-list.ts';

/** What the query string says about the rows of one relation: the root, or an embedded one in `children`. */
export type Scope = {
	conditions: Condition[];
	order: OrderTerm[];
	limit: number | undefined;
	offset: number;
	children: Map<string, Scope>;
};

export type Query = {
	select: SelectItem[];
	root: Scope;
	/** `columns`: the columns of a body to write; the others are ignored. */
	columns: string[] | undefined;
	onConflict: string[] | undefined;
	/** Parameters of a function called by GET. */
	arguments: Map<string, string>;
};

function emptyScope(): Scope {
	return { conditions: [], order: [], limit: undefined, offset: 0, children: new Map() };
}

function scopeAt(root: Scope, path: string[]): Scope {
	let scope = root;
	for (const name of path) {
		const child = scope.children.get(name) ?? emptyScope();
		scope.children.set(name, child);
		scope = child;
	}
	return scope;
}

/** Splits `a.b.c` at the dots that are not inside quotes. */
function splitDots(text: string): string[] {
	return text.match(/(?:"(?:[^"\\]|\\.)*"|[^."])+/gs) ?? [];
}

function unquote(text: string): string {
	return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text;
}

function readCount(name: string, text: string): number {
	if (!/^-?\d{1,18}$/.test(text))
		throw new Problem(400, 'PGRST100', `"failed to parse ${name} (${text})" (line 1, column 1)`, { details: 'expecting integer' });
	return Number(text);
}

function readColumns(text: string): string[] {
	return (text.match(/"(?:[^"\\]|\\.)*"|[^,]+/gs) ?? []).map((name) => unquote(name.trim()));
}

/**
 * Reads the query string. `isArgument` tells which names are parameters of the function that is called by GET;
 * all others filter its result.
 */
export function readQuery(search: URLSearchParams, isArgument: (name: string) => boolean = () => false): Query {
	const root = emptyScope();
	const query: Query = {
		select: readSelect(search.get('select') ?? ''),
		root,
		columns: undefined,
		onConflict: undefined,
		arguments: new Map()
	};
	for (const [name, text] of search) {
		if (isArgument(name)) {
			query.arguments.set(name, text);
			continue;
		}
		if (name === 'select' || name === 'apikey') continue;
		if (name === 'columns') query.columns = readColumns(text);
		else if (name === 'on_conflict') query.onConflict = readColumns(text);
		else {
			const path = splitDots(name);
			const last = path.pop() ?? '';
			if (last === 'and' || last === 'or') {
				const negated = path.at(-1) === 'not';
				if (negated) path.pop();
				scopeAt(root, path.map(unquote)).conditions.push(readLogic(last, negated, text));
				continue;
			}
			const scope = scopeAt(root, path.map(unquote));
			if (last === 'order') scope.order = readOrder(text);
			else if (last === 'limit') scope.limit = readCount('limit', text);
			else if (last === 'offset') scope.offset = readCount('offset', text);
			else scope.conditions.push(readFilter(last, text));
		}
	}
	return query;
}

/** Narrows the root to the rows of a `Range: 0-9` header. */
export function applyRangeHeader(scope: Scope, header: string | null): void {
	const [, first, last] = /^(\d+)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
	if (first === undefined) return;
	const offset = Number(first);
	if (last !== undefined && last !== '' && Number(last) < offset) {
		throw new Problem(416, 'PGRST103', 'Requested range not satisfiable', {
			details: 'The lower boundary must be lower than or equal to the upper boundary in the Range header.'
		});
	}
	scope.offset = Math.max(scope.offset, offset);
	if (last !== undefined && last !== '') {
		const limit = Number(last) - offset + 1;
		scope.limit = scope.limit === undefined ? limit : Math.min(scope.limit, limit);
	}
}
