/** What forms ask of the page around them. The app fills it in as it starts (hooks.client.ts); without it there is no page to load. */
export const pageData = {
	/** Resolves when nobody is on the way to another page. */
	arrived: async (): Promise<void> => {},
	/** Loads the page's data again; resolves when it is there. */
	reload: async (): Promise<void> => {}
};
