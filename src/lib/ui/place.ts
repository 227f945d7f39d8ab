const gap = 4;
const margin = 8;

/** Puts an open popover under its anchor, or above where there is more room, and never off the screen. */
export function placePopover(anchor: Element, popover: HTMLElement, align: 'start' | 'end' = 'start'): void {
	const at = anchor.getBoundingClientRect();
	popover.style.margin = '0';
	popover.style.inset = 'auto';
	const size = popover.getBoundingClientRect();
	const wished = align === 'start' ? at.left : at.right - size.width;
	const left = Math.max(margin, Math.min(wished, innerWidth - size.width - margin));
	const below = at.bottom + gap;
	const above = at.top - gap - size.height;
	const fits = below + size.height <= innerHeight - margin || above < margin;
	popover.style.left = `${left}px`;
	popover.style.top = `${fits ? Math.max(margin, Math.min(below, innerHeight - size.height - margin)) : above}px`;
}
