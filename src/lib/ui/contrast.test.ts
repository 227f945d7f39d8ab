import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('../../app.css', import.meta.url), 'utf8');

/** The palette as written: name → [light, dark]. */
const palette = new Map(
	[...css.matchAll(/--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));/g)].map(([, name, light, dark, both]) => [
		name,
		[light ?? both, dark ?? both]
	])
);

/** Relative luminance of #rrggbb, WCAG 2.2. */
function luminance(hex: string): number {
	const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
		const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
		return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(front: string, back: string, theme: 0 | 1): number {
	const a = luminance(palette.get(front)?.[theme] ?? 'missing');
	const b = luminance(palette.get(back)?.[theme] ?? 'missing');
	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const grounds = ['bg', 'surface', 'raised', 'hover', 'selected'];
const texts: [string, string, number][] = [
	...['text', 'muted', 'accent-text', 'danger-text'].flatMap((front) =>
		grounds.map((back): [string, string, number] => [front, back, 4.5])
	),
	...['accent', 'danger', 'warning', 'success'].map((tone): [string, string, number] => [`${tone}-text`, `${tone}-soft`, 4.5]),
	...['text', 'muted'].flatMap((front) =>
		['accent', 'danger', 'warning', 'success'].map((tone): [string, string, number] => [front, `${tone}-soft`, 4.5])
	),
	...['warning-text', 'success-text'].flatMap((front) =>
		['bg', 'surface', 'raised'].map((back): [string, string, number] => [front, back, 4.5])
	),
	...['accent', 'accent-hover', 'danger'].map((back): [string, string, number] => ['on-accent', back, 4.5]),
	...['bg', 'surface', 'raised'].map((back): [string, string, number] => ['field', back, 3]),
	...Array.from({ length: 8 }, (_, i): [string, string, number] => [`hue-${i + 1}-text`, `hue-${i + 1}`, 4.5])
];

describe.each([
	['light', 0],
	['dark', 1]
] as const)('the %s palette keeps WCAG AA', (_, theme) => {
	it.each(texts)('%s on %s is at least %d : 1', (front, back, least) => {
		expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(least);
	});
});
