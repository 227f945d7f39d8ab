/** A mailbox with its display name, '' when it has none. `email` keeps the sender's spelling. */
export type Address = { email: string; name: string };

export type Recipients = { to: Address[]; cc: Address[]; bcc: Address[] };

export const trackLinksValues = ['None', 'HtmlAndText', 'HtmlOnly', 'TextOnly'] as const;
export type TrackLinks = (typeof trackLinksValues)[number];

/** A link of a message: the address it led to before tracking, and in which part it stands. */
export type Link = { url: string; text: string; location: 'HTML' | 'Text' };

/** What the list of attachments says; `size` in bytes. */
export type AttachmentInfo = { name: string; contentType: string; contentId: string | null; size: number };
export type Attachment = Omit<AttachmentInfo, 'size'> & { content: Buffer };

/** How far a message got. `dropped`: accepted over SMTP, but nobody was left to deliver it to. */
export type Status = 'queued' | 'sent' | 'delivered' | 'bounced' | 'complained' | 'dropped';

/** A checked message that has not been accepted yet. */
export type Draft = {
	source: 'smtp' | 'postmark';
	stream: string;
	sender: Address;
	recipients: Recipients;
	/** Over SMTP, whom it goes to, whatever its head says; null when it goes to its recipients. */
	envelope: string[] | null;
	/** As given, '' without one. */
	replyTo: string;
	subject: string;
	/** '' without one. */
	tag: string;
	metadata: Record<string, string>;
	/** The sender's own headers, beside those made from the fields above. */
	headers: [string, string][];
	html: string | null;
	text: string | null;
	attachments: Attachment[];
	trackOpens: boolean;
	trackLinks: TrackLinks;
	/** The message as it came over SMTP; null when it came as JSON. */
	raw: Buffer | null;
};

/** A message as it is kept. Everything is in it but the bytes of attachments and the raw form. */
export type Message = Omit<Draft, 'attachments' | 'raw' | 'envelope'> & {
	id: string;
	seq: number;
	/** Everybody it goes to, in lower case, in order To, Cc, Bcc, each once. Their order is part of tracking links. */
	addresses: string[];
	links: Link[];
	attachmentList: AttachmentInfo[];
	preview: string;
	/** Postmark unsubscribes its recipients itself: the stream says so, and the sender gave no List-Unsubscribe of its own. */
	unsubscribes: boolean;
	receivedAt: Date;
	status: Status;
	opened: number;
	clicked: number;
	read: boolean;
};

/** Everybody a message goes to, in lower case, each once. */
export function addressesOf({ recipients: { to, cc, bcc }, envelope }: Pick<Draft, 'recipients' | 'envelope'>): string[] {
	return [...new Set((envelope ?? [...to, ...cc, ...bcc].map(({ email }) => email)).map((address) => address.toLowerCase()))];
}

/** An address as a header shows it: `Name <mailbox>`, the name quoted where it must be. */
export function formatAddress({ email, name }: Address): string {
	if (name === '') return email;
	const word = /^[\p{L}\p{N} !#$%&'*+/=?^_`{|}~-]+$/u.test(name) ? name : `"${name.replace(/[\\"]/g, '\\$&')}"`;
	return `${word} <${email}>`;
}
