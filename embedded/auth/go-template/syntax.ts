/** What a template is made of. Lines count from 1 and are told in errors. */
export type Node =
	| { kind: 'text'; text: string; line: number }
	| { kind: 'action'; pipe: Pipe; line: number; escape: Escape }
	| { kind: 'if' | 'with' | 'range'; pipe: Pipe; line: number; body: Node[]; otherwise: Node[] };

/** Turns the text of a value into what may stand at its place in the document. */
export type Escape = (text: string) => string;

/** Commands of which each hands its value to the next, and the variables that are set to the last one's. */
export type Pipe = {
	/** `:=` makes the variables, `=` sets those of an outer block. `range` may name two: index and element. */
	variables: string[];
	declares: boolean;
	commands: Command[];
	line: number;
};

export type Command = { kind: 'call'; name: string; operands: Operand[]; line: number } | { kind: 'value'; operand: Operand; line: number };

/** A literal, or a way through the data from `.`, from a variable (without its `$`) or from a value in parentheses. */
export type Operand =
	| { kind: 'literal'; value: string | bigint | number | boolean | null }
	| { kind: 'path'; from: { dot: true } | { variable: string } | { pipe: Pipe }; path: string[] };

/** A template that cannot be understood, or cannot be filled with the data it was given. */
export class TemplateError extends Error {
	readonly line: number;

	constructor(line: number, message: string) {
		super(`line ${line}: ${message}`);
		this.name = 'TemplateError';
		this.line = line;
	}
}
