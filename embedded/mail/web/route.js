// @ts-check

/** @typedef {'html' | 'text' | 'links' | 'headers' | 'source' | 'events'} Tab */
/** @typedef {{ id: string, tab: Tab | null }} Route what the address names; no tab is the message's first */

/** @type {Tab[]} */
export const tabs = ['html', 'text', 'links', 'headers', 'source', 'events'];

/**
 * The message an address such as `#/0a1b…/events` names, null for the list alone.
 *
 * @param {string} hash
 * @returns {Route | null}
 */
export function parseRoute(hash) {
	const [, id, tab] = hash.replace(/^#/, '').split('/');
	return id ? { id: decodeURIComponent(id), tab: tabs.find((each) => each === tab) ?? null } : null;
}

/**
 * @param {string} id
 * @param {Tab} [tab]
 */
export const routeTo = (id, tab) => `#/${encodeURIComponent(id)}${tab ? `/${tab}` : ''}`;

export const listRoute = '#/';
