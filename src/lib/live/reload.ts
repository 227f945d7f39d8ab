import { invalidate, invalidateAll } from '$app/navigation';
import { navigating } from '$app/state';
import { Reloads } from './reloads';

/** Loads the page's data again, in the browser: `reloads.load('app:workspace')`. Data that does not come is asked for again (patient-data.ts). */
export const reloads = new Reloads({ invalidate, invalidateAll, navigating });
