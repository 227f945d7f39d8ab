/** What the live classes need to know of the tab they run in; tests give their own. */
export type Surroundings = {
	/** Nobody looks at the tab: refetching can wait. */
	hidden(): boolean;
	/** The machine believes that it has a network. False is certain, true is a hope. */
	networked(): boolean;
	/** Calls back whenever one of the two may have changed; returns the function that stops it. */
	watch(changed: () => void): () => void;
};

/** The browser tab itself. */
export const thisTab: Surroundings = {
	hidden: () => document.visibilityState === 'hidden',
	networked: () => navigator.onLine,
	watch(changed) {
		const stop = new AbortController();
		document.addEventListener('visibilitychange', changed, { signal: stop.signal });
		for (const event of ['online', 'offline', 'pageshow']) window.addEventListener(event, changed, { signal: stop.signal });
		return () => stop.abort();
	}
};
