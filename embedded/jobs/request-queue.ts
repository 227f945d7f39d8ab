import { setTimeout as delay } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { answerTo, type Answer, type QueuedRequest } from './http-request.ts';

/** Requests under way at once: pg_net's batch size. */
const AT_ONCE = 200;
/** How long responses are kept: pg_net's default. */
const KEPT = '6 hours';
/** After answers could not be written down. Their requests are sent again then. */
const PAUSE_MS = 5_000;

type Finished = Answer & { id: string };

/**
 * Sends what commits have put into net.http_request_queue, and keeps the answers in net._http_response. A row leaves the queue with its answer,
 * in one transaction: a killed process sends the unanswered ones when it is back, and may send one twice.
 */
export class RequestQueue {
	readonly #sql: Sql;
	readonly #stopping = new AbortController();
	readonly #underWay = new Map<string, Promise<void>>();
	#finished: Finished[] = [];
	#settling: Promise<boolean> | null = null;
	#running: Promise<void> | null = null;
	#again = false;
	/** Rows were left in the queue for want of room. */
	#isFull = false;

	/** `sql` is a superuser's. */
	constructor(sql: Sql) {
		this.#sql = sql;
	}

	/** Told that there may be requests. */
	wake(): void {
		this.#again = true;
		if (this.#running || this.#stopping.signal.aborted) return;
		this.#running = this.#run()
			.catch((error: unknown) => this.#report(error))
			.finally(() => {
				this.#running = null;
				if (this.#again) this.wake();
			});
	}

	async stop(): Promise<void> {
		this.#stopping.abort();
		await this.#running;
		await Promise.all(this.#underWay.values());
		await this.#settling;
	}

	#report(error: unknown): void {
		this.#again = false;
		if (!this.#stopping.signal.aborted) console.error('jobs: HTTP requests could not be taken from their queue:', error);
	}

	async #run(): Promise<void> {
		const sql = this.#sql;
		while (this.#again && !this.#stopping.signal.aborted) {
			this.#again = false;
			const [extension] = await sql`select from pg_extension where extname = 'pg_net'`;
			if (!extension) return;
			await sql`delete from net._http_response where created < now() - ${KEPT}::interval`;
			await this.#take();
		}
	}

	async #take(): Promise<void> {
		const room = AT_ONCE - this.#underWay.size;
		this.#isFull = room <= 0;
		if (this.#isFull) return;
		const rows = await this.#sql<QueuedRequest[]>`
			select distinct on (id) id::text as id, method, url, headers, body, timeout_milliseconds as "timeoutMs"
			from net.http_request_queue
			where id <> all (string_to_array(${[...this.#underWay.keys()].join(',')}, ',')::bigint[])
			order by id limit ${room}`;
		this.#isFull = rows.length === room;
		for (const row of rows) this.#underWay.set(row.id, this.#send(row));
	}

	async #send(request: QueuedRequest): Promise<void> {
		const answer = await answerTo(request, this.#stopping.signal);
		if (!answer) return;
		this.#finished.push({ ...answer, id: request.id });
		const isKept = await (this.#settling ??= this.#settle());
		if (!isKept) await delay(PAUSE_MS, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => {});
		this.#underWay.delete(request.id);
		if (this.#isFull || !isKept) this.wake();
	}

	/** Writes answers down, as many together as came meanwhile. */
	async #settle(): Promise<boolean> {
		await Promise.resolve();
		try {
			while (this.#finished.length > 0) {
				const answers = this.#finished.splice(0);
				await this.#sql`
					with answers as (
						select * from jsonb_to_recordset(${JSON.stringify(answers)}::text::jsonb) as a (
							id bigint, "statusCode" int, "contentType" text, headers jsonb, content text, "timedOut" bool, "errorMsg" text
						)
					), done as (
						delete from net.http_request_queue where id in (select id from answers)
					)
					insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
					select * from answers`;
			}
			return true;
		} catch (error) {
			this.#report(error);
			return false;
		} finally {
			this.#settling = null;
		}
	}
}
