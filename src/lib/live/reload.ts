import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

let underWay = 0;

/** Whether the data of the page at `path` is asked for because of a reload, and not because somebody goes there. */
export const isReload = (path: string): boolean => underWay > 0 && !navigating.to && path === location.pathname.replace(/\/$/, '');

/**
 * Loads again what depends on `dependency`, once nobody is on the way to another page: Kit drops a navigation that an invalidation overtakes, and
 * with it somebody's click. Data that does not come is asked for again (patient-data.ts).
 */
export async function reload(dependency: `${string}:${string}`): Promise<void> {
	while (navigating.to) await navigating.complete?.catch(() => {});
	underWay++;
	try {
		await invalidate(dependency);
	} finally {
		underWay--;
	}
}
