import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname } from 'node:path';

const folder = new URL('./web/', import.meta.url);

/** The app's typeface, from its package. */
const typeface = createRequire(import.meta.url).resolve('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2');

const contentTypes: Record<string, string> = {
	'.html': 'text/html; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.png': 'image/png',
	'.ico': 'image/x-icon',
	'.json': 'application/json',
	'.woff2': 'font/woff2'
};

/** The page may use its own files and nothing else: what it shows was written by others. */
const pageRules = [
	"default-src 'self'",
	"frame-src 'self'",
	"img-src 'self' data:",
	"style-src 'self'",
	"script-src 'self'",
	"object-src 'none'",
	"base-uri 'none'",
	"form-action 'self'",
	"frame-ancestors 'none'"
].join('; ');

/** A file of the web mailbox, by `/` or `/assets/<file>`; null for what is none. Only names are looked up, never paths. */
export async function webFile(path: string): Promise<Response | null> {
	const name = path === '/' ? 'index.html' : (/^\/assets\/(\w[\w-]*(?:\.[\w-]+)+)$/.exec(path)?.[1] ?? '');
	const contentType = contentTypes[extname(name)];
	if (!contentType) return null;
	const file = name === 'inter.woff2' ? typeface : new URL(name, folder);
	const known = await stat(file).catch(() => null);
	if (!known?.isFile()) return null;
	return new Response(new Uint8Array(await readFile(file)), {
		headers: {
			'content-type': contentType,
			'cache-control': 'no-cache',
			'content-security-policy': pageRules,
			'referrer-policy': 'no-referrer',
			'x-content-type-options': 'nosniff'
		}
	});
}
