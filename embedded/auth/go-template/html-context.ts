import { escapeHtml, escapeUrlPath, escapeUrlQuery, escapeUrlStart } from './html-escapes.ts';
import type { Escape } from './syntax.ts';

/** Where in an HTML document a piece of a template ends, as far as escaping needs to know. */
export type Context = {
	state: 'text' | 'comment' | 'raw' | 'tag' | 'attribute' | 'equals' | 'value' | 'unquoted';
	/** The open tag's name, or the element whose raw text this is. */
	element: string;
	attribute: string;
	quote: string;
	/** How far a URL in an attribute has got; unknown where branches differ. */
	url: 'start' | 'path' | 'query' | 'unknown';
};

export const documentStart: Context = { state: 'text', element: '', attribute: '', quote: '', url: 'start' };

/** Attributes that hold a URL, and elements that hold text only, in html/template's words. */
const urlAttributes = new Set(
	'action archive background cite classid codebase data formaction href icon longdesc manifest poster profile src usemap xmlns'.split(' ')
);
const rawElements = new Set(['script', 'style', 'title', 'textarea']);
/** Attributes that change what the element does: html/template lets no data into them. */
const fixedAttributes = new Set(
	(
		'accept-charset async challenge charset content crossorigin defer enctype form formenctype formmethod formnovalidate ' +
		'http-equiv keytype language method novalidate pattern rel sandbox type value srcset imagesrcset srcdoc style'
	).split(' ')
);

type Holds = 'text' | 'url' | 'nothing';

function holds(attribute: string): Holds {
	const name = attribute.replace(/^data-/, '').replace(/^(?!xmlns)[^:]*:/, '');
	if (name.startsWith('on') || fixedAttributes.has(name)) return 'nothing';
	if (urlAttributes.has(name) || name.startsWith('xmlns:') || /src|uri|url/.test(name)) return 'url';
	return 'text';
}

/**
 * Goes on through `text` from a context. Gives the context behind it, and the text without HTML comments: html/template
 * drops them, conditional ones too.
 */
export function passText(start: Context, text: string): { context: Context; text: string } {
	let context = start;
	let kept = '';
	let at = 0;
	const take = (form: RegExp): string => {
		form.lastIndex = at;
		const found = form.exec(text)?.[0] ?? '';
		at += found.length;
		kept += found;
		return found;
	};
	while (at < text.length) {
		switch (context.state) {
			case 'text': {
				take(/[^<]+/y);
				if (text.startsWith('<!--', at)) {
					at += 4;
					context = { ...context, state: 'comment' };
				} else {
					const tag = take(/<\/?[a-zA-Z][^\s/>]*/y);
					if (tag) context = { ...documentStart, state: 'tag', element: tag.slice(1).toLowerCase() };
					else if (text[at] === '<' && !take(/<!doctype/iy)) {
						// Nothing but a tag may begin one: a value behind it could else be read as its name.
						at++;
						kept += '&lt;';
					}
				}
				break;
			}
			case 'comment': {
				const end = text.indexOf('-->', at);
				at = end < 0 ? text.length : end + 3;
				if (end >= 0) context = documentStart;
				break;
			}
			case 'raw': {
				const end = text.slice(at).search(new RegExp(`</${context.element}[\\s/>]`, 'i'));
				const length = end < 0 ? text.length - at : end;
				kept += text.slice(at, at + length);
				at += length;
				if (end >= 0) context = documentStart;
				break;
			}
			case 'tag': {
				take(/[\s/]+/y);
				if (take(/>/y)) context = rawElements.has(context.element) ? { ...context, state: 'raw' } : documentStart;
				else {
					const attribute = take(/[^\s=>/]+|=/y).toLowerCase();
					if (attribute) context = { ...context, state: 'attribute', attribute };
				}
				break;
			}
			case 'attribute': {
				take(/\s+/y);
				if (take(/=/y)) context = { ...context, state: 'equals' };
				else if (at < text.length) context = { ...context, state: 'tag', attribute: '' };
				break;
			}
			case 'equals': {
				take(/\s+/y);
				const quote = take(/["']/y);
				if (quote) context = { ...context, state: 'value', quote, url: 'start' };
				else if (at < text.length) context = { ...context, state: 'unquoted' };
				break;
			}
			case 'value': {
				const value = take(context.quote === '"' ? /[^"]+/y : /[^']+/y);
				if (/[?#]/.test(value)) context = { ...context, url: 'query' };
				else if (value.trim() !== '' && context.url === 'start') context = { ...context, url: 'path' };
				if (take(/["']/y)) context = { ...documentStart, state: 'tag', element: context.element };
				break;
			}
			case 'unquoted': {
				take(/[^\s>]+/y);
				if (at < text.length) context = { ...context, state: 'tag', attribute: '' };
			}
		}
	}
	return { context, text: kept };
}

/** How a value is escaped where it stands, or the sentence why none may stand there. */
export function escapeIn(context: Context): Escape | string {
	switch (context.state) {
		case 'text':
			return escapeHtml;
		case 'comment':
			return () => '';
		case 'raw':
			return context.element === 'title' || context.element === 'textarea' ? escapeHtml : `data cannot stand in <${context.element}>`;
		case 'value':
			break;
		case 'equals':
		case 'unquoted':
			return `put the value of ${context.attribute} in quotes`;
		case 'tag':
		case 'attribute':
			return 'data cannot stand for an attribute or its name';
	}
	switch (holds(context.attribute)) {
		case 'text':
			return escapeHtml;
		case 'nothing':
			return `data cannot stand in the attribute ${context.attribute}`;
		case 'url':
			return { start: escapeUrlStart, path: escapeUrlPath, query: escapeUrlQuery, unknown: ambiguous }[context.url];
	}
}

const ambiguous = 'whether the value is in the path or the query of the URL depends on a branch before it';

/** The context where two branches meet; null when they end in different ones. */
export function join(a: Context, b: Context): Context | null {
	if (a.state !== b.state || a.element !== b.element || a.attribute !== b.attribute || a.quote !== b.quote) return null;
	return a.url === b.url ? a : { ...a, url: 'unknown' };
}

/** Whether two places ask for the same escaping. How far a URL has got matters inside an attribute only. */
export function isSame(a: Context, b: Context): boolean {
	const both = join(a, b);
	return both !== null && (both.state !== 'value' || a.url === b.url);
}
