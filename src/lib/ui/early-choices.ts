type Choice = HTMLSelectElement | HTMLInputElement;

/** Whether somebody chose something else than the server's page had chosen. */
function isChosenAnew(choice: Choice): boolean {
	if (choice instanceof HTMLInputElement) return choice.checked !== choice.defaultChecked;
	const usual = Array.from(choice.options).findIndex(({ defaultSelected }) => defaultSelected);
	return choice.selectedIndex !== Math.max(usual, 0);
}

/** Says how to make a choice again. */
function remember(choice: Choice): () => void {
	if (choice instanceof HTMLInputElement) {
		const { checked } = choice;
		return () => (choice.checked = checked);
	}
	const { value } = choice;
	return () => (choice.value = value);
}

/**
 * Keeps what is chosen in `<select>`s and boxes before the page has woken up, which hydration would set back. Call it before the controls below are hydrated, and
 * what it returns after that: each choice is made again then, with the events that the page listens for. Neither is to be restored by the browser itself
 * (`autocomplete="off"`): a reload is no choice.
 */
export function keepEarlyChoices(page: ParentNode): () => void {
	const choices = Array.from(page.querySelectorAll<Choice>('select, input[type="checkbox"]'))
		.filter(isChosenAnew)
		.map((choice) => ({ choice, again: remember(choice) }));
	return () => {
		for (const { choice, again } of choices) {
			if (!choice.isConnected) continue;
			again();
			for (const event of ['input', 'change']) choice.dispatchEvent(new Event(event, { bubbles: true }));
		}
	};
}
