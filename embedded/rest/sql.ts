import { Problem } from './problem.ts';

/** A name as SQL. */
export function identifier(name: string): string {
	if (name.includes('\0')) throw new Problem(400, '22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, name }: { schema: string; name: string }): string {
	return `${identifier(schema)}.${identifier(name)}`;
}

/** A text constant as SQL; `standard_conforming_strings` is on for our connections, so a backslash is only a backslash. */
export function literal(text: string): string {
	if (text.includes('\0')) throw new Problem(400, '22021', 'invalid byte sequence for encoding "UTF8": 0x00');
	return `'${text.replaceAll("'", "''")}'`;
}

/** An array as PostgreSQL's text form of it, for a parameter. */
export function arrayText(values: readonly string[]): string {
	return `{${values.map((value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}

/** Collects the values of a statement, so that none ever becomes part of its text. */
export class Parameters {
	readonly values: string[] = [];

	/** Adds a value and returns its place in the statement: `$1`, `$2` … */
	add(value: string): string {
		if (value.includes('\0')) throw new Problem(400, '22021', 'invalid byte sequence for encoding "UTF8": 0x00');
		this.values.push(value);
		return `$${this.values.length}`;
	}
}
