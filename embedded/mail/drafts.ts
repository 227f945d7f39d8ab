import { readAddresses } from './addresses.ts';
import { invalidMessage, refused } from './errors.ts';
import { flagField, isFields, listField, objectField, textField, type Fields } from './fields.ts';
import { trackLinksValues, type Attachment, type Draft, type TrackLinks } from './message.ts';

const MEGABYTE = 2 ** 20;

/** Postmark's limits (https://postmarkapp.com/developer/user-guide/send-email-with-api/send-a-single-email, support articles 1056 and 1125). */
const limits = {
	recipients: 50,
	from: 255,
	subject: 2000,
	tag: 1000,
	body: 5 * MEGABYTE,
	/** Of all attachments, in base64. */
	attachments: 10 * MEGABYTE,
	metadata: { fields: 10, name: 20, value: 80 }
};

const forbiddenExtensions = new Set(
	'vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi msp mst'.split(' ')
);

/** Headers that are made from the message's own fields, or that belong to its form. */
const reservedHeaders = /^(from|to|cc|bcc|subject|reply-to|mime-version|content-(type|transfer-encoding|disposition))$/i;

const tooLong = (name: string, value: string, most: number) => {
	if (value.length > most) throw invalidMessage(`The '${name}' field is too long: ${value.length} characters, ${most} are allowed.`);
	return value;
};

/** A value that becomes one line of the message's head. */
function headerLine(name: string, value: string): string {
	if (/[\r\n\0]/.test(value)) throw invalidMessage(`The '${name}' field must not hold line breaks.`);
	return value;
}

/** Checks metadata by Postmark's limits. Numbers and booleans become text. */
export function checkMetadata(given: Fields): Record<string, string> {
	const entries = Object.entries(given).map(([name, value]): [string, string] => {
		if (value === null || typeof value === 'object') throw invalidMessage(`The metadata value of '${name}' must be a string.`);
		return [name.toWellFormed(), String(value)];
	});
	const { fields, name: nameLimit, value: valueLimit } = limits.metadata;
	if (entries.length > fields) throw invalidMessage(`Metadata may hold at most ${fields} fields.`);
	if (new Set(entries.map(([name]) => name.toLowerCase())).size < entries.length) {
		throw invalidMessage('Metadata names must differ in more than their case.');
	}
	for (const [name, value] of entries) {
		if (name === '' || name.length > nameLimit) throw invalidMessage(`The metadata name '${name}' must have 1 to ${nameLimit} characters.`);
		if (value.length > valueLimit) throw invalidMessage(`The metadata value of '${name}' may have at most ${valueLimit} characters.`);
		headerLine(`Metadata ${name}`, name + value);
	}
	return Object.fromEntries(entries);
}

/** The tracking of links by name. Throws 300 for an unknown one. */
export function checkTrackLinks(given: string): TrackLinks {
	const known = trackLinksValues.find((value) => value.toLowerCase() === given.toLowerCase());
	if (given !== '' && !known) throw invalidMessage(`Invalid 'TrackLinks' value: '${given}'. It is one of ${trackLinksValues.join(', ')}.`);
	return known ?? 'None';
}

function readHeaders(fields: Fields): [string, string][] {
	return listField(fields, 'Headers').map((header) => {
		const [name, value] = [textField(header, 'Name'), textField(header, 'Value')];
		// RFC 5322, 2.2: printable ASCII but the colon.
		if (!/^[!-9;-~]+$/.test(name)) throw invalidMessage(`Invalid header name: '${name}'.`);
		if (reservedHeaders.test(name)) throw invalidMessage(`The header '${name}' is made from the message's fields and cannot be given.`);
		return [name, headerLine(`Headers ${name}`, value)];
	});
}

function readAttachments(fields: Fields): Attachment[] {
	let size = 0;
	return listField(fields, 'Attachments').map((given) => {
		const name = headerLine('Attachments Name', textField(given, 'Name'));
		const contentType = headerLine('Attachments ContentType', textField(given, 'ContentType')) || 'application/octet-stream';
		const contentId = headerLine('Attachments ContentID', textField(given, 'ContentID')).replace(/^cid:/i, '');
		const content = textField(given, 'Content').replace(/\s/g, '');
		if (name === '') throw invalidMessage('An attachment must have a Name.');
		if (forbiddenExtensions.has(name.split('.').at(-1)?.toLowerCase() ?? '') && name.includes('.')) {
			throw refused(411, `Attachment file type not allowed: '${name}'.`);
		}
		if (!/^[a-z0-9+/]*={0,2}$/i.test(content) || content.length % 4 !== 0) {
			throw invalidMessage(`The Content of the attachment '${name}' is not base64.`);
		}
		size += content.length;
		if (size > limits.attachments) throw invalidMessage('The attachments are too large: 10 MB are allowed in all, in base64.');
		return { name, contentType, contentId: contentId || null, content: Buffer.from(content, 'base64') };
	});
}

function readBody(fields: Fields, name: 'HtmlBody' | 'TextBody'): string | null {
	const body = textField(fields, name);
	if (body.length > limits.body) throw invalidMessage(`The '${name}' is too large: 5 MB are allowed.`);
	return body === '' ? null : body;
}

/**
 * Reads and checks one message of the API (https://postmarkapp.com/developer/api/email-api). That its stream exists
 * and its recipients may be written to is not looked at here. Throws ApiError with Postmark's codes.
 */
export function readDraft(fields: unknown): Draft {
	if (!isFields(fields)) throw refused(402, 'Received invalid JSON input: each message is an object.');
	const from = headerLine('From', textField(fields, 'From'));
	const [sender, ...others] = readAddresses('From', tooLong('From', from, limits.from));
	if (!sender || others.length > 0) throw invalidMessage(`Invalid 'From' address: '${from}'.`);

	const list = (name: string) => readAddresses(name, textField(fields, name));
	const recipients = { to: list('To'), cc: list('Cc'), bcc: list('Bcc') };
	const count = recipients.to.length + recipients.cc.length + recipients.bcc.length;
	if (recipients.to.length === 0) throw invalidMessage('Zero recipients specified: the message has no To address.');
	if (count > limits.recipients) throw invalidMessage(`Too many recipients: ${count}, ${limits.recipients} are allowed in To, Cc and Bcc.`);

	const replyTo = headerLine('ReplyTo', textField(fields, 'ReplyTo'));
	readAddresses('ReplyTo', replyTo);

	const html = readBody(fields, 'HtmlBody');
	const text = readBody(fields, 'TextBody');
	if (html === null && text === null) throw invalidMessage('Provide either email TextBody or HtmlBody or both.');

	return {
		source: 'postmark',
		stream: textField(fields, 'MessageStream') || 'outbound',
		sender,
		recipients,
		envelope: null,
		replyTo,
		subject: headerLine('Subject', tooLong('Subject', textField(fields, 'Subject'), limits.subject)),
		tag: headerLine('Tag', tooLong('Tag', textField(fields, 'Tag'), limits.tag)),
		metadata: checkMetadata(objectField(fields, 'Metadata')),
		headers: readHeaders(fields),
		html,
		text,
		attachments: readAttachments(fields),
		trackOpens: flagField(fields, 'TrackOpens'),
		trackLinks: checkTrackLinks(textField(fields, 'TrackLinks')),
		raw: null
	};
}
