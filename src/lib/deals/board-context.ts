import { createContext } from 'svelte';
import type { Formats } from '$lib/records/format';
import type { DealsApi } from './api';
import type { Board } from './board.svelte';
import type { BoardActions } from './board-actions.svelte';
import type { Carry } from './carry.svelte';

/** Somebody who can own deals, as cards and menus show them. */
export type Person = { userId: string; name: string; photo?: string | null };

/** What every part of the board needs. Functions stay current when the workspace's data is loaded anew. */
export type BoardContext = {
	board: Board;
	api: DealsApi;
	actions: BoardActions;
	carry: Carry;
	/** The workspace's currency and whom to name. */
	currency: string;
	person: (userId: string | null) => Person | null;
	/** Those who can be given a deal. */
	people: () => Person[];
	/** The ISO day it is for this user. */
	today: () => string;
	/** How this user reads dates and numbers. */
	formats: () => Formats;
	/** May this user do that to this deal (or to any, without one)? */
	may: (action: 'create' | 'update' | 'delete' | 'import', deal?: { owner_id: string | null }) => boolean;
	/** The address of a deal's panel, of the form for a new deal, or of the board, with the filters kept. */
	href: (panel?: string, more?: Record<string, string>) => string;
	/** Tells the others which deal this user has open, or that none is. */
	lookAt: (id: string | null) => void;
	/** Opens the menu of a card under the element that asked for it. */
	openMenu: (id: string, anchor: HTMLElement) => void;
};

export const [getBoard, setBoard] = createContext<BoardContext>();
