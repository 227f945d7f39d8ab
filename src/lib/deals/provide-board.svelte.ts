import { untrack } from 'svelte';
import { may, mayOn, type AccessMap, type Asker } from '$lib/access/access';
import { getLive } from '$lib/live/provide.svelte';
import { getFormats } from '$lib/records/formats.svelte';
import { DealsApi } from './api';
import { setBoard, type BoardContext, type Person } from './board-context';
import type { BoardView } from './board-view';
import { boardHref } from './board-href';
import { Board } from './board.svelte';
import { BoardActions } from './board-actions.svelte';
import { BoardLive } from './board-live';
import { Carry } from './carry.svelte';

/** What the page knows of the workspace around the board. */
export type BoardData = {
	org: { id: string; slug: string; currency: string };
	me: Asker;
	members: { userId: string; name: string; status: string }[];
	access: AccessMap;
	view: BoardView;
};

/** A card whose menu is open, and the element it hangs on. */
export type OpenMenu = { id: string; anchor: HTMLElement };

const dayLooksMs = 60_000;

/** Makes the board of a page, keeps it live while the calling component is mounted, and shares it with everything below. */
export function provideBoard(
	data: () => BoardData,
	{ url, pipelineGone, openMenu }: { url: () => URL; pipelineGone: () => void; openMenu: (menu: OpenMenu) => void }
): BoardContext {
	const live = getLive();
	const formats = getFormats();
	const { org, view } = untrack(data);
	const board = new Board(view, org.currency);
	const api = new DealsApi(live, org.id);
	let boardLive: BoardLive | null = null;
	const actions = new BoardActions(board, api, live.connection, () => boardLive?.refetch());
	const carry = new Carry(board, actions);
	let today = $state(untrack(formats).today());
	let viewed = $state<string | null>(null);

	const people = $derived<Record<string, Person>>(Object.fromEntries(data().members.map((member) => [member.userId, member])));
	const able = $derived(data().members.filter((member) => member.status === 'active'));

	const context: BoardContext = {
		board,
		api,
		actions,
		carry,
		currency: org.currency,
		person: (userId) => (userId === null ? null : (people[userId] ?? null)),
		people: () => able,
		today: () => today,
		formats,
		may: (action, deal) => (deal ? mayOn(data().access, data().me, 'deals', action, deal) : may(data().access, 'deals', action)),
		href: (panel, more = {}) => boardHref(org.slug, url().searchParams, panel, more),
		lookAt: (id) => (viewed = id),
		openMenu: (id, anchor) => openMenu({ id, anchor })
	};
	setBoard(context);

	$effect.pre(() => {
		const { view } = data();
		untrack(() => view !== board.shown && board.show(view));
	});
	$effect(() => {
		const kept = (boardLive = untrack(() => new BoardLive(board, api, live, pipelineGone)));
		return () => kept.stop();
	});
	$effect(() => {
		const look = () => (today = formats().today());
		look();
		const timer = setInterval(look, dayLooksMs);
		return () => clearInterval(timer);
	});
	$effect(() => {
		if (carry.id) live.presence.tell({ page: 'pipeline', record: carry.id, act: 'drag' });
		else live.presence.tell({ page: 'pipeline', record: viewed, act: viewed ? 'view' : null });
	});
	$effect(() => () => live.presence.tell({ page: '', record: null, act: null }));
	return context;
}
