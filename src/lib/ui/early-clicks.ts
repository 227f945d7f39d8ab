declare global {
	/** The button that was clicked before the page woke up, if nothing else was clicked or typed since, noted by app.html; null once it is awake. */
	var earlyClick: HTMLElement | null | undefined;
}

/** Clicks again what only scripts answer and somebody clicked before they were there: once the page has woken up, and once, however often it was clicked. */
export function clickAgain(): void {
	const button = globalThis.earlyClick;
	globalThis.earlyClick = null;
	if (button?.isConnected) button.click();
}
