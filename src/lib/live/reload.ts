import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

/**
 * Loads again what depends on `dependency`, once nobody is on the way to another page: Kit drops a navigation that an invalidation overtakes, and
 * with it somebody's click.
 */
export async function reload(dependency: `${string}:${string}`): Promise<void> {
	while (navigating.to) await navigating.complete?.catch(() => {});
	await invalidate(dependency);
}
