/** What may hold a semicolon that ends no statement: comments, quoted texts and names, dollar-quoted bodies. */
const opaque = /--[^\n]*|\/\*[^]*?\*\/|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([\p{L}_][\p{L}\p{N}_]*)?\$[^]*?\$\1\$/uy;

/**
 * Splits SQL at its semicolons. Good enough to say where a statement is; what is executed is always the whole text,
 * which only PostgreSQL itself can take apart with certainty.
 */
export function splitStatements(text: string): { offset: number; sql: string }[] {
	const statements: { offset: number; sql: string }[] = [];
	let start = 0;
	let depth = 0;
	const close = (end: number) => {
		const raw = text.slice(start, end);
		const lead = /^(?:\s|--[^\n]*|\/\*[^]*?\*\/)*/.exec(raw)?.[0].length ?? 0;
		if (raw.length > lead) statements.push({ offset: start + lead, sql: raw.slice(lead) });
		start = end;
	};
	for (let position = 0; position < text.length;) {
		opaque.lastIndex = position;
		const skipped = opaque.exec(text)?.[0].length ?? 0;
		if (skipped > 0) {
			position += skipped;
			continue;
		}
		// A function body may be written as statements between begin atomic and end.
		const word = /^(?:begin\s+atomic|case|end)\b/i.exec(text.slice(position, position + 20))?.[0].toLowerCase();
		const inWord = /[\p{L}\p{N}_]/u.test(text[position - 1] ?? '');
		if (word !== undefined && !inWord) {
			if (word === 'end') depth = Math.max(0, depth - 1);
			else if (word !== 'case' || depth > 0) depth += 1;
			position += word.length;
			continue;
		}
		position += 1;
		if (text[position - 1] === ';' && depth === 0) close(position);
	}
	close(text.length);
	return statements;
}
