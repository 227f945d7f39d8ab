import { escapeTemplate } from './escape.ts';
import { parseTemplate } from './parser.ts';
import { renderTemplate } from './render.ts';

export { TemplateError } from './syntax.ts';

/** A compiled template: fills in data, by GoTrue's names (Email, Token, ConfirmationURL, Data, …). */
export type Rendered = (data: Record<string, unknown>) => string;

/** A line of a header holds no line breaks and no other control characters, whatever the data holds. */
function oneLine(text: string): string {
	return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}

/**
 * Compiles a template in the part of Go's template language that e-mails use: fields, variables, if, with, range, the
 * comparing, printing and looking-up functions, pipes, comments and trim markers (https://pkg.go.dev/text/template).
 * `html` escapes by context as html/template does; `text` escapes nothing and gives one line, for subjects. Throws
 * TemplateError here for what is wrong or not supported, and when rendering for data that does not fit.
 */
export function compile(source: string, kind: 'html' | 'text'): Rendered {
	const parsed = parseTemplate(source);
	if (kind === 'text') return (data) => oneLine(renderTemplate(parsed, data));
	const nodes = escapeTemplate(parsed, source.split('\n').length);
	return (data) => renderTemplate(nodes, data);
}
