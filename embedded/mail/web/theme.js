// @ts-check
// Loaded before the first paint (blocking="render"), so that the page never flashes in the other scheme.

/** @typedef {'light' | 'dark' | 'system'} Theme `system` follows the machine */

const key = 'mailbox-theme';

/** @returns {Theme} */
export function currentTheme() {
	const kept = localStorage.getItem(key);
	return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** @param {Theme} theme */
function show(theme) {
	document.documentElement.dataset.theme = theme;
}

/**
 * Changes the theme at once and remembers it in this browser.
 *
 * @param {Theme} theme
 */
export function setTheme(theme) {
	localStorage.setItem(key, theme);
	show(theme);
}

show(currentTheme());
