import { escapeHtml, escapeUrlQuery } from './html-escapes.ts';
import { documentStart, escapeIn, isSame, join, passText, type Context } from './html-context.ts';
import { TemplateError, type Command, type Node, type Pipe } from './syntax.ts';

/** Functions that escape by themselves. They may only come last: what followed could undo them. */
const escapers = ['html', 'urlquery'];

/**
 * How the value of a pipe is escaped in a context. `html` at its end asks for what is done anyway, and `urlquery` likewise
 * inside a query, so neither is done twice.
 */
function escapeOf(pipe: Pipe, context: Context): { pipe: Pipe; escape: (text: string) => string } {
	const names = pipe.commands.map((command) => (command.kind === 'call' ? command.name : ''));
	const early = names.slice(0, -1).find((name) => escapers.includes(name));
	if (early) throw new TemplateError(pipe.line, `${early} must come last`);
	const escape = escapeIn(context);
	if (typeof escape === 'string') throw new TemplateError(pipe.line, escape);

	const last = pipe.commands.at(-1);
	if (last?.kind === 'call' && last.name === 'html') return { pipe: { ...pipe, commands: withoutHtml(pipe.commands, last) }, escape };
	return { pipe, escape: names.at(-1) === 'urlquery' && escape === escapeUrlQuery ? escapeHtml : escape };
}

/** `.A | html` is `.A`, and so is `html .A`; with more operands it is what prints them together. */
function withoutHtml(commands: Command[], last: Command & { kind: 'call' }): Command[] {
	const before = commands.slice(0, -1);
	const [operand, ...more] = last.operands;
	if (!operand) return before;
	if (before.length === 0 && more.length === 0) return [{ kind: 'value', operand, line: last.line }];
	return [...before, { ...last, name: 'print' }];
}

function meet(a: Context, b: Context, line: number): Context {
	const context = join(a, b);
	if (!context) throw new TemplateError(line, 'the branches of a block end in different places of the HTML');
	return context;
}

function escapeNodes(nodes: Node[], start: Context): { nodes: Node[]; context: Context } {
	let context = start;
	const escaped = nodes.map((node): Node => {
		switch (node.kind) {
			case 'text': {
				const passed = passText(context, node.text);
				context = passed.context;
				return { ...node, text: passed.text };
			}
			case 'action':
				return node.pipe.variables.length > 0 ? node : { ...node, ...escapeOf(node.pipe, context) };
			default: {
				const body = escapeNodes(node.body, context);
				const otherwise = escapeNodes(node.otherwise, context);
				// The body of a range may come after itself, and is escaped once for all its turns.
				if (node.kind === 'range' && !isSame(body.context, context)) {
					throw new TemplateError(node.line, 'a range ends in another place of the HTML than it begins in');
				}
				context = meet(body.context, otherwise.context, node.line);
				return { ...node, body: body.nodes, otherwise: otherwise.nodes };
			}
		}
	});
	return { nodes: escaped, context };
}

/**
 * Gives every action the escaping of its place, as Go's html/template does (https://pkg.go.dev/html/template): so a value can
 * neither open a tag nor leave its attribute, and a link can lead to http, https and mailto only. Throws TemplateError where
 * no escaping is known, be it safe or not.
 */
export function escapeTemplate(nodes: Node[], lastLine: number): Node[] {
	const { nodes: escaped, context } = escapeNodes(nodes, documentStart);
	if (context.state !== 'text') throw new TemplateError(lastLine, 'the HTML ends inside a tag, an attribute or a comment');
	return escaped;
}
