import { arity, isFunction, unknownVerb } from './functions.ts';
import type { Token } from './lexer.ts';
import { TemplateError, type Command, type Operand, type Pipe } from './syntax.ts';

const constants = new Map<string, boolean | null>([
	['true', true],
	['false', false],
	['nil', null]
]);

/** Reads the tokens of one action as pipes. Knows the variables that may be used where it stands. */
export class ActionReader {
	readonly line: number;
	readonly #tokens: Token[];
	/** Names without the `$`; '' is the root. */
	#variables: Set<string>;
	#at = 0;

	constructor(tokens: Token[], line: number, variables: Set<string>) {
		this.#tokens = tokens;
		this.line = line;
		this.#variables = variables;
	}

	get #next(): Token | undefined {
		return this.#tokens[this.#at];
	}

	/** From here on these variables are known, and new ones go to them. */
	within(variables: Set<string>): this {
		this.#variables = variables;
		return this;
	}

	fail(message: string): TemplateError {
		return new TemplateError(this.#next?.line ?? this.line, message);
	}

	/** Takes the next token if it is this symbol or word. */
	take(text: string): boolean {
		const { kind, text: found } = this.#next ?? {};
		if (found !== text || (kind !== 'symbol' && kind !== 'word')) return false;
		this.#at++;
		return true;
	}

	expectEnd(): void {
		if (this.#next) throw this.fail(`unexpected ${this.#next.text}`);
	}

	/** `most` is how many variables may be set: two in `range`, one elsewhere, none in parentheses. */
	pipe(most: number): Pipe {
		const line = this.#next?.line ?? this.line;
		const { variables, declares } = this.#declaration(most);
		const commands = [this.#command(false)];
		while (this.take('|')) commands.push(this.#command(true));
		if (declares) for (const name of variables) this.#variables.add(name);
		return { variables, declares, commands, line };
	}

	#declaration(most: number): { variables: string[]; declares: boolean } {
		const [first, comma, second] = this.#tokens.slice(this.#at);
		const names = first?.kind !== 'variable' ? [] : comma?.text === ',' && second?.kind === 'variable' ? [first, second] : [first];
		const sign = this.#tokens[this.#at + names.length * 2 - 1];
		if (names.length === 0 || sign?.kind !== 'symbol' || (sign.text !== ':=' && sign.text !== '=')) {
			return { variables: [], declares: false };
		}
		if (names.length > most) throw this.fail(most === 0 ? 'a variable cannot be set here' : 'only one variable can be set here');
		const variables = names.map(({ text }) => text.slice(1));
		if (sign.text === '=') for (const name of variables) this.#requireVariable(name);
		this.#at += names.length * 2;
		return { variables, declares: sign.text === ':=' };
	}

	#requireVariable(name: string): void {
		if (!this.#variables.has(name)) throw this.fail(`the variable $${name} is not defined`);
	}

	#atCommandEnd(): boolean {
		const next = this.#next;
		return !next || (next.kind === 'symbol' && (next.text === '|' || next.text === ')'));
	}

	#command(piped: boolean): Command {
		const line = this.#next?.line ?? this.line;
		const name = this.#next?.kind === 'word' && !constants.has(this.#next.text) ? this.#next.text : null;
		if (name === null) {
			if (this.#atCommandEnd()) throw this.fail('a value is missing');
			const operand = this.#operand();
			if (!this.#atCommandEnd()) throw this.fail('only a function takes arguments');
			if (piped) throw this.fail('a value can be handed to a function only');
			return { kind: 'value', operand, line };
		}
		if (!isFunction(name)) throw this.fail(`the function ${name} is not supported`);
		this.#at++;
		const operands: Operand[] = [];
		while (!this.#atCommandEnd()) operands.push(this.#operand());
		const count = operands.length + (piped ? 1 : 0);
		const { least, most } = arity(name);
		if (count < least || count > most) throw new TemplateError(line, `${name} cannot take ${count} argument${count === 1 ? '' : 's'}`);
		const [format] = operands;
		const unknown = name === 'printf' && format?.kind === 'literal' && typeof format.value === 'string' ? unknownVerb(format.value) : null;
		if (unknown) throw new TemplateError(line, `printf: ${unknown} is not supported`);
		return { kind: 'call', name, operands, line };
	}

	#operand(): Operand {
		const token = this.#next;
		if (!token) throw this.fail('a value is missing');
		this.#at++;
		switch (token.kind) {
			case 'string':
				return this.#literal(token.text);
			case 'number':
				return this.#literal(this.#number(token));
			case 'field':
				return { kind: 'path', from: { dot: true }, path: [token.text.slice(1), ...this.#fields()] };
			case 'variable':
				this.#requireVariable(token.text.slice(1));
				return { kind: 'path', from: { variable: token.text.slice(1) }, path: this.#fields() };
			case 'word': {
				const constant = constants.get(token.text);
				if (constant === undefined) throw this.fail(`put ${token.text} and its arguments in parentheses`);
				return this.#literal(constant);
			}
			case 'symbol': {
				if (token.text === '.') return { kind: 'path', from: { dot: true }, path: [] };
				if (token.text !== '(') throw new TemplateError(token.line, `unexpected ${token.text}`);
				const pipe = this.pipe(0);
				if (!this.take(')')) throw this.fail('a parenthesis is not closed');
				return { kind: 'path', from: { pipe }, path: this.#fields() };
			}
		}
	}

	#literal(value: string | bigint | number | boolean | null): Operand {
		if (this.#next && !this.#next.spaced && this.#next.kind === 'field') throw this.fail(`a literal has no field ${this.#next.text}`);
		return { kind: 'literal', value };
	}

	/** Whole numbers are Go's int, others its float64. */
	#number({ text, line }: Token): bigint | number {
		if (/^[+-]?(0|[1-9]\d*)$/.test(text)) return BigInt(text.replace('+', ''));
		if (/^[+-]?\d+(\.\d*)?([eE]\d+)?$/.test(text) && !/^[+-]?0\d/.test(text)) return Number(text);
		throw new TemplateError(line, `the number ${text} is not supported`);
	}

	#fields(): string[] {
		const path: string[] = [];
		while (this.#next?.kind === 'field' && !this.#next.spaced) {
			path.push(this.#next.text.slice(1));
			this.#at++;
		}
		return path;
	}
}
