import type { Sql } from 'postgres';

/** What is kept, and how much may come in before the oldest messages are looked for. */
const kept = { messages: 10_000, bytes: 2 ** 31 };
const lookEvery = { messages: 100, bytes: 2 ** 27 };

/** Lets the oldest messages go as new ones come, so that no bench fills the disk: the newest 10,000 or 2 GB stay. */
export class Pruner {
	readonly #sql: Sql;
	#messages = lookEvery.messages;
	#bytes = 0;

	constructor(sql: Sql) {
		this.#sql = sql;
	}

	/** Told after `messages` of `bytes` together were kept. */
	async noteKept(messages: number, bytes: number): Promise<void> {
		this.#messages += messages;
		this.#bytes += bytes;
		if (this.#messages < lookEvery.messages && this.#bytes < lookEvery.bytes) return;
		this.#messages = this.#bytes = 0;
		const sql = this.#sql;
		await sql`
			delete from messages where seq <= (
				select max(seq) from (
					select seq, row_number() over newest as place, sum(size::bigint) over newest as bytes
					from messages window newest as (order by seq desc)
				) counted
				where place > ${kept.messages} or (bytes > ${kept.bytes} and place > 1)
			)`;
		await sql`delete from events where message_id is null and id < (select max(id) from events) - ${kept.messages}`;
		await sql`delete from webhook_deliveries where event_id is null and status <> 'pending'`;
	}
}
