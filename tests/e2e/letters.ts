import { expect } from './support.ts';

/** A letter as its reader sees it. `link` is its button's, `code` the first six digits that stand alone. */
export type ReceivedLetter = { subject: string; text: string; link: string; code: string };

type Listed = { messages: { id: string; subject: string }[] };

/** The mailbox of the platform that the browser tests' app runs on. */
function mailUrl(): string {
	const { MAIL_URL } = process.env;
	if (!MAIL_URL) throw new Error('MAIL_URL is missing: tests/e2e/global-setup.ts sets it');
	return MAIL_URL;
}

async function list(address: string, subject: RegExp): Promise<Listed['messages']> {
	const listed: Listed = await (await fetch(`${mailUrl()}/api/messages?limit=50&recipient=${encodeURIComponent(address)}`)).json();
	return listed.messages.filter((letter) => subject.test(letter.subject));
}

/** How many letters with such a subject an address has got. */
export const countLetters = async (address: string, subject: RegExp): Promise<number> => (await list(address, subject)).length;

/** Waits for the `nth` letter with such a subject to an address, counted from its first, and gives it. */
export async function letterTo(address: string, subject: RegExp, nth = 1): Promise<ReceivedLetter> {
	await expect.poll(async () => (await list(address, subject)).length, `letters to ${address}`).toBeGreaterThanOrEqual(nth);
	const id = (await list(address, subject)).at(-nth)?.id;
	const read: { subject: string; html: string; text: string } = await (await fetch(`${mailUrl()}/api/messages/${id}`)).json();
	const link = /href="([^"]*\/(?:auth\/confirm|invite|account)[^"]*)"/.exec(read.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
	return { subject: read.subject, text: read.text, link, code: /(?<![\w-])\d{6}(?![\w-])/.exec(read.text)?.[0] ?? '' };
}
