import { Problem } from './problem.ts';
import { Reader } from './reader.ts';

/** A step into a json value: `->` keeps json, `->>` makes text. */
export type JsonStep = { key: string | number; asText: boolean };

/** A column, or something inside a json column. */
export type Field = { name: string; path: JsonStep[] };

export type SelectField = { kind: 'field'; field: Field; alias: string | undefined; cast: string | undefined };
export type SelectEmbed = {
	kind: 'embed';
	target: string;
	alias: string | undefined;
	hint: string | undefined;
	inner: boolean;
	spread: boolean;
	items: SelectItem[];
};
export type SelectItem = { kind: 'all' } | SelectField | SelectEmbed;

/** Reads `name->a->0->>b`. */
export function readField(reader: Reader): Field {
	const name = reader.name();
	const path: JsonStep[] = [];
	for (;;) {
		const asText = reader.take('->>');
		if (!asText && !reader.take('->')) return { name, path };
		const index = reader.match(/-?\d+(?![\p{L}_])/uy);
		path.push({ key: index === undefined ? reader.name() : Number(index), asText });
	}
}

/** The key under which a field appears when it has no alias: its column, or the last named step into the json. */
export function outputName({ alias, field }: SelectField): string {
	if (alias !== undefined) return alias;
	const lastKey = field.path.findLast((step) => typeof step.key === 'string')?.key;
	return typeof lastKey === 'string' ? lastKey : field.name;
}

const aggregate = /\.?(?:count|sum|avg|min|max)\(\)/y;

function readItem(reader: Reader, depth: number): SelectItem {
	if (reader.take('*')) return { kind: 'all' };
	const spread = reader.take('...');
	const start = reader.position;
	let alias: string | undefined;
	const first = reader.name();
	if (reader.startsWith(':') && !reader.startsWith('::')) {
		reader.take(':');
		alias = first;
	} else {
		reader.position = start;
	}
	if (reader.match(aggregate) !== undefined) throw aggregatesRefused();

	const field = readField(reader);
	if (field.path.length === 0) {
		let hint: string | undefined;
		let inner = false;
		while (reader.take('!')) {
			const word = reader.name();
			if (word === 'inner') inner = true;
			else if (word !== 'left') hint = word;
		}
		if (reader.take('(')) {
			const items = reader.startsWith(')') ? [] : readItems(reader, depth + 1);
			reader.expect(')');
			return { kind: 'embed', target: field.name, alias, hint, inner, spread, items };
		}
		if (spread || inner || hint !== undefined) throw reader.error('"("');
	}
	if (reader.match(aggregate) !== undefined) throw aggregatesRefused();
	let cast: string | undefined;
	if (reader.take('::')) {
		cast = reader.match(/[a-z_][a-z0-9_]*(?: (?:precision|varying))?(?:\[\])?/iy);
		if (cast === undefined) throw reader.error('type name');
	}
	if (reader.match(aggregate) !== undefined) throw aggregatesRefused();
	return { kind: 'field', field, alias, cast };
}

function aggregatesRefused(): Problem {
	return new Problem(400, 'PGRST123', 'Use of aggregate functions is not allowed', {
		hint: 'Write a view or a function that computes them. For the number of related rows select relation(count).'
	});
}

/** Embeds deeper than any screen needs only multiply the work of one request. */
const deepestEmbed = 8;

function readItems(reader: Reader, depth = 0): SelectItem[] {
	if (depth > deepestEmbed) throw new Problem(400, 'PGRST100', `Embeds may be nested at most ${deepestEmbed} deep`);
	const items: SelectItem[] = [];
	do {
		reader.match(/\s*/y);
		items.push(readItem(reader, depth));
		reader.match(/\s*/y);
	} while (reader.take(','));
	return items;
}

/** Reads the `select` parameter: what each row of the answer shows. */
export function readSelect(text: string): SelectItem[] {
	const reader = new Reader(text, 'select parameter');
	if (text === '') return [{ kind: 'all' }];
	const items = readItems(reader);
	if (!reader.done) throw reader.error('"," or end of input');
	return items;
}
