import { isMailbox } from './addresses.ts';
import type { Call } from './call.ts';
import type { MailContext } from './context.ts';
import { refused } from './errors.ts';
import { writeEvents } from './events.ts';
import { listField, textField } from './fields.ts';
import { subscriptionPayload } from './payloads.ts';
import { findStream } from './streams.ts';
import { reasons, suppress, unsuppress, type Reason, type Suppressed } from './suppressions.ts';
import { instant, postmarkTime, timeIn } from './times.ts';

const MOST_AT_ONCE = 50;
const noAuthority = 'You do not have the required authority to change this suppression.';

type Status = { Status: 'Suppressed' | 'Deleted' | 'Failed'; Message: string | null };

/** Changes an address for the sender, and tells webhooks when `suppressSending` is news. */
async function change(mail: MailContext, stream: string, address: string, suppressSending: boolean): Promise<Status> {
	const done: Status = { Status: suppressSending ? 'Suppressed' : 'Deleted', Message: null };
	return mail.sql.begin(async (sql): Promise<Status> => {
		const [before] = await sql<{ reason: Reason; origin: Suppressed['origin'] }[]>`
			select reason, origin from suppressions where stream = ${stream} and address = ${address} for update`;
		if (before?.reason === 'SpamComplaint') return { Status: 'Failed', Message: noAuthority };
		// Who unsubscribed comes back by subscribing, not by the sender's wish.
		if (!suppressSending && before?.reason === 'ManualSuppression' && before.origin === 'Recipient')
			return { Status: 'Failed', Message: noAuthority };
		const changed = suppressSending
			? await suppress(sql, stream, address, 'ManualSuppression', 'Customer')
			: await unsuppress(sql, stream, address);
		if (changed) {
			const at = new Date();
			const payload = () =>
				subscriptionPayload(null, stream, address, at, { suppressSending, reason: 'ManualSuppression', origin: 'Customer' });
			await writeEvents(sql, [{ type: 'SubscriptionChange', messageId: null, stream, recipient: address, at, payload }]);
		}
		return done;
	});
}

async function changeAll(mail: MailContext, { id, body }: Call, suppressSending: boolean): Promise<object> {
	await findStream(mail.sql, id);
	const entries = listField(body, 'Suppressions');
	if (entries.length === 0) throw refused(1409, 'A proper request body must be provided.');
	if (entries.length > MOST_AT_ONCE) {
		throw refused(1410, 'You cannot provide more than the maximum number of suppressions for this request.');
	}
	const Suppressions: (Status & { EmailAddress: string })[] = [];
	for (const entry of entries) {
		const EmailAddress = textField(entry, 'EmailAddress').trim();
		const status: Status = isMailbox(EmailAddress)
			? await change(mail, id, EmailAddress.toLowerCase(), suppressSending)
			: { Status: 'Failed', Message: 'An invalid email address was provided.' };
		Suppressions.push({ EmailAddress, ...status });
	}
	mail.sender.wake();
	return { Suppressions };
}

export const createSuppressions = (mail: MailContext, call: Call) => changeAll(mail, call, true);
export const deleteSuppressions = (mail: MailContext, call: Call) => changeAll(mail, call, false);

export async function dumpSuppressions(mail: MailContext, { id, query }: Call): Promise<object> {
	const { sql } = mail;
	await findStream(sql, id);
	const named = <T extends string>(given: string | undefined, known: readonly T[], code: number, name: string): T | undefined => {
		const found = known.find((value) => value.toLowerCase() === given?.toLowerCase());
		if (given && !found) throw refused(code, `Parameter '${name}' is invalid.`);
		return found;
	};
	const reason = named(query.get('suppressionreason'), reasons, 1404, 'SuppressionReason');
	const origin = named(query.get('origin'), ['Recipient', 'Customer', 'Admin'], 1405, 'Origin');
	const address = query.get('emailaddress')?.toLowerCase();
	const from = timeIn(query, 'fromdate', 1407);
	const to = timeIn(query, 'todate', 1407);
	const rows = await sql<Suppressed[]>`
		select stream, address, reason, origin, created_at as "createdAt" from suppressions
		where stream = ${id}
			and ${reason ? sql`reason = ${reason}` : sql`true`}
			and ${origin ? sql`origin = ${origin}` : sql`true`}
			and ${address ? sql`address = ${address}` : sql`true`}
			and ${from ? sql`created_at >= ${instant(sql, from, { isEnd: false })}` : sql`true`}
			and ${to ? sql`created_at < ${instant(sql, to, { isEnd: true })}` : sql`true`}
		order by created_at, address`;
	return {
		Suppressions: rows.map((row) => ({
			EmailAddress: row.address,
			SuppressionReason: row.reason,
			Origin: row.origin,
			CreatedAt: postmarkTime(row.createdAt)
		}))
	};
}
