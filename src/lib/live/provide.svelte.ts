import { createContext, untrack } from 'svelte';
import { Live } from './live';

const [getLive, setLive] = createContext<Live>();

/** The workspace's live link, for components below the layout that provided it. */
export { getLive };

/** What the layout of a workspace knows. */
export type Workspace = {
	id: string;
	user: string;
	realtime: { url: string; key: string };
	/** May this user read every record? Then the workspace's one topic serves; others have a topic of their own. */
	readsEverything: boolean;
	/** Called when this user may not listen there (any more). */
	barred: (by: 'session' | 'rights') => void;
};

/** Makes the live link of a workspace for everything below the calling component, and keeps it connected while that is mounted. */
export function provideLive({ id, user, realtime, readsEverything, barred }: Workspace): Live {
	const live = new Live({ realtime, user, topic: readsEverything ? `org:${id}` : `member:${id}:${user}`, barred });
	setLive(live);
	$effect(() => untrack(() => live.start()));
	return live;
}
