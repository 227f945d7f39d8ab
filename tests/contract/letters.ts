import { expect, inject } from 'vitest';
import { call } from './auth-clients.ts';

/** Where letters are read, and where their links are followed. */
type Place = { apiUrl: string; mailUrl: string };

const here: Place = inject('platform');

/** A letter as its reader sees it. `link` and `code` are the first of their kind in it. */
export type ReceivedLetter = { id: string; subject: string; html: string; text: string; link: URL; code: string };

type Listed = { messages: { id: string; subject: string }[] };

async function list(address: string, at: Place): Promise<Listed['messages']> {
	const listed: Listed = await (await fetch(`${at.mailUrl}/api/messages?limit=50&recipient=${encodeURIComponent(address)}`)).json();
	return listed.messages;
}

/** Our letters lead to the app, which uses the token up by POST. Clients of Auth alone follow the link that its own letters would have: the same token. */
function verifyLink(link: string | undefined, { apiUrl }: Place): URL {
	if (link === undefined) return new URL('about:blank');
	const { searchParams } = new URL(link);
	const [token, type, next] = ['token_hash', 'type', 'next'].map((name) => searchParams.get(name) ?? '');
	return new URL(`${apiUrl}/auth/v1/verify?${new URLSearchParams({ token: token ?? '', type: type ?? '', redirect_to: next ?? '' })}`);
}

async function read(id: string, at: Place): Promise<ReceivedLetter> {
	const { subject, html, text }: { subject: string; html: string; text: string } = await (
		await fetch(`${at.mailUrl}/api/messages/${id}`)
	).json();
	const link = /href="([^"]*\/auth\/confirm\?[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&');
	return { id, subject, html, text, link: verifyLink(link, at), code: /(?<![\w-])\d{6}(?![\w-])/.exec(text)?.[0] ?? '' };
}

/** The letters an address has got, the newest first. */
export async function lettersTo(address: string, at = here): Promise<ReceivedLetter[]> {
	return Promise.all((await list(address, at)).map(({ id }) => read(id, at)));
}

/** Waits for the `nth` letter to an address, counted from its first, and gives it. */
export async function letterTo(address: string, nth = 1, at = here): Promise<ReceivedLetter> {
	await expect.poll(async () => (await list(address, at)).length, { timeout: 10_000, interval: 20 }).toBeGreaterThanOrEqual(nth);
	const letter = (await lettersTo(address, at)).at(-nth);
	if (!letter) throw new Error('no letter');
	return letter;
}

/** Opens a link as a browser does, and tells where it leads. */
export async function follow(link: URL | string): Promise<{ status: number; to: URL; fragment: URLSearchParams }> {
	const url = new URL(link);
	const response = await fetch(url, { redirect: 'manual' });
	const to = new URL(response.headers.get('location') ?? 'about:blank');
	return { status: response.status, to, fragment: new URLSearchParams(to.hash.slice(1)) };
}

/** The raw answer of GET /verify, for links that no letter holds. */
export const followRaw = (query: Record<string, string>) => call(`/auth/v1/verify?${new URLSearchParams(query)}`, { redirect: 'manual' });
