/** Whether somebody chose something else than the server's page had chosen. */
function isChosenAnew(select: HTMLSelectElement): boolean {
	const usual = Array.from(select.options).findIndex(({ defaultSelected }) => defaultSelected);
	return select.selectedIndex !== Math.max(usual, 0);
}

/**
 * Keeps what is chosen in `<select>`s before the page has woken up, which hydration would set back. Call it before the controls below are hydrated, and what it
 * returns after that: each choice is made again then, with the events that the page listens for. Selects are not to be restored by the browser itself
 * (`autocomplete="off"`): a reload is no choice.
 */
export function keepEarlyChoices(page: ParentNode): () => void {
	const choices = Array.from(page.querySelectorAll('select'), (select) => ({ select, value: select.value })).filter(({ select }) =>
		isChosenAnew(select)
	);
	return () => {
		for (const { select, value } of choices) {
			if (!select.isConnected) continue;
			select.value = value;
			for (const event of ['input', 'change']) select.dispatchEvent(new Event(event, { bubbles: true }));
		}
	};
}
