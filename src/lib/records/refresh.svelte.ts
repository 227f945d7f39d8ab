import { getLive } from '$lib/live/provide.svelte';
import { reload } from '$lib/live/reload';

const gatherMs = 250;

/**
 * Loads the calling page's data again when one of `tables` changed anywhere, and after every reconnection (messages are hints). Rows arrive through the page's own
 * load, so they are read within the member's rights.
 */
export function refreshOn(tables: readonly string[], dependency: `${string}:${string}`): void {
	const live = getLive();
	$effect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const soon = () => {
			timer ??= setTimeout(() => {
				timer = undefined;
				// While offline nothing can come; the next joining asks again.
				if (live.connection.writable) void reload(dependency);
			}, gatherMs);
		};
		const stopChanges = live.onChange((change) => tables.includes(change.table) && soon());
		let joined = false;
		const stopResync = live.onResync(() => {
			// The first joining follows a page that was just loaded.
			if (joined) soon();
			joined = true;
		});
		return () => {
			clearTimeout(timer);
			stopChanges();
			stopResync();
		};
	});
}
