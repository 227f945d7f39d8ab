const suffix = '/__data.json';

type Options = {
	/** Whether the page at this path, without a slash at its end, is loaded again though nobody asked for it. */
	isReload: (path: string) => boolean;
	/** Waits before the next try; `tries` failed so far. */
	pause: (tries: number) => Promise<void>;
};

/** The path of the page whose data a request of Kit's asks for; undefined for other requests. */
function pageOf(input: RequestInfo | URL): string | undefined {
	if (typeof input !== 'string' || !URL.canParse(input)) return undefined;
	const { pathname } = new URL(input);
	return pathname.endsWith(suffix) ? pathname.slice(0, -suffix.length) : undefined;
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
		const path = pageOf(input);
		if (path === undefined || !isReload(path)) return ask(input, init);
		// Whoever asks later asks for all of it.
		const mine = ++latest;
		for (let tries = 0; mine === latest && isReload(path); tries++) {
			const answer = await ask(input, init).catch(() => null);
			if (answer && !(await isFailure(answer).catch(() => true))) return answer;
			await pause(tries + 1);
		}
		return ask(input, init);
	};
}
