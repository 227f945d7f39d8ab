import { unreadable } from './problem.ts';

/** Walks a piece of the query string; `what` names the piece in errors. */
export class Reader {
	readonly text: string;
	readonly what: string;
	position = 0;

	constructor(text: string, what: string) {
		this.text = text;
		this.what = what;
	}

	get done(): boolean {
		return this.position >= this.text.length;
	}

	startsWith(text: string): boolean {
		return this.text.startsWith(text, this.position);
	}

	/** Takes `text` if it comes next. */
	take(text: string): boolean {
		if (!this.startsWith(text)) return false;
		this.position += text.length;
		return true;
	}

	expect(text: string): void {
		if (!this.take(text)) throw this.error(`"${text}"`);
	}

	/** Takes what a sticky pattern matches here, or undefined. */
	match(pattern: RegExp): string | undefined {
		pattern.lastIndex = this.position;
		const found = pattern.exec(this.text)?.[0];
		if (found === undefined) return undefined;
		this.position += found.length;
		return found;
	}

	/** A "quoted" text with \" and \\ inside. */
	quoted(): string | undefined {
		const found = this.match(/"(?:[^"\\]|\\.)*"/sy);
		return found?.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
	}

	/** A column, table or function name: quoted, or words of letters, digits, _, $ and inner spaces or hyphens. */
	name(): string {
		const found = this.quoted() ?? this.match(/[\p{L}\p{N}_$]+(?:(?:-(?!>)| +)[\p{L}\p{N}_$]+)*/uy);
		if (found === undefined || found === '') throw this.error('field name');
		return found;
	}

	error(expected: string): Error {
		return unreadable(this.what, this.text, this.position, expected);
	}
}
