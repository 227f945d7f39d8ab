import { combine } from '@atlaskit/pragmatic-drag-and-drop/combine';
import { draggable, dropTargetForElements, monitorForElements } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { preventUnhandled } from '@atlaskit/pragmatic-drag-and-drop/prevent-unhandled';
import type { Attachment } from 'svelte/attachments';
import { placeUnder, scrollAtEdges, type Point } from './board-geometry';
import type { Carry } from './carry.svelte';

const kind = 'deal';
const isDeal = ({ source }: { source: { data: Record<string, unknown> } }) => source.data['kind'] === kind;

/** Lets a mouse pick the card up. */
export function draggableCard(carry: Carry, id: string): Attachment<HTMLElement> {
	return (element) =>
		draggable({
			element,
			getInitialData: () => ({ kind }),
			// False also for a card that is in the air already, by finger or by keyboard.
			canDrag: () => carry.lift(id, 'pointer')
		});
}

/** Lets cards be dropped anywhere on the board; the attachment goes on the element that scrolls sideways. */
export function dropBoard(carry: Carry): Attachment<HTMLElement> {
	return (board) => {
		let at: Point | null = null;
		let stopScrolling = () => {};
		const follow = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
			at = { x: clientX, y: clientY };
			carry.over(placeUnder(board, at, carry.id));
		};
		return combine(
			dropTargetForElements({ element: board, canDrop: isDeal }),
			monitorForElements({
				canMonitor: isDeal,
				onDragStart: () => {
					preventUnhandled.start();
					stopScrolling = scrollAtEdges(
						board,
						() => at,
						() => at && carry.over(placeUnder(board, at, carry.id))
					);
				},
				onDrag: ({ location }) => follow(location.current.input),
				onDrop: ({ location }) => {
					stopScrolling();
					preventUnhandled.stop();
					// Escape, and letting go beside the board, come as a drop on nothing.
					if (location.current.dropTargets.length > 0) follow(location.current.input);
					else carry.over(null);
					at = null;
					carry.drop();
				}
			})
		);
	};
}
