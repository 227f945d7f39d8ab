/** The mailbox API as the page reads it (embedded/mail/README.md). Times are ISO 8601, ids Postmark's MessageIDs. */

export type Status = 'queued' | 'sent' | 'delivered' | 'bounced' | 'complained' | 'dropped';

export type EventType = 'Delivery' | 'Bounce' | 'SpamComplaint' | 'Open' | 'Click' | 'SubscriptionChange';

/** A message as the list shows it. */
export type Summary = {
	id: string;
	source: 'smtp' | 'postmark';
	stream: string;
	from: string;
	to: string[];
	cc: string[];
	bcc: string[];
	subject: string;
	tag: string | null;
	metadata: Record<string, string>;
	receivedAt: string;
	status: Status;
	opened: number;
	clicked: number;
	attachments: number;
	preview: string;
	read: boolean;
};

/** How far one webhook got with one event. */
export type WebhookDelivery = { url: string; attempts: number; status: 'pending' | 'done' | 'gave_up'; lastStatus: number | null };

/** What a receiver did with a message. */
export type MailEvent = {
	id: string;
	at: string;
	type: EventType;
	recipient: string;
	detail: Record<string, unknown>;
	webhooks: WebhookDelivery[];
};

export type Attachment = { index: number; name: string; contentType: string; size: number };

export type Link = { url: string; text: string };

/** A message with everything in it. */
export type Detail = Summary & {
	html: string | null;
	text: string | null;
	headers: [string, string][];
	attachmentList: Attachment[];
	links: Link[];
	listUnsubscribe: { url: string | null; oneClick: boolean };
	events: MailEvent[];
};

export type Page = { messages: Summary[]; next: string | null; total: number };

export type Stream = { id: string; name: string; type: 'Transactional' | 'Broadcasts' };

export type Suppression = { stream: string; emailAddress: string; reason: string; origin: string; createdAt: string };

/** How the receiver behaves. `smtpPort` is told by servers that know it. */
export type Receiver = { delivers: 'automatically' | 'by hand'; smtpPort?: number };

export type Webhook = {
	id: string | number;
	url: string;
	stream: string;
	triggers: string[];
	lastAttemptAt: string | null;
	lastStatus: number | null;
	pending: number;
};

export type FaultPlace = 'email' | 'batch' | 'messages' | 'webhooks' | 'smtp' | 'any';

export type FaultMatch = { to?: string; stream?: string; subject?: string; metadata?: Record<string, string> };

export type FaultEffect =
	| { kind: 'delay'; ms: number }
	| { kind: 'status'; status: number; retryAfter?: number; body?: object }
	| { kind: 'reject'; errorCode: number; message: string }
	| { kind: 'drop' }
	| { kind: 'disconnect'; when: 'before' | 'after' };

/** Something that goes wrong on purpose. Without `times` it goes on until it is removed. */
export type NewFault = { at: FaultPlace; match?: FaultMatch; times?: number; effect: FaultEffect };

export type Fault = NewFault & { id: string };

/** An event to post for a message: what the receiver is to do. */
export type NewEvent =
	| { type: 'Delivery' | 'SpamComplaint' | 'Open'; recipient?: string }
	| { type: 'Bounce'; recipient?: string; bounceType: string }
	| { type: 'Click'; recipient?: string; url: string }
	| { type: 'SubscriptionChange'; recipient?: string; suppressSending: boolean };

/** What the list is narrowed to; empty strings narrow nothing. */
export type Filter = { search: string; recipient: string; source: string; stream: string };
