import { bounceType, bounceTypes } from './bounce-types.ts';
import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { refused } from './errors.ts';
import { writeEvents } from './events.ts';
import { pageOf, type Fields } from './fields.ts';
import { loadMessage, type Database } from './outbox.ts';
import { bounceReport, subscriptionPayload } from './payloads.ts';
import { unsuppress } from './suppressions.ts';
import { instant, timeIn } from './times.ts';

/** A bounce or complaint as it is kept. `detail` is the JSON of its webhook. */
type Bounce = { id: number; messageId: string; stream: string; recipient: string; detail: Fields };

const columns = (sql: Database) => sql`id, message_id as "messageId", stream, recipient, detail`;

/** The Bounce API shows every bounce as one, complaints included, and leaves metadata to webhooks. */
function shown({ detail }: Bounce): Fields {
	const { Metadata: _, ...rest } = detail;
	return { ...rest, RecordType: 'Bounce' };
}

async function findBounce(sql: Database, id: string): Promise<Bounce> {
	const [bounce] = /^\d{1,9}$/.test(id)
		? await sql<Bounce[]>`select ${columns(sql)} from events where id = ${id} and type in ('Bounce', 'SpamComplaint')`
		: [];
	if (!bounce) throw refused(1001, 'The bounce was not found.');
	return bounce;
}

async function contentOf(mail: MailContext, bounce: Bounce): Promise<string> {
	const message = await loadMessage(mail.sql, bounce.messageId);
	const kind = bounceType(String(bounce.detail.Type));
	return message && kind ? bounceReport(message, bounce.recipient, kind, String(bounce.detail.Details)) : '';
}

export async function listBounces(mail: MailContext, { query }: Call): Promise<object> {
	const { sql } = mail;
	const { count, offset } = pageOf(query, 1000);
	const type = query.get('type');
	const kind = type ? bounceType(type) : undefined;
	if (type && !kind) throw refused(1000, `Illegal bounce type: '${type}'.`);
	const inactive = query.get('inactive')?.toLowerCase();
	const address = query.get('emailfilter');
	const messageId = query.get('messageid');
	const tag = query.get('tag');
	const from = timeIn(query, 'fromdate', 1000);
	const to = timeIn(query, 'todate', 1000);
	const where = sql`
		type in ('Bounce', 'SpamComplaint') and stream = ${query.get('messagestream') ?? 'outbound'}
		and ${kind ? sql`detail ->> 'Type' = ${kind.type}` : sql`true`}
		and ${inactive ? sql`(detail ->> 'Inactive')::boolean = ${inactive === 'true'}` : sql`true`}
		and ${address ? sql`position(${address.toLowerCase()} in recipient) > 0` : sql`true`}
		and ${messageId ? sql`message_id::text = ${messageId.toLowerCase()}` : sql`true`}
		and ${tag ? sql`detail ->> 'Tag' = ${tag}` : sql`true`}
		and ${from ? sql`at >= ${instant(sql, from, { isEnd: false })}` : sql`true`}
		and ${to ? sql`at < ${instant(sql, to, { isEnd: true })}` : sql`true`}`;
	const [[total], bounces] = await Promise.all([
		sql<{ count: number }[]>`select count(*)::int from events where ${where}`,
		sql<Bounce[]>`select ${columns(sql)} from events where ${where} order by id desc limit ${count} offset ${offset}`
	]);
	return { TotalCount: total?.count ?? 0, Bounces: bounces.map(shown) };
}

export async function getBounce(mail: MailContext, { id }: Call): Promise<object> {
	const bounce = await findBounce(mail.sql, id);
	return { ...shown(bounce), Content: await contentOf(mail, bounce) };
}

export async function dumpBounce(mail: MailContext, { id }: Call): Promise<object> {
	return { Body: await contentOf(mail, await findBounce(mail.sql, id)) };
}

/** Makes the address active again. Throws 1003 for complaints. */
export async function activateBounce(mail: MailContext, { id }: Call): Promise<object> {
	const { stream, recipient, detail } = await findBounce(mail.sql, id);
	if (detail.CanActivate !== true) throw refused(1003, 'Due to the type of bounce, this address cannot be reactivated.');
	await mail.sql.begin(async (sql) => {
		const [complaint] = await sql`
			select 1 from suppressions where stream = ${stream} and address = ${recipient} and reason = 'SpamComplaint'`;
		if (complaint) throw refused(1003, 'The recipient complained about spam: this address cannot be reactivated.');
		if (!(await unsuppress(sql, stream, recipient))) return;
		const at = new Date();
		const change = { suppressSending: false, reason: 'HardBounce', origin: 'Customer' } as const;
		const payload = () => subscriptionPayload(null, stream, recipient, at, change);
		await writeEvents(sql, [{ type: 'SubscriptionChange', messageId: null, stream, recipient, at, payload }]);
	});
	mail.sender.wake();
	const bounce = await findBounce(mail.sql, id);
	return { Message: 'OK', Bounce: { ...shown(bounce), Content: await contentOf(mail, bounce) } };
}

export async function deliveryStats(mail: MailContext): Promise<object> {
	const { sql } = mail;
	const [counts, [inactive]] = await Promise.all([
		sql<{ type: string; count: number }[]>`
			select detail ->> 'Type' as type, count(*)::int from events where type in ('Bounce', 'SpamComplaint') group by 1`,
		sql<{ count: number }[]>`select count(distinct address)::int from suppressions`
	]);
	const byType = new Map(counts.map(({ type, count }) => [type, count]));
	const Bounces = bounceTypes.flatMap(({ type, name }) => {
		const Count = byType.get(type);
		return Count === undefined ? [] : [{ Type: type, Name: name, Count }];
	});
	const all = counts.reduce((sum, { count }) => sum + count, 0);
	return { InactiveMails: inactive?.count ?? 0, Bounces: [{ Name: 'All', Count: all }, ...Bounces] };
}
