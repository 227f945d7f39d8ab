import type { MailContext } from './context.ts';
import { saveSetting } from './database.ts';
import { ApiError } from './errors.ts';
import { eventTypes } from './events.ts';
import { InvalidFault, readFault } from './faults.ts';
import { readFields } from './fields.ts';
import {
	done,
	listMessages,
	markRead,
	postEvent,
	Refused,
	removeAll,
	removeMessage,
	showAttachment,
	showHtml,
	showMessage,
	showSource,
	unsubscribe,
	type Answer
} from './mailbox-messages.ts';
import { MessageGone } from './receiver.ts';
import { allStreams } from './streams.ts';
import { listSuppressions, unsuppress } from './suppressions.ts';
import { allWebhooks, withoutPassword } from './webhooks.ts';

const showStreams: Answer = async (mail) =>
	Response.json(
		(await allStreams(mail.sql))
			.filter(({ type, archivedAt }) => type !== 'Inbound' && !archivedAt)
			.map(({ id, name, type }) => ({ id, name, type }))
	);

const showSuppressions: Answer = async (mail) =>
	Response.json(
		(await listSuppressions(mail.sql)).map(({ stream, address, reason, origin, createdAt }) => ({
			...{ stream, emailAddress: address, reason, origin, createdAt: createdAt.toISOString() }
		}))
	);

const removeSuppression: Answer = async (mail, _request, _url, [stream = '', email = '']) => {
	const lifted = await mail.sql.begin((sql) => unsuppress(sql, stream, email.toLowerCase()));
	if (!lifted) throw new Refused(404, 'This address is not suppressed in this stream.');
	return done();
};

const showReceiver: Answer = async (mail) => Response.json({ delivers: mail.receiver.delivers, smtpPort: mail.smtpPort() });

const changeReceiver: Answer = async (mail, request) => {
	const { delivers } = await readFields(request);
	if (delivers !== 'automatically' && delivers !== 'by hand') throw new Refused(422, '"delivers" is "automatically" or "by hand".');
	await saveSetting(mail.sql, 'delivers', delivers);
	mail.receiver.delivers = delivers;
	return Response.json({ delivers, smtpPort: mail.smtpPort() });
};

const showFaults: Answer = async (mail) => Response.json(mail.faults.list());
const addFault: Answer = async (mail, request) => Response.json(mail.faults.add(readFault(await readFields(request))), { status: 201 });

const removeFault: Answer = async (mail, _request, _url, [id = '']) => {
	if (!mail.faults.remove(id)) throw new Refused(404, 'There is no such fault: it may be used up.');
	return done();
};

const removeFaults: Answer = async (mail) => {
	mail.faults.clear();
	return done();
};

type Progress = { id: number; pending: number; lastAt: Date | null; lastStatus: number | null };

const showWebhooks: Answer = async (mail) => {
	const progress = await mail.sql<Progress[]>`
		select w.id, count(d.id) filter (where d.status = 'pending')::int as pending, max(d.last_at) as "lastAt",
			(array_agg(d.last_status order by d.last_at desc) filter (where d.last_at is not null))[1] as "lastStatus"
		from webhooks w left join webhook_deliveries d on d.webhook_id = w.id group by w.id`;
	const rows = (await allWebhooks(mail.sql)).map(({ id, url, stream, triggers }) => {
		const { pending = 0, lastAt = null, lastStatus = null } = progress.find((row) => row.id === id) ?? {};
		const enabled = eventTypes.filter((type) => triggers[type].Enabled);
		return { id, url: withoutPassword(url), stream, triggers: enabled, lastAttemptAt: lastAt?.toISOString() ?? null, lastStatus, pending };
	});
	return Response.json(rows);
};

const flushWebhooks: Answer = async (mail) => {
	await mail.sender.flush();
	return done();
};

const routes: [method: string, path: RegExp, answer: Answer][] = [
	['GET', /^\/messages$/, listMessages],
	['DELETE', /^\/messages$/, removeAll],
	['GET', /^\/messages\/([^/]+)$/, showMessage],
	['DELETE', /^\/messages\/([^/]+)$/, removeMessage],
	['GET', /^\/messages\/([^/]+)\/html$/, showHtml],
	['GET', /^\/messages\/([^/]+)\/source$/, showSource],
	['GET', /^\/messages\/([^/]+)\/attachments\/(\d{1,4})$/, showAttachment],
	['POST', /^\/messages\/([^/]+)\/read$/, markRead],
	['POST', /^\/messages\/([^/]+)\/events$/, postEvent],
	['POST', /^\/messages\/([^/]+)\/unsubscribe$/, unsubscribe],
	['GET', /^\/streams$/, showStreams],
	['GET', /^\/suppressions$/, showSuppressions],
	['DELETE', /^\/suppressions\/([^/]+)\/([^/]+)$/, removeSuppression],
	['GET', /^\/receiver$/, showReceiver],
	['PUT', /^\/receiver$/, changeReceiver],
	['GET', /^\/faults$/, showFaults],
	['POST', /^\/faults$/, addFault],
	['DELETE', /^\/faults$/, removeFaults],
	['DELETE', /^\/faults\/([^/]+)$/, removeFault],
	['GET', /^\/webhooks$/, showWebhooks],
	['POST', /^\/webhooks\/flush$/, flushWebhooks]
];

function decode(parts: string[]): string[] {
	try {
		return parts.map((part) => decodeURIComponent(part).replaceAll('\0', ''));
	} catch {
		throw new Refused(400, 'The path is not URL-encoded.');
	}
}

function refusalOf(error: unknown): Response {
	if (error instanceof Refused || error instanceof ApiError) return Response.json({ message: error.message }, { status: error.status });
	if (error instanceof InvalidFault) return Response.json({ message: error.message }, { status: 422 });
	if (error instanceof MessageGone) return Response.json({ message: 'The message has been removed.' }, { status: 404 });
	console.error('mail:', error);
	return Response.json({ message: 'Something went wrong in the mail service; its log says more.' }, { status: 500 });
}

/** Answers `/api/…` but the stream of news. */
export async function answerMailbox(mail: MailContext, request: Request, url: URL): Promise<Response> {
	const path = url.pathname.slice('/api'.length);
	try {
		for (const [method, pattern, answer] of routes) {
			const found = method === request.method ? pattern.exec(path) : null;
			if (found) return await answer(mail, request, url, decode(found.slice(1)));
		}
		throw new Refused(404, `The mailbox has no ${request.method} ${url.pathname}.`);
	} catch (error) {
		return refusalOf(error);
	}
}
