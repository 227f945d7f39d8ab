import { getLive } from '$lib/live/provide.svelte';
import { reloads } from '$lib/live/reload';

const gatherMs = 250;

/**
 * Loads the calling page's data again when one of `tables` changed anywhere, and whenever messages may have been missed (they are hints). Rows arrive through the page's own
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
				if (live.connection.writable) void reloads.load(dependency);
			}, gatherMs);
		};
		const stopChanges = live.onChange((change) => tables.includes(change.table) && soon());
		// The first joining too: between what the server drew and that moment nobody listened.
		const stopResync = live.onResync(soon);
		return () => {
			clearTimeout(timer);
			stopChanges();
			stopResync();
		};
	});
}
