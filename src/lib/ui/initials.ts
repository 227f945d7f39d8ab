/** One or two letters that stand for a name: "Ada Lovelace" → "AL", "ada@x.test" → "A", nothing → "?". */
export function initials(name: string): string {
	const words = name
		.trim()
		.split(/[\s.@_-]+/u)
		.filter(Boolean);
	if (words.length === 0) return '?';
	const picked = name.includes('@') || words.length === 1 ? [words[0]] : [words[0], words[words.length - 1]];
	return picked.map((word) => Array.from(word ?? '')[0]?.toUpperCase() ?? '').join('');
}

/** One of the eight palette hues (1–8), always the same for the same key, so a person keeps their colour everywhere. */
export function hueOf(key: string): number {
	let hash = 2166136261;
	for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 16777619);
	return ((hash >>> 0) % 8) + 1;
}
