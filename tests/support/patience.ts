import { setTimeout } from 'node:timers/promises';

/** How long an answer other than 429 is waited for. */
const patienceMs = 90_000;

/**
 * `fetch` for a project whose limits cannot all be raised (a factor's challenges: 15 a minute): what is answered 429 is asked again every half second, for
 * a minute and a half at most. Bodies must be such as can be sent twice.
 */
export const patientFetch: typeof fetch = async (input, init) => {
	const deadline = performance.now() + patienceMs;
	for (;;) {
		const response = await fetch(input, init);
		if (response.status !== 429 || performance.now() > deadline) return response;
		await response.body?.cancel();
		await setTimeout(500);
	}
};
