import type { ServerResponse } from 'node:http';

const HEARTBEAT_MS = 25_000;
/** A listener further behind than this is dropped: it reads the list again when it comes back. */
const MOST_BUFFERED = 2 ** 20;

/** What the mailbox is told: a message that came or changed, or one that is gone (null: all are). */
export type News = { event: 'message'; data: object } | { event: 'removed'; data: { id: string | null } };

/** Server-sent events to whoever has the mailbox open. */
export class Feed {
	readonly #listeners = new Set<ServerResponse>();
	readonly #heartbeat = setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();

	/** Nobody listens: news need not be made. */
	get silent(): boolean {
		return this.#listeners.size === 0;
	}

	/** Takes over an answer until its reader goes away. */
	add(listener: ServerResponse): void {
		listener.writeHead(200, {
			'content-type': 'text/event-stream',
			'cache-control': 'no-store',
			'x-content-type-options': 'nosniff'
		});
		listener.write('retry: 1000\n\n');
		this.#listeners.add(listener);
		listener.once('close', () => this.#listeners.delete(listener));
	}

	send({ event, data }: News): void {
		this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
	}

	close(): void {
		clearInterval(this.#heartbeat);
		for (const listener of this.#listeners) listener.end();
	}

	#write(text: string): void {
		for (const listener of this.#listeners) {
			if (listener.writableLength > MOST_BUFFERED) listener.destroy();
			else listener.write(text);
		}
	}
}
