import { invalidMessage } from './errors.ts';
import type { Address } from './message.ts';

/** Postmark's own rules (https://postmarkapp.com/support/article/1180-what-does-errorcode-300-mean). */
const mailbox = /^[a-z0-9.!#$%&'`*+\-/=^_{|}~]+$/i;
const domain = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

/** Tells whether a text is a mailbox by Postmark's rules: no dot at either end of the local part, no two in a row. */
export function isMailbox(text: string): boolean {
	const at = text.lastIndexOf('@');
	const local = text.slice(0, at);
	if (at < 1 || text.length > 254) return false;
	return mailbox.test(local) && !/^\.|\.$|\.\./.test(local) && domain.test(text.slice(at + 1));
}

/** Splits a list at its commas; a comma inside quotes is part of a name. Empty entries are left out. */
function splitList(list: string): string[] {
	const entries: string[] = [];
	let entry = '';
	let quoted = false;
	for (let index = 0; index < list.length; index++) {
		const character = list.charAt(index);
		if (character === '\\' && quoted) entry += character + list.charAt(++index);
		else if (character === ',' && !quoted) {
			entries.push(entry);
			entry = '';
		} else {
			if (character === '"') quoted = !quoted;
			entry += character;
		}
	}
	return [...entries, entry].map((text) => text.trim()).filter((text) => text !== '');
}

function readAddress(entry: string): Address | null {
	const open = entry.endsWith('>') ? entry.lastIndexOf('<') : -1;
	const email = (open < 0 ? entry : entry.slice(open + 1, -1)).trim();
	if (!isMailbox(email)) return null;
	const shown = open < 0 ? '' : entry.slice(0, open).trim();
	const quoted = /^"(.*)"$/s.exec(shown)?.[1];
	const name = quoted === undefined ? shown : quoted.replace(/\\(.)/gs, '$1');
	// A bare name with one of these reads as something else to a mail program, or ends the header.
	if (/[\r\n\0]/.test(name) || (quoted === undefined && /[<>"@]/.test(name))) return null;
	return { email, name };
}

/** The addresses of a field like `To`: `a@b.c, "Name, Jr." <d@e.f>`. Throws 300 naming the field and what is wrong. */
export function readAddresses(field: string, list: string): Address[] {
	return splitList(list).map((entry) => {
		const address = readAddress(entry);
		if (!address) throw invalidMessage(`Invalid '${field}' address: '${entry}'.`);
		return address;
	});
}
