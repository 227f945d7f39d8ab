import type { Sql } from 'postgres';
import type { Webhook } from './webhooks.ts';

const TIMEOUT_MS = 10_000;
/** Deliveries under way at once. Those of one message share a lane and go one after the other. */
const LANES = 8;
const TAKEN_AT_ONCE = 200;
const LONGEST_NAP_MS = 60_000;

const MINUTE = 60_000;

/** Time from a failed attempt to the next (https://postmarkapp.com/developer/webhooks/webhooks-overview#retry-attempts): ten retries or three. */
const schedules = {
	persistent: [1, 5, 10, 10, 10, 15, 30, 60, 120, 360].map((minutes) => minutes * MINUTE),
	short: [1, 5, 15].map((minutes) => minutes * MINUTE)
};

const scheduleOf = (recordType: string) =>
	recordType === 'Bounce' || recordType === 'SpamComplaint' ? schedules.persistent : schedules.short;

type Delivery = Pick<Webhook, 'url' | 'auth' | 'headers'> & {
	id: number;
	messageId: string | null;
	recordType: string;
	payload: string;
	trace: string;
	attempts: number;
};

/**
 * Sends what is due, as Postmark does: JSON, Basic authentication, no signature. Only a 2xx is success, redirects are not
 * followed, 403 ends the attempts. Deliveries are rows until they are done: a killed process sends the waiting ones when it is back,
 * and may send one twice.
 */
export class WebhookSender {
	readonly #sql: Sql;
	readonly #stopping = new AbortController();
	#timer: NodeJS.Timeout | undefined;
	#running: Promise<void> | null = null;
	#again = false;

	constructor(sql: Sql) {
		this.#sql = sql;
	}

	/** Told that something may be due. */
	wake(): void {
		this.#again = true;
		if (this.#running || this.#stopping.signal.aborted) return;
		clearTimeout(this.#timer);
		this.#running = this.#run()
			.catch((error: unknown) => {
				if (!this.#stopping.signal.aborted) console.error('mail: webhooks could not be sent:', error);
				return LONGEST_NAP_MS;
			})
			.then((nap) => {
				this.#running = null;
				if (this.#stopping.signal.aborted) return;
				if (this.#again) return this.wake();
				if (nap !== null) this.#timer = setTimeout(() => this.wake(), nap).unref();
			});
	}

	/** Sends all that waits for another attempt now; resolves when each had one. */
	async flush(): Promise<void> {
		await this.#sql`update webhook_deliveries set next_at = now() where status = 'pending'`;
		this.wake();
		while (this.#running) await this.#running;
	}

	async stop(): Promise<void> {
		this.#stopping.abort();
		clearTimeout(this.#timer);
		await this.#running;
	}

	/** Returns how long to sleep, null when nothing waits. */
	async #run(): Promise<number | null> {
		while (!this.#stopping.signal.aborted) {
			this.#again = false;
			const due = await this.#sql<Delivery[]>`
				select d.id, d.message_id as "messageId", d.record_type as "recordType", d.payload, d.trace, d.attempts, w.url, w.auth, w.headers
				from webhook_deliveries d join webhooks w on w.id = d.webhook_id
				where d.status = 'pending' and d.next_at <= now() order by d.id limit ${TAKEN_AT_ONCE}`;
			if (due.length === 0 && !this.#again) break;
			await Promise.all(lanesOf(due).map((lane) => this.#sendLane(lane)));
		}
		const [next] = await this.#sql<{ ms: number | null }[]>`
			select extract(epoch from min(next_at) - now())::float8 * 1000 as ms from webhook_deliveries where status = 'pending'`;
		return typeof next?.ms === 'number' ? Math.min(LONGEST_NAP_MS, Math.max(10, next.ms)) : null;
	}

	async #sendLane(lane: Delivery[]): Promise<void> {
		for (const delivery of lane) {
			if (this.#stopping.signal.aborted) return;
			const status = await this.#send(delivery);
			// An attempt cut off by our own stop does not count.
			if (status === null && this.#stopping.signal.aborted) return;
			await this.#settle(delivery, status);
		}
	}

	/** Makes one attempt. Returns the status answered, null when nothing was. */
	async #send({ url, auth, headers: own, payload, trace, attempts, recordType }: Delivery): Promise<number | null> {
		const target = new URL(url);
		const user = auth ?? { Username: decodeURIComponent(target.username), Password: decodeURIComponent(target.password) };
		target.username = target.password = '';
		try {
			const headers = new Headers(own.map(({ Name, Value }): [string, string] => [Name, Value]));
			headers.set('content-type', 'application/json');
			headers.set('user-agent', 'Postmark');
			headers.set('x-pm-webhook-trace-id', trace);
			headers.set('x-pm-retries-remaining', String(scheduleOf(recordType).length - attempts));
			if (user.Username !== '' || user.Password !== '') {
				headers.set('authorization', `Basic ${Buffer.from(`${user.Username}:${user.Password}`).toString('base64')}`);
			}
			const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
			const response = await fetch(target, { method: 'POST', headers, body: payload, redirect: 'manual', signal });
			await response.body?.cancel();
			return response.status;
		} catch {
			return null;
		}
	}

	async #settle({ id, recordType, attempts }: Delivery, status: number | null): Promise<void> {
		const isDone = status !== null && status >= 200 && status < 300;
		const wait = status === 403 ? undefined : scheduleOf(recordType)[attempts];
		const state = isDone ? 'done' : wait === undefined ? 'gave_up' : 'pending';
		await this.#sql`
			update webhook_deliveries set
				status = ${state}, attempts = attempts + 1, last_status = ${status}, last_at = now(),
				next_at = now() + ${wait ?? 0} * interval '1 millisecond'
			where id = ${id}`;
	}
}

/** Spreads deliveries so that those of one message stay in order. */
function lanesOf(deliveries: Delivery[]): Delivery[][] {
	const lanes = Array.from({ length: LANES }, (): Delivery[] => []);
	for (const delivery of deliveries) {
		const lane = delivery.messageId === null ? delivery.id : Number.parseInt(delivery.messageId.slice(0, 8), 16);
		lanes[lane % LANES]?.push(delivery);
	}
	return lanes;
}
