/** One step of a pattern: which characters it takes, and whether any number of them. */
type Step = { takes: (char: string) => boolean; repeats: boolean };

const separator = /[./]/;
const wildcards = /\*\*|[*?]|\[!?[\w-]+\]/g;

/** Every pattern that one with alternatives stands for: `{a,b}` once as a, once as b. */
function alternatives(pattern: string): string[] {
	const [whole, list] = /\{([^{}]*)\}/.exec(pattern) ?? [];
	if (whole === undefined || list === undefined) return [pattern];
	return list.split(',').flatMap((one) => alternatives(pattern.replace(whole, () => one)));
}

function stepOf(wildcard: string): Step {
	if (wildcard === '**') return { takes: () => true, repeats: true };
	if (wildcard === '*') return { takes: (char) => !separator.test(char), repeats: true };
	if (wildcard === '?') return { takes: (char) => !separator.test(char), repeats: false };
	const set = new RegExp(`^${wildcard.replace('[!', '[^')}$`, 'u');
	return { takes: (char) => set.test(char), repeats: false };
}

function stepsOf(pattern: string): Step[] {
	const literal = (text: string) => [...text].map((wanted): Step => ({ takes: (char) => char === wanted, repeats: false }));
	const steps: Step[] = [];
	let end = 0;
	for (const { 0: wildcard, index } of pattern.matchAll(wildcards)) {
		steps.push(...literal(pattern.slice(end, index)), stepOf(wildcard));
		end = index + wildcard.length;
	}
	return [...steps, ...literal(pattern.slice(end))];
}

/**
 * Whether a pattern fits all of a text: `*` anything but the separators `.` and `/`, `**` anything, `?` one character, `[a-z]`. All ways to read it are
 * followed at once, so that time grows with the product of both lengths and no further.
 */
function fits(pattern: string, text: string): boolean {
	const steps = stepsOf(pattern);
	/** Positions in the pattern that the text so far can have led to; a repeating step may also take nothing. */
	const spread = (positions: Set<number>) => {
		for (const position of positions) if (steps[position]?.repeats) positions.add(position + 1);
		return positions;
	};
	let positions = spread(new Set([0]));
	for (const char of text) {
		const next = new Set<number>();
		for (const position of positions) {
			const step = steps[position];
			if (step?.takes(char)) next.add(step.repeats ? position : position + 1);
		}
		if (next.size === 0) return false;
		positions = spread(next);
	}
	return positions.has(steps.length);
}

const parts = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(.*)$/is;

/**
 * Whether an entry of `additional_redirect_urls` allows a web address (supabase.com/docs/guides/auth/redirect-urls). The host's part of a pattern is held
 * against the host alone, as a browser reads it: no wildcard there reaches into the path or the query. What has no host is compared as a whole.
 */
export function matchesPattern(pattern: string, target: string): boolean {
	const [withoutFragment = ''] = target.split('#');
	return alternatives(pattern).some((one) => {
		const [, scheme, host = '', rest = ''] = parts.exec(one) ?? [];
		if (!scheme || !/^https?$/i.test(scheme)) return fits(one, withoutFragment);
		const url = new URL(target);
		const written = withoutFragment.replace(/^[a-z]+:\/\/[^/?#]*/i, '');
		return (
			url.protocol === `${scheme.toLowerCase()}:` &&
			fits(host.toLowerCase(), url.host) &&
			(fits(rest, written) || (rest === '' && written === '/'))
		);
	});
}
