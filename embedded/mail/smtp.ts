import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { PortTaken } from '../postgres/index.ts';
import { accept } from './acceptance.ts';
import type { MailContext } from './context.ts';
import { checkMetadata, checkTrackLinks } from './drafts.ts';
import { ApiError, Disconnected } from './errors.ts';
import { endure, FaultAnswer } from './faults.ts';
import { addressesOf, formatAddress, type Address, type Draft } from './message.ts';
import { parseSource } from './mime.ts';
import { sendingStream } from './sending.ts';
import { allStreams } from './streams.ts';
import { suppressedAmong } from './suppressions.ts';

const LARGEST = 25 * 2 ** 20;

/** A reply that refuses a message: 4xx to try again later, 5xx for good. */
class Reply extends Error {
	readonly responseCode: number;

	constructor(code: number, message: string) {
		super(message);
		this.responseCode = code;
	}
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) if (Buffer.isBuffer(chunk) && !stream.sizeExceeded) chunks.push(chunk);
	if (stream.sizeExceeded) throw new Reply(552, `The message is larger than ${LARGEST / 2 ** 20} MB`);
	return Buffer.concat(chunks);
}

/** Headers that steer Postmark over SMTP (https://postmarkapp.com/developer/user-guide/send-email-with-smtp). */
function controlsIn(headers: [string, string][]) {
	const value = (wanted: string) => headers.find(([name]) => name.toLowerCase() === wanted)?.[1].trim() ?? '';
	const metadata = headers.flatMap(([name, text]): [string, string][] => {
		const field = /^x-pm-metadata-(.+)$/i.exec(name)?.[1];
		return field === undefined ? [] : [[field, text.trim()]];
	});
	return {
		stream: value('x-pm-message-stream') || 'outbound',
		tag: value('x-pm-tag').slice(0, 1000),
		metadata: checkMetadata(Object.fromEntries(metadata)),
		trackOpens: value('x-pm-trackopens').toLowerCase() === 'true',
		trackLinks: checkTrackLinks(value('x-pm-tracklinks'))
	};
}

/** The message as its envelope and head tell it. Who is in the envelope alone was written to blindly. */
async function readMessage(raw: Buffer, { envelope }: SMTPServerSession): Promise<Draft> {
	const parsed = await parseSource(raw).catch((error: unknown) => {
		throw new Reply(554, `The message cannot be read: ${error instanceof Error ? error.message : String(error)}`);
	});
	const named = new Set([...parsed.to, ...parsed.cc].map(({ email }) => email.toLowerCase()));
	const bcc = envelope.rcptTo
		.map(({ address }): Address => ({ email: address, name: '' }))
		.filter(({ email }) => !named.has(email.toLowerCase()));
	const bounceAddress = envelope.mailFrom ? envelope.mailFrom.address : '';
	return {
		source: 'smtp',
		sender: parsed.from[0] ?? { email: bounceAddress, name: '' },
		recipients: { to: parsed.to, cc: parsed.cc, bcc },
		envelope: envelope.rcptTo.map(({ address }) => address),
		replyTo: parsed.replyTo.map(formatAddress).join(', '),
		subject: parsed.subject,
		headers: parsed.headers,
		html: parsed.html,
		text: parsed.text,
		attachments: parsed.attachments,
		...controlsIn(parsed.headers),
		raw
	};
}

/** Takes one message: it is kept when this resolves, with its id. Throws an SMTP reply, or Disconnected where a fault says so. */
async function take(mail: MailContext, stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
	const draft = await readMessage(await readAll(stream), session);
	const { losesAnswer } = await endure(mail.faults.takeForRequest('smtp', [draft]));
	const fault = mail.faults.takeForMessage('smtp', draft);
	if (fault?.kind === 'reject') throw new Reply(fault.errorCode >= 400 && fault.errorCode < 600 ? fault.errorCode : 554, fault.message);
	if (fault?.kind === 'drop') return 'OK';
	const found = sendingStream(await allStreams(mail.sql), draft.stream);
	const blocked = await suppressedAmong(mail.sql, found.id, addressesOf(draft));
	const [message] = await accept(mail, [{ draft, streamUnsubscribes: found.unsubscribe === 'Postmark', blocked }]);
	if (losesAnswer) throw new Disconnected();
	return `OK ${message?.id}`;
}

/** What went wrong, as a reply to the client. */
function asReply(error: unknown): Reply {
	if (error instanceof ApiError) return new Reply(550, error.message);
	if (error instanceof FaultAnswer) {
		const { status } = error.response;
		return new Reply(status === 429 || status >= 500 ? 451 : 554, `The embedded mail service was told to answer ${status}`);
	}
	if (error instanceof Reply) return error;
	console.error('mail:', error);
	return new Reply(451, 'Something went wrong in the mail service; its log says more');
}

/** The running SMTP side. */
export type Smtp = { port: number; stop(): Promise<void> };

/**
 * SMTP on loopback: whoever is here may send, with any credentials or none. A message is acknowledged when it is kept.
 * Throws PortTaken.
 */
export async function startSmtp(mail: MailContext, port: number): Promise<Smtp> {
	const server = new SMTPServer({
		name: 'localhost',
		banner: 'Embedded mail',
		size: LARGEST,
		authOptional: true,
		allowInsecureAuth: true,
		disabledCommands: ['STARTTLS'],
		disableReverseLookup: true,
		logger: false,
		socketTimeout: 60_000,
		closeTimeout: 2000,
		onAuth: (auth, _session, callback) => callback(null, { user: auth.username ?? 'anybody' }),
		onRcptTo({ address }, _session, callback) {
			// As Postmark does: `"a"@b` would be a second name of a mailbox that asked for no more letters.
			if (address.startsWith('"')) callback(new Reply(553, 'Quoted local parts are not taken'));
			else callback();
		},
		onData(stream, session, callback) {
			take(mail, stream, session)
				.then((text) => callback(null, text))
				.catch((error: unknown) => {
					if (!(error instanceof Disconnected)) return callback(asReply(error));
					for (const connection of server.connections) if (connection.session === session) connection.close();
				});
		}
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', (error) => {
			const code = 'code' in error ? error.code : undefined;
			reject(code === 'EADDRINUSE' || code === 'EACCES' ? new PortTaken(port, 'SMTP_PORT') : error);
		});
		server.listen({ host: '127.0.0.1', port, exclusive: true }, resolve);
	});
	// A client that breaks off is no fault of ours, and must not end the process.
	server.on('error', () => {});
	const address = server.server.address();
	return {
		port: address !== null && typeof address === 'object' ? address.port : port,
		stop: () => new Promise((resolve) => server.close(() => resolve()))
	};
}
