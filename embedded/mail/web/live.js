// @ts-check
/** @import { Summary } from './contract.js' */

const retryMs = 2000;

/**
 * Hears of messages as they come, change and go. The browser reconnects by itself after a lost connection; after an answer that
 * ended the stream for good this does. What happened before the stream was open is not repeated: `onLive` is the time to ask.
 *
 * @param {{ onMessage: (message: Summary) => void, onRemoved: (id: string | null) => void, onLost: () => void, onLive: () => void }} heard
 */
export function listen({ onMessage, onRemoved, onLost, onLive }) {
	const connect = () => {
		const stream = new EventSource('/api/stream');
		stream.addEventListener('open', onLive);
		stream.addEventListener('message', (event) => onMessage(JSON.parse(event.data)));
		stream.addEventListener('removed', (event) => {
			/** @type {{ id: string | null } | string | null} */
			const removed = JSON.parse(event.data);
			onRemoved(removed !== null && typeof removed === 'object' ? removed.id : removed);
		});
		stream.addEventListener('error', () => {
			onLost();
			if (stream.readyState === EventSource.CLOSED) setTimeout(connect, retryMs);
		});
		// A page that waits in the browser's history must hold no connection; it asks again when it is shown again.
		addEventListener('pagehide', () => stream.close(), { once: true });
	};

	addEventListener('pageshow', (event) => {
		if (event.persisted) connect();
	});
	connect();
}
