const suffix = '/__data.json';

type Options = {
	/** Whether the page of this name (`pageName`) is loaded again though nobody asked for it. */
	isReload: (page: string) => boolean;
	/** Waits before the next try; `tries` failed so far. */
	pause: (tries: number) => Promise<void>;
};

/** A page's path and search, without a slash between them and what Kit adds when it asks for data. */
export function pageName({ pathname, searchParams }: URL): string {
	const own = [...searchParams].filter(([key]) => !key.startsWith('x-sveltekit-'));
	return `${pathname.replace(/\/$/, '')}?${new URLSearchParams(own)}`;
}

/** The name of the page whose data a request of Kit's asks for; undefined for other requests. */
function pageOf(input: RequestInfo | URL): string | undefined {
	if (typeof input !== 'string' || !URL.canParse(input)) return undefined;
	const url = new URL(input);
	if (!url.pathname.endsWith(suffix)) return undefined;
	url.pathname = url.pathname.slice(0, -suffix.length);
	return pageName(url);
}

/** Whether it may come later: the server is at fault, or too busy. Kit sends loads that failed with status 200. */
async function isFailure(answer: Response): Promise<boolean> {
	if (answer.status >= 500 || answer.status === 429) return true;
	const text = await answer.clone().text();
	return /"type":"error","error":\{[^}]*\},"status":(5\d\d|429)\b/.test(text);
}

/**
 * `ask`, but a page that is loaded again unasked asks until its data comes. Kit would put an error page in place of whatever somebody is writing there,
 * because of one answer that was lost, or because a server that starts anew takes connections before all of it is up.
 */
export function patientData(ask: typeof fetch, { isReload, pause }: Options): typeof fetch {
	let latest = 0;
	return async (input, init) => {
		const page = pageOf(input);
		if (page === undefined || !isReload(page)) return ask(input, init);
		// Whoever asks later asks for all of it.
		const mine = ++latest;
		for (let tries = 0; mine === latest && isReload(page); tries++) {
			const answer = await ask(input, init).catch(() => null);
			if (answer && !(await isFailure(answer).catch(() => true))) return answer;
			await pause(tries + 1);
		}
		return ask(input, init);
	};
}
