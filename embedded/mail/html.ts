import type { Link } from './message.ts';

const entities: Record<string, string> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	nbsp: ' ',
	'#39': "'",
	'#38': '&',
	'#x27': "'"
};

const decode = (text: string) => text.replace(/&(#?\w{1,6});/g, (whole, name: string) => entities[name.toLowerCase()] ?? whole);

/** Makes text safe inside HTML, attributes included. */
export const escapeHtml = (text: string) =>
	text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/** A start tag `<a …>`. It stops at the next angle bracket, so that no document makes it slow. */
const anchor = /<a\s[^<>]*>/gi;
const href = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i;

const isWebAddress = (url: string) => /^https?:\/\//i.test(url) && URL.canParse(url);

/** The web address an `<a>` leads to; null when it has none, or the sender asked not to have it tracked. */
function addressIn(tag: string): string | null {
	if (/\sdata-pm-no-track\b/i.test(tag)) return null;
	const found = href.exec(tag);
	const url = decode(found?.[1] ?? found?.[2] ?? found?.[3] ?? '').trim();
	return isWebAddress(url) ? url : null;
}

const bareLink = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]/gi;

/** The text at the beginning of HTML, roughly: for previews and for naming links. */
export function textOfHtml(html: string): string {
	const start = html.slice(0, 20_000);
	const visible = start.replace(/<(style|script|head|title)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi, ' ').replace(/<[^<>]*>/g, ' ');
	return decode(visible).replace(/\s+/g, ' ').trim();
}

const MOST_LINKS = 1000;

/** The first thousand links of both parts, each address once per part, in order. Their order is part of tracking links. */
export function findLinks(html: string | null, text: string | null): Link[] {
	const links = new Map<string, Link>();
	const add = (location: Link['location'], url: string, name: () => string) => {
		const key = `${location} ${url}`;
		if (links.size < MOST_LINKS && !links.has(key)) links.set(key, { url, text: name(), location });
	};
	for (const match of html?.matchAll(anchor) ?? []) {
		const url = addressIn(match[0]);
		const start = match.index + match[0].length;
		// Named only when it is kept: the text is looked for in what follows, once per link and not once per tag.
		if (url) add('HTML', url, () => textOfHtml(html?.slice(start, start + 2000).split(/<\/a\b/i, 1)[0] ?? '').slice(0, 200));
		if (links.size === MOST_LINKS) break;
	}
	for (const [url] of text?.matchAll(bareLink) ?? []) {
		if (links.size === MOST_LINKS) break;
		if (isWebAddress(url)) add('Text', url, () => url);
	}
	return [...links.values()];
}

/** Replaces the addresses of links in HTML; `change` returns null for those that stay. */
export function changeHtmlLinks(html: string, change: (url: string) => string | null): string {
	return html.replace(anchor, (tag) => {
		const url = addressIn(tag);
		const changed = url && change(url);
		return changed ? tag.replace(href, () => ` href="${escapeHtml(changed)}"`) : tag;
	});
}

/** Replaces the addresses of links in plain text; `change` returns null for those that stay. */
export const changeTextLinks = (text: string, change: (url: string) => string | null) =>
	text.replace(bareLink, (url) => change(url) ?? url);

/** Puts an element at the end of the body. */
export function appendToBody(html: string, element: string): string {
	const end = [...html.matchAll(/<\/body\b/gi)].at(-1)?.index ?? html.length;
	return html.slice(0, end) + element + html.slice(end);
}

/**
 * HTML as the mailbox shows it in its sandboxed frame: every link opens in a new tab and tells nobody where it was.
 * The frame's content security policy is the wall; this is for comfort.
 */
export function openLinksOutside(html: string): string {
	const outside = html.replace(anchor, (tag) => {
		const kept = tag.replace(/\s(?:target|rel)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)/gi, '').slice(0, -1);
		return `${kept} target="_blank" rel="noopener noreferrer">`;
	});
	return `<base target="_blank">${outside}`;
}
