import { TemplateError } from './syntax.ts';

/** `spaced` tells `.a.b` (one path) from `.a .b` (two values). */
export type Token = {
	kind: 'field' | 'variable' | 'word' | 'string' | 'number' | 'symbol';
	text: string;
	spaced: boolean;
	line: number;
};

/** Text outside `{{ }}`, or the tokens inside. */
export type Piece = { line: number; text: string } | { line: number; tokens: Token[] };

const space = /[ \t\r\n]+/y;
const tokenForms: [Token['kind'], RegExp][] = [
	['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
	['variable', /\$[\p{L}\p{N}_]*/uy],
	['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
	['number', /[+-]?\d[\w.]*/y],
	['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
	['symbol', /:=|[=|(),.]/y]
];

const escapes = new Map(Object.entries({ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\', '"': '"' }));

/** The value of a Go string literal, quotes included. */
function unquote(literal: string, line: number): string {
	if (literal.startsWith('`')) return literal.slice(1, -1).replaceAll('\r', '');
	return literal.slice(1, -1).replace(/\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|(.))/g, (whole, byte, unit, letter) => {
		const code = byte ?? unit;
		const text = code === undefined ? escapes.get(letter) : String.fromCharCode(parseInt(code, 16));
		if (text === undefined) throw new TemplateError(line, `the escape ${whole} in a string is not supported`);
		return text;
	});
}

/** Walks through the source; all positions are those of one sticky cursor. */
class Cursor {
	readonly source: string;
	at = 0;
	line = 1;

	constructor(source: string) {
		this.source = source;
	}

	/** Moves on by what `form` matches here, and gives it. */
	take(form: RegExp): string | null {
		form.lastIndex = this.at;
		const found = form.exec(this.source)?.[0];
		return found === undefined ? null : this.skip(found.length);
	}

	/** Moves on by a number of characters, and gives them. */
	skip(length: number): string {
		const passed = this.source.slice(this.at, this.at + length);
		this.at += length;
		for (const character of passed) if (character === '\n') this.line++;
		return passed;
	}
}

/** The end of an action: `}}`, or ` -}}`, which takes the whitespace after it along. */
function takeEnd(cursor: Cursor): boolean {
	if (cursor.take(/[ \t\r\n]+-\}\}[ \t\r\n]*/y) !== null) return true;
	return cursor.take(/[ \t\r\n]*\}\}/y) !== null;
}

function readComment(cursor: Cursor): void {
	const start = cursor.line;
	if (cursor.take(/\/\*[\s\S]*?\*\//y) === null) throw new TemplateError(start, 'a comment is not closed');
	if (cursor.take(/\}\}/y) === null && cursor.take(/[ \t\r\n]-\}\}[ \t\r\n]*/y) === null) {
		throw new TemplateError(start, 'a comment must end right before }}');
	}
}

function readAction(cursor: Cursor): Token[] {
	const start = cursor.line;
	const tokens: Token[] = [];
	while (!takeEnd(cursor)) {
		const spaced = cursor.take(space) !== null;
		const line = cursor.line;
		if (cursor.at >= cursor.source.length) throw new TemplateError(start, 'an action is not closed with }}');
		let found: Token | null = null;
		for (const [kind, form] of tokenForms) {
			const text = cursor.take(form);
			if (text === null) continue;
			found = { kind, text: kind === 'string' ? unquote(text, line) : text, spaced, line };
			break;
		}
		if (!found) throw new TemplateError(line, `unexpected ${JSON.stringify(cursor.source[cursor.at])} in an action`);
		tokens.push(found);
	}
	if (tokens.length === 0) throw new TemplateError(start, 'an action is empty');
	return tokens;
}

/** Divides a template into text and actions; whitespace that `{{-` and `-}}` trim, and comments, are gone. */
export function lex(source: string): Piece[] {
	const cursor = new Cursor(source);
	const pieces: Piece[] = [];
	for (;;) {
		const open = source.indexOf('{{', cursor.at);
		const line = cursor.line;
		const text = cursor.skip((open < 0 ? source.length : open) - cursor.at);
		const opening = open < 0 ? null : cursor.take(/\{\{(?:-(?=[ \t\r\n]))?/y);
		const kept = opening?.endsWith('-') ? text.replace(/[ \t\r\n]+$/, '') : text;
		const before = pieces.at(-1);
		// Text around a comment is one text: whoever follows the HTML must not see a name cut in two.
		if (before && 'text' in before) before.text += kept;
		else if (kept !== '') pieces.push({ line, text: kept });
		if (opening === null) return pieces;
		const actionLine = cursor.line;
		const comment = cursor.take(opening.endsWith('-') ? /[ \t\r\n]+(?=\/\*)|(?=\/\*)/y : /(?=\/\*)/y);
		if (comment !== null) readComment(cursor);
		else pieces.push({ line: actionLine, tokens: readAction(cursor) });
	}
}
