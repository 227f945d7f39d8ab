const nowhere = 'http://local.invalid';

/**
 * Where to go after signing in: the wish if it is a path of this site, else `fallback`. Anything a browser could read as another
 * site (`//evil`, `/\evil`, `https:…`, hidden control characters) is refused.
 */
export function safeNext(wish: string | null | undefined, fallback = '/'): string {
	if (!wish || !wish.startsWith('/') || wish.length > 2000) return fallback;
	if (hasControlOrBackslash(wish)) return fallback;
	let url: URL;
	try {
		url = new URL(wish, nowhere);
	} catch {
		return fallback;
	}
	const path = url.pathname + url.search + url.hash;
	return url.origin === nowhere && !path.startsWith('//') ? path : fallback;
}

function hasControlOrBackslash(text: string): boolean {
	for (const char of text) if (char === '\\' || char.charCodeAt(0) < 32 || char.charCodeAt(0) === 127) return true;
	return false;
}
