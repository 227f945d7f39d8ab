import { createTransport } from 'nodemailer';
import type { EmailSettings, LetterTemplate, NotificationTemplate, Template } from '../settings/types.ts';
import { compile, type Rendered } from './go-template/index.ts';
import { plainText } from './plain-text.ts';

/** One letter to one person: which template, and what it is filled with (GoTrue's names: Email, Token, ConfirmationURL, …). */
export type Letter = {
	template: LetterTemplate | NotificationTemplate;
	to: string;
	data: Record<string, unknown>;
};

/** Sends letters over SMTP. */
export type Mailer = {
	/** Resolves when the mail server has taken the letter; throws when it did not. */
	send(letter: Letter): Promise<void>;
	close(): void;
};

export type MailerOptions = {
	/** The templates of `[auth.email]`. */
	email: EmailSettings;
	/** Whom letters come from. */
	from: { address: string; name: string };
	/** `secure`: TLS from the first byte; without it port 465 says so. */
	smtp: { host: string; port: number; user?: string; pass?: string; secure?: boolean };
	/** How long a letter may take in all, in milliseconds. Somebody waits for the answer to their request. */
	timeoutMs?: number;
};

type Compiled = { subject: Rendered; html: Rendered };

/** Anything else could be read as two addresses, or as a header of its own. */
const oneAddress = /^[^\s\p{Cc}<>,;:"()[\]\\@]+@[^\s\p{Cc}<>,;:"()\\@]+$/u;

function compileLetter(section: string, template: Template): Compiled {
	const part = (key: string, source: string, kind: 'html' | 'text') => {
		try {
			return compile(source, kind);
		} catch (cause) {
			const reason = cause instanceof Error ? cause.message : String(cause);
			throw new Error(`The ${key} of [auth.email.${section}] cannot be used: ${reason}`, { cause });
		}
	};
	return { subject: part('subject', template.subject, 'text'), html: part('body', template.html, 'html') };
}

function compileLetters({ templates, notifications }: EmailSettings): Map<string, Compiled> {
	return new Map([
		...Object.entries(templates).map(([name, template]) => [name, compileLetter(`template.${name}`, template)] as const),
		...Object.entries(notifications).map(([name, template]) => [name, compileLetter(`notification.${name}`, template)] as const)
	]);
}

function isThisMachine(host: string): boolean {
	return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * Makes a mailer for a mail server. All templates are compiled here: throws for one that cannot be used, naming it and the
 * line. A password is sent over TLS only, except on this machine, where certificates would be self-signed.
 */
export function createMailer({ email, from, smtp, timeoutMs = 10_000 }: MailerOptions): Mailer {
	const letters = compileLetters(email);
	const { host, port, user, pass, secure = port === 465 } = smtp;
	const transport = createTransport({
		pool: true,
		maxConnections: 4,
		// A connection that the server closed while idle is worth a second try, a server that keeps closing is not.
		maxRequeues: 1,
		host,
		port,
		secure,
		requireTLS: user !== undefined && !secure && !isThisMachine(host),
		ignoreTLS: !secure && isThisMachine(host),
		...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
		disableFileAccess: true,
		disableUrlAccess: true
	});
	return {
		async send({ template, to, data }) {
			const letter = letters.get(template);
			if (!letter) throw new Error(`The letter ${template} is not enabled.`);
			if (!oneAddress.test(to)) throw new Error(`${JSON.stringify(to)} is not an address that a letter can go to.`);
			const html = letter.html(data);
			const address = { name: '', address: to };
			await transport.sendMail({
				from,
				to: address,
				envelope: { from: from.address, to: [to] },
				subject: letter.subject(data),
				html,
				text: plainText(html),
				// RFC 3834: nobody's out-of-office answers this.
				headers: { 'Auto-Submitted': 'auto-generated' },
				// Ends connecting, greeting and sending alike, and closes the connection; a server that drips cannot put it off.
				signal: AbortSignal.timeout(timeoutMs)
			});
		},
		close: () => transport.close()
	};
}
