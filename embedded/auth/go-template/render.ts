import { callFunction } from './functions.ts';
import { TemplateError, type Command, type Node, type Operand, type Pipe } from './syntax.ts';
import { isFields, isTrue, kindOf, show, sortedKeys } from './values.ts';

/** Variables of a block; those of the blocks around it are behind. */
class Scope {
	readonly #outer: Scope | null;
	readonly #values = new Map<string, unknown>();

	constructor(outer: Scope | null) {
		this.#outer = outer;
	}

	declare(name: string, value: unknown): void {
		this.#values.set(name, value);
	}

	assign(name: string, value: unknown): void {
		if (this.#values.has(name)) this.#values.set(name, value);
		else this.#outer?.assign(name, value);
	}

	get(name: string): unknown {
		return this.#values.has(name) ? this.#values.get(name) : this.#outer?.get(name);
	}
}

/** What a missing key is: unlike null it has missing keys of its own. */
const missing = undefined;

function field(value: unknown, name: string, line: number): unknown {
	if (value === missing) return missing;
	if (!isFields(value)) throw new TemplateError(line, `${kindOf(value)} has no field ${name}`);
	return Object.hasOwn(value, name) ? value[name] : missing;
}

function evaluateOperand(operand: Operand, dot: unknown, scope: Scope, line: number): unknown {
	if (operand.kind === 'literal') return operand.value;
	const { from, path } = operand;
	const start = 'dot' in from ? dot : 'variable' in from ? scope.get(from.variable) : evaluatePipe(from.pipe, dot, scope);
	return path.reduce((value, name) => field(value, name, line), start);
}

function evaluateCommand(command: Command, dot: unknown, scope: Scope, piped: unknown[]): unknown {
	const { line } = command;
	if (command.kind === 'value') return evaluateOperand(command.operand, dot, scope, line);
	const { name } = command;
	if (name === 'and' || name === 'or') {
		let last: unknown;
		for (const operand of command.operands) {
			last = evaluateOperand(operand, dot, scope, line);
			if (isTrue(last) === (name === 'or')) return last;
		}
		return piped.length > 0 ? piped[0] : last;
	}
	const operands = command.operands.map((operand) => evaluateOperand(operand, dot, scope, line));
	try {
		return callFunction(name, [...operands, ...piped]);
	} catch (error) {
		throw new TemplateError(line, error instanceof Error ? error.message : String(error));
	}
}

/** The value of the last command. Variables of `range` are set by it, element by element. */
function evaluatePipe(pipe: Pipe, dot: unknown, scope: Scope, setsVariables = true): unknown {
	let piped: unknown[] = [];
	for (const command of pipe.commands) piped = [evaluateCommand(command, dot, scope, piped)];
	const [value] = piped;
	if (setsVariables) for (const name of pipe.variables) setVariable(pipe, scope, name, value);
	return value;
}

function setVariable(pipe: Pipe, scope: Scope, name: string | undefined, value: unknown): void {
	if (name === undefined) return;
	if (pipe.declares) scope.declare(name, value);
	else scope.assign(name, value);
}

/** What `range` goes through: pairs of index or key and element, a map in the order of its keys. */
function elements(value: unknown, line: number): [unknown, unknown][] {
	if (value === null || value === missing) return [];
	if (Array.isArray(value)) return value.map((element, at) => [BigInt(at), element]);
	if (isFields(value)) return sortedKeys(value).map((key) => [key, value[key]]);
	throw new TemplateError(line, `range cannot go through ${kindOf(value)}`);
}

/** What a value prints as at the top of an action: nothing for nothing, as in html/template. */
const print = (value: unknown) => (value === null || value === missing ? '' : show(value));

function renderNode(node: Node, dot: unknown, scope: Scope): string {
	if (node.kind === 'text') return node.text;
	if (node.kind === 'action') {
		const value = evaluatePipe(node.pipe, dot, scope);
		return node.pipe.variables.length > 0 ? '' : node.escape(print(value));
	}
	const inner = new Scope(scope);
	if (node.kind !== 'range') {
		const value = evaluatePipe(node.pipe, dot, inner);
		if (!isTrue(value)) return renderNodes(node.otherwise, dot, inner);
		return renderNodes(node.body, node.kind === 'with' ? value : dot, inner);
	}
	const found = elements(evaluatePipe(node.pipe, dot, inner, false), node.line);
	if (found.length === 0) return renderNodes(node.otherwise, dot, inner);
	const names = node.pipe.variables;
	const turn = ([key, element]: [unknown, unknown]): string => {
		const each = new Scope(inner);
		if (names.length === 2) setVariable(node.pipe, each, names[0], key);
		setVariable(node.pipe, each, names.at(-1), element);
		return renderNodes(node.body, element, each);
	};
	return found.map(turn).join('');
}

function renderNodes(nodes: Node[], dot: unknown, scope: Scope): string {
	return nodes.map((node) => renderNode(node, dot, scope)).join('');
}

/** Fills a template with data. Throws TemplateError where the data does not fit, as text/template does. */
export function renderTemplate(nodes: Node[], data: Record<string, unknown>): string {
	const scope = new Scope(null);
	scope.declare('', data);
	return renderNodes(nodes, data, new Scope(scope));
}
