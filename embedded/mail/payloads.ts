import type { BounceType } from './bounce-types.ts';
import { SERVER_ID } from './context.ts';
import { postmarkTime } from './times.ts';
import type { Message } from './message.ts';

/*
 * The JSON of Postmark's webhooks, each with every documented field
 * (https://postmarkapp.com/developer/webhooks/webhooks-overview and the page of each). The Messages and Bounce APIs show the same objects.
 */

export type Suppression = {
	suppressSending: boolean;
	reason: 'HardBounce' | 'SpamComplaint' | 'ManualSuppression';
	origin: 'Recipient' | 'Customer';
};

const about = (message: Message) => ({
	MessageID: message.id,
	MessageStream: message.stream,
	Tag: message.tag,
	Metadata: message.metadata
});

/** The receiving server's last word on a message it took. */
const acceptance = (at: Date) => `smtp;250 2.0.0 OK ${Math.floor(at.getTime() / 1000)} embedded - mailbox`;

export const deliveryPayload = (message: Message, recipient: string, at: Date) => ({
	RecordType: 'Delivery',
	ServerID: SERVER_ID,
	...about(message),
	Recipient: recipient,
	DeliveredAt: postmarkTime(at),
	Details: acceptance(at)
});

/** A bounce or a complaint. `Inactive` says that the address is suppressed by it, `CanActivate` that the sender may lift that. */
export const bouncePayload = (
	message: Message,
	recipient: string,
	at: Date,
	{ id, kind, details, inactive }: { id: number; kind: BounceType; details: string; inactive: boolean }
) => ({
	RecordType: kind.type === 'SpamComplaint' ? 'SpamComplaint' : 'Bounce',
	ID: id,
	Type: kind.type,
	TypeCode: kind.code,
	Name: kind.name,
	ServerID: SERVER_ID,
	...about(message),
	Description: kind.description,
	Details: details,
	Email: recipient,
	From: message.sender.email,
	BouncedAt: postmarkTime(at),
	DumpAvailable: true,
	Inactive: inactive,
	CanActivate: kind.type !== 'SpamComplaint',
	Subject: message.subject
});

/** The report a bouncing server sends back: what `Content` and the bounce dump hold. */
export const bounceReport = (message: Message, recipient: string, kind: BounceType, details: string) =>
	[
		'From: MAILER-DAEMON@embedded.invalid',
		`To: ${message.sender.email}`,
		`Subject: ${kind.type === 'SpamComplaint' ? 'Abuse report' : 'Undelivered Mail Returned to Sender'}`,
		`X-PM-Message-Id: ${message.id}`,
		'Content-Type: text/plain; charset=utf-8',
		'',
		kind.description,
		'',
		`Final-Recipient: rfc822; ${recipient}`,
		`Diagnostic-Code: ${details}`,
		''
	].join('\r\n');

/** Where readers are said to be: nobody looks up an address on this machine. */
const geo = {
	CountryISOCode: 'US',
	Country: 'United States',
	RegionISOCode: 'NY',
	Region: 'New York',
	City: 'New York',
	Zip: '10007',
	Coords: '40.7128,-74.0060',
	IP: '127.0.0.1'
};

type Program = { Name: string; Company: string; Family: string };

const programs: [RegExp, Program][] = [
	[/Edg\/[\d.]+/, { Name: 'Edge', Company: 'Microsoft Corporation', Family: 'Edge' }],
	[/Firefox\/[\d.]+/, { Name: 'Firefox', Company: 'Mozilla Foundation', Family: 'Firefox' }],
	[/Chrome\/[\d.]+/, { Name: 'Chrome', Company: 'Google Inc.', Family: 'Chrome' }],
	[/Version\/[\d.]+.*Safari/, { Name: 'Safari', Company: 'Apple Inc.', Family: 'Safari' }],
	[/Outlook|Microsoft Office/, { Name: 'Outlook', Company: 'Microsoft Corporation', Family: 'Outlook' }],
	[/AppleWebKit/, { Name: 'Apple Mail', Company: 'Apple Inc.', Family: 'Apple Mail' }]
];

const systems: [RegExp, Program][] = [
	[/iPhone|iPad/, { Name: 'iOS', Company: 'Apple Inc.', Family: 'iOS' }],
	[/Android/, { Name: 'Android', Company: 'Google Inc.', Family: 'Android' }],
	[/Windows/, { Name: 'Windows', Company: 'Microsoft Corporation', Family: 'Windows' }],
	[/Mac OS X/, { Name: 'macOS', Company: 'Apple Inc.', Family: 'macOS' }],
	[/Linux/, { Name: 'Linux', Company: 'Linux Foundation', Family: 'Linux' }]
];

const unknown: Program = { Name: 'Unknown', Company: 'Unknown', Family: 'Unknown' };
const nameProgram = (known: [RegExp, Program][], userAgent: string) => known.find(([pattern]) => pattern.test(userAgent))?.[1] ?? unknown;

function platformOf(userAgent: string): string {
	if (/Mobile|iPhone|Android/.test(userAgent)) return 'Mobile';
	return nameProgram(systems, userAgent) === unknown ? 'Unknown' : 'Desktop';
}

const reader = (message: Message, recipient: string, at: Date, userAgent: string) => ({
	...about(message),
	Recipient: recipient,
	ReceivedAt: postmarkTime(at),
	UserAgent: userAgent,
	Client: nameProgram(programs, userAgent),
	OS: nameProgram(systems, userAgent),
	Platform: platformOf(userAgent),
	Geo: geo
});

export const openPayload = (message: Message, recipient: string, at: Date, open: { userAgent: string; first: boolean }) => ({
	RecordType: 'Open',
	FirstOpen: open.first,
	...reader(message, recipient, at, open.userAgent),
	ReadSeconds: 0
});

export const clickPayload = (
	message: Message,
	recipient: string,
	at: Date,
	click: { userAgent: string; url: string; location: 'HTML' | 'Text' }
) => ({
	RecordType: 'Click',
	ClickLocation: click.location,
	OriginalLink: click.url,
	...reader(message, recipient, at, click.userAgent)
});

/** Of a message that caused the change, or, for one the sender made, of an address alone. Lifting a suppression names no reason. */
export const subscriptionPayload = (message: Message | null, stream: string, recipient: string, at: Date, change: Suppression) => ({
	RecordType: 'SubscriptionChange',
	ServerID: SERVER_ID,
	MessageID: message?.id ?? null,
	MessageStream: stream,
	ChangedAt: postmarkTime(at),
	Recipient: recipient,
	Origin: change.origin,
	SuppressSending: change.suppressSending,
	SuppressionReason: change.suppressSending ? change.reason : null,
	Tag: change.suppressSending ? (message?.tag ?? null) : null,
	Metadata: change.suppressSending ? (message?.metadata ?? {}) : {}
});
