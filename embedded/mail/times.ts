import { refused } from './errors.ts';
import type { Database } from './outbox.ts';

/** A time as Postmark writes it: ISO 8601 with seven digits of a second. */
export const postmarkTime = (time: Date) => time.toISOString().replace('Z', '0000Z');

/** A date or time of a query, undefined when it was not sent. Throws `code` when it is none. */
export function timeIn(query: Map<string, string>, name: string, code: number): string | undefined {
	const text = query.get(name);
	if (!text) return undefined;
	const isTime = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(text);
	if (!isTime || Number.isNaN(Date.parse(text))) throw refused(code, `Parameter '${name}' should be a date/time value.`);
	return text;
}

/**
 * The instant a query means: Postmark's API keeps New York's time, unless a zone is given. The end of a period includes
 * what it names: the whole day, or the whole second.
 */
export function instant(sql: Database, time: string, { isEnd }: { isEnd: boolean }) {
	// As text: the driver would read a time of its own type by this machine's clock.
	const added = !isEnd ? '0' : time.length > 10 ? '1 second' : '1 day';
	if (/(Z|[+-]\d\d:?\d\d)$/.test(time) && time.length > 10) return sql`(${time}::text::timestamptz + ${added}::interval)`;
	return sql`((${time}::text::timestamp + ${added}::interval) at time zone 'America/New_York')`;
}
