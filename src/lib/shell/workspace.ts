import { createContext } from 'svelte';
import type { AccessMap } from '$lib/access/access';

/** Somebody of the workspace, as menus and avatars show them. `photo` is its address in the app. */
export type Member = { userId: string; name: string; email: string; photo?: string | null; roleKey: string; status: string };

/** What the workspace layout hands to the shell. */
export type WorkspaceData = {
	org: { id: string; name: string; slug: string; currency: string };
	me: { id: string; name: string; email: string; photo: string | null; roleKey: string; teammates: string[]; sharedToEdit: string[] };
	/** In how many milliseconds the first share with this member runs out; null when none does. */
	sharesEndInMs: number | null;
	members: Member[];
	workspaces: { slug: string; name: string }[];
	access: AccessMap;
	realtime: { url: string; key: string };
	/** Set while an admin sees the app as this member. */
	viewAs: { name: string } | null;
};

/** The workspace around the component; a function, so that it stays current after a reload of the layout's data. */
export const [getWorkspace, setWorkspace] = createContext<() => WorkspaceData>();

/** Whether the member may read all of every kind of record, and so may hear of every change in the workspace. */
export const readsEverything = (access: AccessMap): boolean =>
	['companies', 'contacts', 'deals'].every((resource) => access[resource]?.read === 'all');
