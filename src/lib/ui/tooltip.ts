import type { Attachment } from 'svelte/attachments';
import { keyCaps } from './keys';

const delayMs = 450;
let bubble: HTMLElement | null = null;
let owner: Element | null = null;

/** The one tooltip element of the page, made on first use; a popover, so that it lies above dialogs. */
function tooltipElement(): HTMLElement {
	if (bubble?.isConnected) return bubble;
	bubble = document.createElement('div');
	bubble.popover = 'manual';
	bubble.dataset.slot = 'tooltip';
	bubble.setAttribute('aria-hidden', 'true');
	bubble.className =
		'fixed inset-auto m-0 items-center gap-2 rounded-md bg-text px-2 py-1 text-xs text-bg pointer-events-none open:flex max-w-64 [&:popover-open]:flex animate-fade';
	document.body.append(bubble);
	return bubble;
}

function place(at: Element, tip: HTMLElement) {
	const anchor = at.getBoundingClientRect();
	const size = tip.getBoundingClientRect();
	const below = anchor.bottom + 6 + size.height <= innerHeight;
	const left = Math.min(Math.max(4, anchor.left + anchor.width / 2 - size.width / 2), innerWidth - size.width - 4);
	tip.style.left = `${left}px`;
	tip.style.top = `${below ? anchor.bottom + 6 : anchor.top - size.height - 6}px`;
}

function hide(node: Element) {
	if (owner !== node) return;
	owner = null;
	if (bubble?.matches(':popover-open')) bubble.hidePopover();
}

/**
 * A hint on hover and on keyboard focus, with the shortcut's key caps. It only repeats and enriches the element's accessible name
 * (give icon buttons an `aria-label`), so it is hidden from assistive technology. Esc hides it.
 *
 *     <Button aria-label="New deal" {@attach tooltip('New deal', 'c')}>
 */
export function tooltip(text: string, keys?: string): Attachment<Element> {
	return (node) => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const show = () => {
			const tip = tooltipElement();
			tip.textContent = text;
			if (keys) {
				const caps = document.createElement('span');
				caps.className = 'opacity-70 font-medium';
				caps.textContent = keyCaps(keys).join(' ');
				tip.append(caps);
			}
			owner = node;
			if (!tip.matches(':popover-open')) tip.showPopover();
			place(node, tip);
		};
		const later = (event: Event) => {
			if (event instanceof PointerEvent && event.pointerType === 'touch') return;
			clearTimeout(timer);
			timer = setTimeout(show, delayMs);
		};
		const focused = () => {
			if (node.matches(':focus-visible')) later(new Event('focus'));
		};
		const leave = () => {
			clearTimeout(timer);
			hide(node);
		};
		const escape = (event: Event) => {
			if (event instanceof KeyboardEvent && event.key === 'Escape') leave();
		};
		const listeners: [string, (event: Event) => void][] = [
			['pointerenter', later],
			['pointerleave', leave],
			['pointerdown', leave],
			['focus', focused],
			['blur', leave],
			['keydown', escape]
		];
		for (const [type, listener] of listeners) node.addEventListener(type, listener);
		return () => {
			leave();
			for (const [type, listener] of listeners) node.removeEventListener(type, listener);
		};
	};
}
