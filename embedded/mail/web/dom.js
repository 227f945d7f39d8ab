// @ts-check
import { icons } from './icons.js';

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} Attributes */

/**
 * Makes an element: functions named `on…` become listeners, `true` an empty attribute, `false` and nothing none at all.
 * Children that are no nodes become text, never markup: what came in a message is shown and not run.
 *
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function') made.addEventListener(key.replace(/^on/, ''), value);
		else if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? '' : String(value));
	}
	made.append(...present(children));
	return made;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
export function present(children) {
	return children
		.filter((child) => child !== null && child !== undefined && child !== false && child !== '')
		.map((child) => (child instanceof Node ? child : String(child)));
}

const svg = 'http://www.w3.org/2000/svg';

/**
 * An icon of icons.js; hidden from screen readers, since a word stands beside it or on its button.
 *
 * @param {string} name
 * @param {number} [size] CSS pixels
 */
export function icon(name, size = 16) {
	const drawing = document.createElementNS(svg, 'svg');
	const box = { class: 'icon', viewBox: '0 0 24 24', width: String(size), height: String(size), 'aria-hidden': 'true' };
	for (const [key, value] of Object.entries(box)) drawing.setAttribute(key, value);
	for (const [shape, attributes] of icons[name] ?? []) {
		const drawn = document.createElementNS(svg, shape);
		for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
		drawing.append(drawn);
	}
	return drawing;
}

/**
 * An element of index.html, which is there as long as page and script are of one version.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
	const found = document.getElementById(id);
	if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} #${id}`);
	return found;
}

/**
 * Makes the children of `parent` these nodes in this order. Nodes that are in place already are not touched, so that they keep
 * focus, selection and scroll position.
 *
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function arrange(parent, nodes) {
	const kept = new Set(nodes);
	for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
	nodes.forEach((node, at) => {
		if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
	});
}

/**
 * The address when a browser may follow it, null for `javascript:` and everything else that is not the web.
 *
 * @param {string} url
 * @returns {string | null}
 */
export function webAddress(url) {
	const parsed = URL.parse(url);
	return parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:') ? parsed.href : null;
}
