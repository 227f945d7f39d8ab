import type { Escape } from './syntax.ts';

const entities: Record<string, string> = { '"': '&#34;', '&': '&amp;', "'": '&#39;', '+': '&#43;', '<': '&lt;', '>': '&gt;' };

/** Text as the content of an element or of a quoted attribute, with html/template's own entities. */
export const escapeHtml: Escape = (text) => text.replaceAll('\0', '�').replace(/["&'+<>]/g, (character) => entities[character] ?? '');

/** UTF-8 bytes as %xx; html/template writes them in lower case. */
const percent = (character: string) => [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** A URL whose scheme could run code is replaced as a whole. What has no scheme, or a slash before the colon, is relative. */
const filterScheme: Escape = (url) => (/^(https?|mailto):/i.test(url) || !/^[^/]*:/.test(url) ? url : '#ZgotmplZ');

/** Keeps what has a meaning in a URL, escapes what must not stand in one. */
const normalizeUrl: Escape = (url) => url.replace(/%(?![\da-fA-F]{2})|[^\w\-.~!#$&*+,/:;=?@[\]%]/gu, percent);

/** One value inside a query or fragment. */
const escapeUrlPart: Escape = (text) => text.replace(/[^\w\-.~]/gu, percent);

/** A value that begins a URL in an attribute. */
export const escapeUrlStart: Escape = (url) => escapeHtml(normalizeUrl(filterScheme(url)));

/** A value after the beginning of a URL and before its query. */
export const escapeUrlPath: Escape = (path) => escapeHtml(normalizeUrl(path));

/** A value in the query or fragment of a URL. */
export const escapeUrlQuery: Escape = (text) => escapeHtml(escapeUrlPart(text));
