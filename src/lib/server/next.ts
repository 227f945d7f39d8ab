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

/** Where a letter leads in the end: it names a page of this site by its whole address. One that names only the site leads to `usual`. */
export function nextOfLetter(wish: string, origin: string, usual: string): string {
	const path = wish.startsWith(`${origin}/`) ? wish.slice(origin.length) : wish;
	const next = safeNext(path);
	return next === '/' ? usual : next;
}

function hasControlOrBackslash(text: string): boolean {
	for (const char of text) if (char === '\\' || char.charCodeAt(0) < 32 || char.charCodeAt(0) === 127) return true;
	return false;
}
