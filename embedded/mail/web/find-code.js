// @ts-check
import { webAddress } from './dom.js';
/** @import { Detail, Link } from './contract.js' */

const digits = /^\d{6,10}$/;
const saysCode = /\b(code|passcode|otp|pin|one-time|verif\w+)\b/i;
/** A number that stands by itself: no part of a price, an address, a phone number or a longer word. */
const standalone = /(?<![\w.,+/#=&%-])\d{6,10}(?![\w/=&%-]|[.,]\d)/;

/**
 * The visible text of an HTML part, a line per piece of text. The document made of it is never shown: nothing in it runs or loads.
 *
 * @param {string} html
 */
function textOf(html) {
	const parsed = new DOMParser().parseFromString(html, 'text/html');
	for (const hidden of parsed.querySelectorAll('style, script, title, template')) hidden.remove();
	const walker = parsed.createTreeWalker(parsed.body, NodeFilter.SHOW_TEXT);
	const lines = [];
	while (walker.nextNode()) lines.push(walker.currentNode.nodeValue ?? '');
	return lines.join('\n');
}

/**
 * The sign-in code of a message: six to ten digits alone on a line, or standing by themselves in a text that speaks of a code.
 *
 * @param {Pick<Detail, 'subject' | 'text' | 'html'>} message
 * @returns {string | null}
 */
export function findCode({ subject, text, html }) {
	const body = text?.trim() ? text : textOf(html ?? '');
	const lines = body.split('\n').map((line) => line.trim());
	const alone = lines.find((line) => digits.test(line));
	if (alone) return alone;
	if (!saysCode.test(subject) && !saysCode.test(body)) return null;
	return lines.map((line) => standalone.exec(line)?.[0]).find((found) => found !== undefined) ?? null;
}

/**
 * The link a message wants followed: the first to the web that is not for unsubscribing.
 *
 * @param {Pick<Detail, 'links' | 'listUnsubscribe'>} message
 * @returns {Link | null}
 */
export function findAction({ links, listUnsubscribe }) {
	return (
		links.find(({ url, text }) => webAddress(url) && url !== listUnsubscribe.url && !/unsubscri|preferences/i.test(`${url} ${text}`)) ??
		null
	);
}
