const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', zwnj: '', shy: '', copy: '©' };

function decode(text: string): string {
	return text.replace(/&(?:#(\d+)|#x([\da-f]+)|([a-z]+));/gi, (whole, decimal, hex, name: string) => {
		if (name) return entities[name.toLowerCase()] ?? whole;
		const code = decimal ? Number(decimal) : parseInt(hex, 16);
		return code <= 0x10ffff ? String.fromCodePoint(code) : '';
	});
}

/** A link is its words and where it leads; where the words are the address itself, once is enough. */
function linkText(attributes: string, content: string): string {
	const words = content
		.replace(/<[^>]*>/g, '')
		.replace(/\s+/g, ' ')
		.trim();
	const href = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(attributes);
	const url = href?.[1] ?? href?.[2] ?? '';
	if (url === '' || words === url) return words;
	return words === '' ? url : `${words}: ${url}`;
}

/**
 * The text part of a letter, made of its HTML part: the same words in the same order, links as "words: address". What the
 * HTML hides (the preview line) is left out. Meant for the letters of this service, not for any HTML.
 */
export function plainText(html: string): string {
	const blocks = html
		.replace(/<!--[\s\S]*?-->/g, '')
		.replace(/<(head|style|script|title)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, '')
		.replace(/<([a-z]+)\b[^>]*\bstyle\s*=\s*(["'])(?:(?!\2)[\s\S])*display:\s*none[\s\S]*?<\/\1\s*>/gi, '')
		.replace(/<a\b([^>]*)>([\s\S]*?)<\/a\s*>/gi, (_whole, attributes: string, content: string) => linkText(attributes, content))
		.replace(/\s+/g, ' ')
		.replace(/<br\b[^>]*>/gi, '\n')
		.replace(/<li\b[^>]*>/gi, '\n- ')
		.replace(/<\/?(p|div|h[1-6]|table|tr|ul|ol|blockquote|hr)\b[^>]*>/gi, '\n\n')
		.replace(/<[^>]*>/g, '');
	return decode(blocks)
		.split('\n')
		.map((line) => line.replace(/[ \t\u200b\u200c\u00ad]+/g, ' ').trim())
		.join('\n')
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}
