import { ActionReader } from './expression.ts';
import { lex, type Piece } from './lexer.ts';
import { TemplateError, type Node } from './syntax.ts';

const unsupported = ['define', 'template', 'block', 'break', 'continue'];

class Parser {
	readonly #pieces: Piece[];
	#at = 0;

	constructor(source: string) {
		this.#pieces = lex(source);
	}

	/** Nodes up to `{{ else }}` or `{{ end }}` of the block opened at `opened`, or to the end of a whole template. */
	nodes(variables: Set<string>, opened?: number): { nodes: Node[]; stop: ActionReader | null } {
		const nodes: Node[] = [];
		for (let piece = this.#pieces[this.#at]; piece; piece = this.#pieces[this.#at]) {
			this.#at++;
			const { line } = piece;
			if ('text' in piece) {
				nodes.push({ kind: 'text', text: piece.text, line });
				continue;
			}
			const first = piece.tokens[0];
			const keyword = first?.kind === 'word' ? first.text : '';
			const action = new ActionReader(piece.tokens, line, variables);
			if (unsupported.includes(keyword)) throw new TemplateError(line, `{{ ${keyword} }} is not supported`);
			if (keyword === 'end' || keyword === 'else') {
				if (opened === undefined) throw new TemplateError(line, `{{ ${keyword} }} without a block`);
				return { nodes, stop: action };
			}
			nodes.push(this.#blockOrAction(action, variables));
		}
		if (opened !== undefined) throw new TemplateError(opened, 'a block is not closed with {{ end }}');
		return { nodes, stop: null };
	}

	#blockOrAction(action: ActionReader, variables: Set<string>): Node {
		for (const kind of ['if', 'with', 'range'] as const) {
			if (action.take(kind)) return this.#block(kind, action, variables);
		}
		const pipe = action.pipe(1);
		action.expectEnd();
		return { kind: 'action', pipe, line: action.line, escape: (text) => text };
	}

	#block(kind: 'if' | 'with' | 'range', action: ActionReader, outer: Set<string>): Node {
		const { line } = action;
		// Variables set in a block's head are known in all of the block, those set in a branch in that branch.
		const known = new Set(outer);
		const pipe = action.within(known).pipe(kind === 'range' ? 2 : 1);
		action.expectEnd();
		const { nodes: body, stop } = this.nodes(new Set(known), line);
		const otherwise: Node[] = [];
		if (stop?.take('else')) {
			if (kind !== 'range' && stop.take(kind)) {
				return { kind, pipe, line, body, otherwise: [this.#block(kind, stop, known)] };
			}
			stop.expectEnd();
			const rest = this.nodes(new Set(known), line);
			otherwise.push(...rest.nodes);
			if (!rest.stop?.take('end')) throw new TemplateError(rest.stop?.line ?? line, 'a block has two {{ else }}');
			rest.stop.expectEnd();
		} else if (stop?.take('end')) {
			stop.expectEnd();
		}
		return { kind, pipe, line, body, otherwise };
	}
}

/** Reads a template. Throws TemplateError for what is wrong or not supported. */
export function parseTemplate(source: string): Node[] {
	return new Parser(source).nodes(new Set([''])).nodes;
}
